"""Read all pressings of albums now, without waiting for the workers."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from catalog.models import Album, Artist
from catalog.services import sync_album_releases
from catalog.services.freshness import albums_due, demanded_albums
from vinyl.embedded.command import DatabaseCommand, at_least, untried
from vinyl.upstreams import door
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.patience import Patience


class Command(DatabaseCommand):
    help = (
        "Read every pressing of one album, or of the albums that are unread or older than a month: "
        "the most wanted first, then the best known. Stopped, it goes on where it was."
    )
    needs_sandbox = True
    when_stopped = ": what was read stays, and run again it goes on"

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--album", type=at_least(1), help="id of an album here")
        which.add_argument("--artist", type=at_least(1), help="id of an artist here: all albums")
        which.add_argument("--stale", action="store_true", help="only albums in demand")
        parser.add_argument("--limit", type=at_least(1), default=50, help="albums at most (50)")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = self._ids(options)
        albums = Album.objects.in_bulk(ids)
        failed = pressings = tried = 0
        patience = Patience(self.say)
        todo = [albums[pk] for pk in ids if pk in albums]
        with door.allow_calls():
            for album in self.track(todo, total=len(todo), what="albums"):
                tried += 1
                try:
                    synced = patience.ask(partial(sync_album_releases, album))
                except UpstreamError as error:
                    failed += 1
                    self.stderr.write(f"{album}: {error}")
                    if patience.is_over:
                        break
                    continue
                pressings += synced.total
                self.stdout.write(f"{album}: {synced.total} pressings ({synced.source})")
        self.stdout.write(f"{tried - failed} albums read, {pressings} pressings.")
        if failed:
            left = untried(len(todo) - tried)
            raise CommandError(f"{failed} of {len(todo)} albums could not be read{left}")

    def _ids(self, options: dict[str, Any]) -> list[int]:
        limit = options["limit"]
        if options["album"] is not None:
            if not Album.objects.filter(pk=options["album"]).exists():
                raise CommandError(f"there is no album {options['album']}")
            return [options["album"]]
        if options["artist"] is not None:
            if not Artist.objects.filter(pk=options["artist"]).exists():
                raise CommandError(f"there is no artist {options['artist']}")
            return albums_due(limit, [options["artist"]])
        return demanded_albums(limit) if options["stale"] else albums_due(limit)
