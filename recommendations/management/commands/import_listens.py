"""`manage.py import_listens FILE`: listens of an open dump, to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recommendations.similarity.listens import BadListens, import_listens
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Read listens of ListenBrainz' open dumps (CC0; .tar.zst or .tar.xz as published, .tar.gz, "
        "or files of JSON lines) into the table that the model of similarity learns from. May be "
        "broken off and run again; a file counts once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace", action="store_true",
            help="remove what earlier files brought: for the next full dump",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = import_listens(options["file"], replace=options["replace"], tell=self._tell)
        except BadListens as error:
            raise CommandError(str(error)) from error
        if done.before:
            self.stdout.write(f"{done.before:,} of them were read before.")
        self.stdout.write(f"{done.read:,} listens read = {done.used:,} used + skipped:")
        for reason, count in done.skipped.most_common():
            self.stdout.write(f"  {count:,} {reason}")

    def _tell(self, read: int) -> None:
        on_terminal = bool(getattr(self.stdout, "isatty", lambda: False)())
        if on_terminal:
            self.stdout.write(f"\r{read:,} listens", ending="")
            self.stdout.flush()
        elif read % 1_000_000 == 0:
            self.stdout.write(f"{read:,} listens")
