"""Compute the stored keys of names and titles anew."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from catalog.services.keys import BATCH, renew_keys
from vinyl.embedded.command import DatabaseCommand, at_least


class Command(DatabaseCommand):
    help = (
        "Compute the keys of all names and titles anew, after an update that changed how they are "
        "made. Can be stopped and started again; rows whose key is right are only read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", type=at_least(1), default=BATCH, help="rows in one transaction"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        read: Counter[str] = Counter()
        changed: Counter[str] = Counter()
        for portion in renew_keys(options["batch"]):
            read[portion.table] += portion.read
            changed[portion.table] += portion.changed
        for table, rows in read.items():
            self.stdout.write(f"{table}: {rows} read, {changed[table]} keys renewed")
        self.stdout.write(f"{sum(changed.values())} of {sum(read.values())} keys renewed.")
