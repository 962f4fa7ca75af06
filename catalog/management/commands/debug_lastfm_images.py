"""Why a picture from Last.fm is shown, or is not: every size, the verdict, and what answers."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError

from catalog.covers.choosing import Considered, consider
from catalog.covers.fetching import own_origin
from vinyl.embedded.command import DatabaseCommand, at_least
from vinyl.upstreams import door, lastfm, outside, pictures
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.lastfm.answers import Pictured

ALBUMS = 10


class Command(DatabaseCommand):
    help = (
        "Print every size of Last.fm's pictures of an artist and of its albums, or of one album: "
        "which address would be taken, why the others are refused, and what the chosen one answers."
    )
    needs_sandbox = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help='an artist, or "artist - album"')
        parser.add_argument(
            "--albums", type=at_least(1), default=ALBUMS, help="albums of the artist to look at"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not name:
            raise CommandError("no name given")
        with door.allow_calls():
            things = self._things(name, options["albums"])
            taken = sum(self._explain(thing) for thing in things)
        self.stdout.write(f"{len(things)} looked at, {taken} with a picture that answers.")

    def _things(self, name: str, albums: int) -> list[Pictured]:
        client = lastfm.Client()
        artist, dash, title = name.partition(" - ")
        try:
            if dash and title.strip():
                return [client.album_pictures(artist.strip(), title.strip())]
            found = client.artist_pictures(name)
            return [found, *client.top_album_pictures(found.name, limit=albums)]
        except UpstreamError as error:
            raise CommandError(str(error)) from error

    def _explain(self, thing: Pictured) -> bool:
        whose = f"{thing.artist} - {thing.name}" if thing.artist else thing.name
        self.stdout.write(f"{whose}  {thing.url}")
        looked = consider(thing.sizes, sandbox=own_origin())
        if not looked:
            self.stdout.write("  no sizes at all")
        for one in looked:
            verdict = "chosen" if one.chosen else f"refused: {one.refused}"
            size = one.size or "(no name)"
            self.stdout.write(f"  {size:<11} {one.address or '-'}  {verdict}")
        return self._asked(looked)

    def _asked(self, looked: Iterable[Considered]) -> bool:
        chosen = next((one for one in looked if one.chosen), None)
        if chosen is None:
            self.stdout.write("  -> none: the drawn sleeve is shown")
            return False
        try:
            answer = outside.fetch(chosen.address, kinds=outside.PICTURES)
            drawn = pictures.drawn(answer.body)
        except (UpstreamError, pictures.NotAPicture) as error:
            detail = getattr(error, "detail", "") or str(error)
            self.stdout.write(f"  -> does not answer: {type(error).__name__} ({detail})")
            return False
        keep = "" if answer.keep is None else f", to be kept {answer.keep} s"
        self.stdout.write(
            f"  -> answers {answer.status} as {answer.kind}, {len(answer.body)} bytes, "
            f"{drawn.width} x {drawn.height}{keep}"
        )
        return True
