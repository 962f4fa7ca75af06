"""manage.py rebuild_best_prices: compare every best price with its quotes."""

from __future__ import annotations

import time
from typing import Any

from pricing.services import rebuild_best_prices
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Makes the best prices again from the quotes and says how many differed (0 is right)."

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        differed = rebuild_best_prices(tell=self._tell)
        seconds = time.monotonic() - begun
        self.stdout.write(f"{differed} best prices differed from their quotes ({seconds:.1f} s).")

    def _tell(self, last: int, differed: int) -> None:
        """A line for each part of the albums, on a terminal that somebody looks at."""
        if self.stdout.isatty():
            self.stdout.write(f"albums up to {last}: {differed} differences")
