"""Measure the sound of audio files that somebody owns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.models import Album, AlbumArtist, Artist
from recommendations.content import measuring
from recommendations.content.sound import NoLibrosa, NoSound
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Measure audio files that you own (wav, flac, mp3, ogg) for one album or artist. The "
        "numbers are kept, the audio is not. Needs requirements-audio.txt."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        of = parser.add_mutually_exclusive_group(required=True)
        of.add_argument("--album", type=int, help="number of the album, as in its address")
        of.add_argument("--artist", type=int, help="number of the artist, as in their address")

    def handle(self, *args: Any, **options: Any) -> None:
        artist, album = self._of(options)
        measured = 0
        for file in options["files"]:
            try:
                measuring.measure_file(file, artist=artist, album=album)
                measured += 1
                self.stdout.write(f"{file.name}: measured")
            except NoSound as error:
                self.stderr.write(f"{file.name}: left out, {error}")
            except OSError as error:
                self.stderr.write(f"{file.name}: left out, {error.strerror or error}")
            except NoLibrosa as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{measured} of {len(options['files'])} files measured for {artist}.")
        if not measured:
            raise CommandError("nothing was measured")

    def _of(self, options: dict[str, Any]) -> tuple[Artist, Album | None]:
        if options["artist"] is not None:
            artist = Artist.objects.filter(pk=options["artist"]).first()
            if artist is None:
                raise CommandError(f"there is no artist {options['artist']}")
            return artist, None
        credit = (
            AlbumArtist.objects.select_related("artist", "album")
            .filter(album=options["album"])
            .order_by("position")
            .first()
        )
        if credit is None:
            raise CommandError(f"there is no album {options['album']} with an artist")
        return credit.artist, credit.album
