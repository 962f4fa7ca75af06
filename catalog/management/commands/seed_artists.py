"""Bring artists and their albums into the catalogue, by tag, by file or by name."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from catalog.services import clean_names, names_of_tag, seed_artist
from vinyl.embedded.command import DatabaseCommand
from vinyl.upstreams import door
from vinyl.upstreams.errors import UpstreamError


class Command(DatabaseCommand):
    help = "Bring artists with their albums: of a Last.fm tag, of a CSV file, or by name."
    needs_sandbox = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tag", action="append", default=[], help="a Last.fm tag")
        parser.add_argument("--csv", type=Path, help="file with a column artist (or name)")
        parser.add_argument("--name", action="append", default=[], help="an artist's name")
        parser.add_argument("--limit", type=int, default=50, help="artists per tag, at most")

    def handle(self, *args: Any, **options: Any) -> None:
        with door.allow_calls():
            names = [*options["name"], *_of_file(options["csv"])]
            for tag in options["tag"]:
                names += _of_tag(tag, options["limit"])
            names = clean_names(names)
            if not names:
                raise CommandError("no artists: give --name, --csv or --tag")
            failed = sum(not self._bring(name) for name in self._tracked(names))
        self.stdout.write(f"{len(names) - failed} artists brought, {failed} failed.")
        if failed == len(names):
            raise CommandError("not one artist could be brought")

    def _tracked(self, names: list[str]) -> Any:
        return self.track(names, total=len(names), what="artists")

    def _bring(self, name: str) -> bool:
        try:
            seed_artist(name)
        except (UpstreamError, ValueError) as error:
            self.stderr.write(f"{name}: {error}")
            return False
        return True


def _of_file(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            column = next((one for one in ("artist", "name") if one in (rows.fieldnames or [])), "")
            if not column:
                raise CommandError(f"{path} has no column artist or name")
            return [row[column] or "" for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _of_tag(tag: str, limit: int) -> list[str]:
    try:
        return names_of_tag(tag, limit=limit)
    except UpstreamError as error:
        raise CommandError(str(error)) from error
