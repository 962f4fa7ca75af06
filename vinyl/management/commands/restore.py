"""`manage.py restore FILE`: see docs/operations.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from vinyl import backups
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Read a backup into a new, empty database and compare the numbers of rows."
    any_state = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = backups.restore(settings.DATABASE_URL, options["file"])
        except backups.BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(backups.outcome(options["file"], counts))
