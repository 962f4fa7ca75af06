"""Read all pressings of albums now, without waiting for the workers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from catalog.models import Album
from catalog.services import sync_album_releases
from catalog.tasks import stale_albums
from vinyl.embedded.command import DatabaseCommand
from vinyl.upstreams import door
from vinyl.upstreams.errors import UpstreamError


class Command(DatabaseCommand):
    help = "Read every pressing of one album, or of the albums in demand that are out of date."
    needs_sandbox = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--album", type=int, help="id of an album here")
        which.add_argument("--stale", action="store_true", help="albums in demand, out of date")
        parser.add_argument("--limit", type=int, default=50, help="albums with --stale, at most")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = stale_albums(options["limit"]) if options["stale"] else [options["album"]]
        albums = Album.objects.in_bulk(ids)
        if options["album"] is not None and not albums:
            raise CommandError(f"there is no album {options['album']}")
        failed = 0
        with door.allow_calls():
            for album in self.track(list(albums.values()), total=len(albums), what="albums"):
                try:
                    synced = sync_album_releases(album)
                except UpstreamError as error:
                    failed += 1
                    self.stderr.write(f"{album}: {error}")
                    continue
                self.stdout.write(f"{album}: {synced.total} pressings ({synced.source})")
        if failed:
            raise CommandError(f"{failed} of {len(albums)} albums could not be read")
