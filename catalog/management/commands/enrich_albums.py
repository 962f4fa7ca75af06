"""Read from MusicBrainz what kinds of albums there are, and which masters they are."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from catalog.models import Artist
from catalog.services.enriching import Enriched, enrich_artist
from catalog.services.freshness import artists_to_enrich
from vinyl.embedded.command import DatabaseCommand, at_least, untried
from vinyl.upstreams import door
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.patience import Patience


class Command(DatabaseCommand):
    help = (
        "Ask MusicBrainz for the kinds and ids of artists' albums: of one artist, or of those that "
        "were not asked about for a month, the played ones first. Stopped, it goes on where it was."
    )
    needs_sandbox = True
    when_stopped = ": what was read stays, and run again it goes on"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--artist", type=at_least(1), help="id of an artist here")
        parser.add_argument("--limit", type=at_least(1), default=50, help="artists at most (50)")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = self._ids(options)
        artists = Artist.objects.in_bulk(ids)
        total, failed, tried = Enriched(), 0, 0
        patience = Patience(self.say)
        todo = [artists[pk] for pk in ids if pk in artists]
        with door.allow_calls():
            for artist in self.track(todo, total=len(todo), what="artists"):
                tried += 1
                try:
                    total += patience.ask(partial(enrich_artist, artist))
                except UpstreamError as error:
                    failed += 1
                    self.stderr.write(f"{artist}: {error}")
                    if patience.is_over:
                        break
        self.stdout.write(
            f"{tried - failed} artists: {total.groups} release groups, {total.albums} of them "
            f"albums here, {total.studio} studio albums, {total.new} new."
        )
        if failed:
            left = untried(len(todo) - tried)
            raise CommandError(f"{failed} of {len(todo)} artists could not be read{left}")

    def _ids(self, options: dict[str, Any]) -> list[int]:
        if options["artist"] is None:
            return artists_to_enrich(options["limit"])
        if not Artist.objects.filter(pk=options["artist"]).exists():
            raise CommandError(f"there is no artist {options['artist']}")
        return [options["artist"]]
