"""manage.py refresh_prices: ask again for wanted albums whose prices ran out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pricing.services import ASK, ask_again_where_stale
from vinyl.jobs.services import run_pending_jobs


class Command(BaseCommand):
    help = "Queues questions for wanted albums whose prices ran out, the oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=50, help="how many at most (50)")
        parser.add_argument("--wait", action="store_true", help="run them in this process")

    def handle(self, *args: Any, limit: int, wait: bool, **options: Any) -> None:
        jobs = ask_again_where_stale(limit=limit)
        self.stdout.write(f"{len(jobs)} questions queued.")
        if wait:
            done = [job for job in run_pending_jobs([ASK]) if job.state == "done"]
            self.stdout.write(f"{len(done)} answered.")
