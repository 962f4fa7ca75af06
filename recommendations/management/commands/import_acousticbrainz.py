"""Read the sound of recordings from AcousticBrainz' open dumps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recommendations.content import measuring
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Read low-level documents of AcousticBrainz (CC0) from an archive of its dumps (.tar.zst "
        "as published, or .tar, .tar.gz, .tar.xz) for artists whom the catalogue knows. "
        "May be run again: what is there is skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            done = measuring.import_acousticbrainz(file, tell=self._tell)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
        except measuring.BadArchive as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.read} documents read, {done.stored} stored.")
        for reason, count in done.skipped.most_common():
            self.stdout.write(f"  {count} skipped: {reason}")

    def _tell(self, read: int) -> None:
        on_terminal = bool(getattr(self.stdout, "isatty", lambda: False)())
        if on_terminal:
            self.stdout.write(f"\r{read} documents", ending="")
            self.stdout.flush()
        elif read % 50_000 == 0:
            self.stdout.write(f"{read} documents")
