"""Bring artists and their albums into the catalogue, by tag, by file or by name."""

from __future__ import annotations

import csv
import re
from argparse import ArgumentParser
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from catalog.queries.names import ArtistRef
from catalog.services.seeding import (
    MOST_NAMES,
    STAGES,
    artists_of_tag,
    bring_artist,
    clean_refs,
    staged,
)
from vinyl.embedded.command import DatabaseCommand, at_least, untried
from vinyl.sheets import NoText, Sheet, decoded
from vinyl.upstreams import door
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.patience import Patience

BROUGHT, KNOWN, FAILED = "brought", "known already", "failed"
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Command(DatabaseCommand):
    help = (
        "Bring artists with their albums and up to 50 similar artists each: of a Last.fm tag, of a "
        "CSV file, or by name. What was read within a week is passed by, so that it can be "
        "stopped and started again."
    )
    needs_sandbox = True
    when_stopped = ": what was read stays, and run again it goes on"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tag", action="append", default=[], help="a Last.fm tag")
        parser.add_argument(
            "--csv",
            type=Path,
            help="file with a column artist (or name), and mbid where known, separated by commas, "
            "semicolons or tabs",
        )
        parser.add_argument("--name", action="append", default=[], help="an artist's name")
        parser.add_argument(
            "--limit", type=at_least(1), default=50, help="artists per tag, at most"
        )
        parser.add_argument(
            "--stage", type=int, choices=STAGES, help="artists in all: a small step, then a larger"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A stage is filled from few tags as well as from many.
        limit = max(options["limit"], options["stage"] or 0)
        self._patience = Patience(self.say)
        with door.allow_calls():
            lists = [clean_refs(ArtistRef(name) for name in options["name"])]
            lists.append(self._of_file(options["csv"]))
            lists += [self._of_tag(tag, limit) for tag in options["tag"]]
            refs = staged(lists, options["stage"])
            if not refs:
                raise CommandError(_nobody(options))
            ends: Counter[str] = Counter()
            for ref in self.track(refs, total=len(refs), what="artists"):
                ends[self._bring(ref)] += 1
                if self._patience.is_over:
                    break
        self.stdout.write(
            f"Artists: {ends[BROUGHT]} brought, {ends[KNOWN]} known already, {ends[FAILED]} failed."
        )
        left = untried(len(refs) - ends.total())
        if ends[FAILED] == len(refs):
            raise CommandError("not one artist could be brought")
        if ends[FAILED]:
            raise CommandError(f"{ends[FAILED]} of {len(refs)} artists could not be brought{left}")

    def _bring(self, ref: ArtistRef) -> str:
        try:
            bring = partial(bring_artist, ref.name, mbid=ref.mbid)
            _artist, read = self._patience.ask(bring)
        except (UpstreamError, ValueError) as error:
            self.stderr.write(f"{ref.name}: {error}")
            return FAILED
        return BROUGHT if read else KNOWN

    def _of_tag(self, tag: str, limit: int) -> list[ArtistRef]:
        try:
            return self._patience.ask(partial(artists_of_tag, tag, limit=limit))
        except UpstreamError as error:
            raise CommandError(str(error)) from error

    def _of_file(self, path: Path | None) -> list[ArtistRef]:
        """The artists of a file; what of it is left out is said."""
        if path is None:
            return []
        try:
            sheet = Sheet.of(decoded(path.read_bytes()))
            column = sheet.first_of(("artist", "name"))
            if not column:
                raise CommandError(f"{path} has no column artist or name: {sheet.seen()}")
            rows = list(sheet.rows())
            blank = sheet.blank()
        except (OSError, NoText, csv.Error) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        told = [
            ArtistRef(row[column], self._id(line, row.get("mbid", "").strip()))
            for line, row in rows
            if row[column].strip()
        ]
        refs = clean_refs(told)
        nameless, different = blank + len(rows) - len(told), len({ref.name.strip() for ref in told})
        left = {
            "without a name": nameless,
            "named before": len(told) - different,
            f"beyond the first {MOST_NAMES}": different - len(refs),
        }
        said = ", ".join(f"{number} {why}" for why, number in left.items() if number)
        self.stdout.write(
            f"{path.name}: {len(rows) + blank} rows, {len(refs)} artists"
            + (f"; left out: {said}." if said else ".")
        )
        return refs

    def _id(self, line: int, mbid: str) -> str:
        if mbid and not _MBID.fullmatch(mbid):
            self.stderr.write(
                f"line {line}: {mbid[:80]!r} is no id of MusicBrainz, so it is not used"
            )
            return ""
        return mbid


def _nobody(options: dict[str, Any]) -> str:
    """Why there is nobody to bring: nothing was asked for, or what was asked for is empty."""
    empty = [
        f"the tag {tag!r} has no artists at Last.fm" if tag.strip() else "--tag is empty"
        for tag in options["tag"]
    ]
    empty += [f"{options['csv']} names no artist"] if options["csv"] else []
    empty += ["--name is empty"] if options["name"] else []
    return "; ".join(empty) or "no artists: give --name, --csv or --tag"
