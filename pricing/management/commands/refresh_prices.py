"""manage.py refresh_prices: ask again for wanted albums whose prices ran out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from pricing.services import ask_again_where_stale
from vinyl.embedded.command import DatabaseCommand, at_least
from vinyl.jobs.following import follow
from vinyl.jobs.models import Job


class Command(DatabaseCommand):
    help = "Queues questions for wanted albums whose prices ran out, the oldest first."
    needs_sandbox = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=at_least(1), default=50, help="how many at most (50)")
        parser.add_argument("--wait", action="store_true", help="wait until all have ended")

    def handle(self, *args: Any, limit: int, wait: bool, **options: Any) -> None:
        jobs = ask_again_where_stale(limit=limit)
        self.stdout.write(f"{len(jobs)} questions queued.")
        if wait:
            tracked = self.track(jobs, total=len(jobs), what="questions")
            done = sum(follow(job, tell=_quietly).state == Job.State.DONE for job in tracked)
            self.stdout.write(f"{done} answered.")
            if done < len(jobs):
                raise CommandError(f"{len(jobs) - done} of {len(jobs)} questions failed")


def _quietly(_line: str) -> None:
    """The bar says how far all are."""
