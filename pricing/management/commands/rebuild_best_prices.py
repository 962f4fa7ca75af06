"""manage.py rebuild_best_prices: compare every best price with its quotes."""

from __future__ import annotations

from typing import Any

from pricing.services import rebuild_best_prices
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Makes the best prices again from the quotes and says how many differed (0 is right)."

    def handle(self, *args: Any, **options: Any) -> None:
        differed = rebuild_best_prices()
        self.stdout.write(f"{differed} best prices differed from their quotes.")
