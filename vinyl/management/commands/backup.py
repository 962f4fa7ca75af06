"""`manage.py backup FILE`: see docs/operations.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from vinyl import backups
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Write the whole database into a file, while the site runs or not."
    any_state = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = backups.back_up(settings.DATABASE_URL, options["file"])
        except backups.BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} tables written.")
