"""The catalogue behind all rooms: artists, albums and the real releases, read once."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sandbox.pressings import Pressing, generate, real

DATA = Path(__file__).resolve().parent / "data"
FIRST_RELEASE = 3_200_000_000
RELEASES_PER_ALBUM = 1000
WORDS = re.compile(r"\w+|[^\w\s]+")


def words(text: str) -> frozenset[str]:
    """Lower-case words without accents; a name of signs only keeps its signs."""
    folded = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(char for char in folded if not unicodedata.combining(char)).replace("'", "")
    found = re.findall(r"\w+", folded)
    return frozenset(found or WORDS.findall(folded))


def base62(number: int, length: int = 22) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(length):
        number, rest = divmod(number, 62)
        text = digits[rest] + text
    return text


@dataclass(frozen=True)
class Artist:
    number: int
    name: str
    discogs_id: int
    mbid: str
    generated: str
    sort_name: str
    variations: tuple[str, ...]
    country: str
    begin: int | None
    kind: str
    fame: int
    genres: tuple[str, ...]
    styles: tuple[str, ...]

    @property
    def spotify_id(self) -> str:
        return base62(int(self.mbid.replace("-", ""), 16))


@dataclass(frozen=True)
class Album:
    number: int
    artists: tuple[Artist, ...]
    title: str
    year: int | None
    kind: str
    master_id: int
    mbid: str
    generated: str
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    fame: int
    pressings: int
    known: bool

    @property
    def artist(self) -> Artist:
        return self.artists[0]

    @property
    def credit(self) -> str:
        return " / ".join(artist.name for artist in self.artists)

    @property
    def spotify_id(self) -> str:
        return base62(int(self.mbid.replace("-", ""), 16))

    @property
    def has_cover(self) -> bool:
        """The Cover Art Archive has a picture for a few only."""
        return self.number % 12 == 5


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


class World:
    def __init__(self) -> None:
        self.artists = [_artist(n, row) for n, row in enumerate(_lines("artists.jsonl.gz"))]
        self.albums = [
            _album(n, row, self.artists) for n, row in enumerate(_lines("albums.jsonl.gz"))
        ]
        self.artist_by_discogs = {artist.discogs_id: artist for artist in self.artists}
        self.artist_by_mbid = {artist.mbid: artist for artist in self.artists}
        self.artist_by_name = {artist.name.casefold(): artist for artist in self.artists}
        self.album_by_master = {album.master_id: album for album in self.albums if album.master_id}
        self.album_by_mbid = {album.mbid: album for album in self.albums}
        self.albums_of: dict[int, list[Album]] = defaultdict(list)
        for album in self.albums:
            for artist in album.artists:
                self.albums_of[artist.number].append(album)
        self._real: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._real_ids: dict[int, int] = {}
        for row in _lines("releases.jsonl.gz"):
            self._real[row["album"]].append(row)
            self._real_ids[row["id"]] = row["album"]
        countries = json.loads((DATA / "countries.json").read_text(encoding="utf-8"))
        self.countries: dict[str, int] = countries

    # Generated lists are made when first asked for: the server starts at once.
    @lru_cache(maxsize=4096)  # noqa: B019 - one world lives as long as the process
    def releases_of(self, number: int) -> tuple[Pressing, ...]:
        """Every release of an album: vinyl, other formats, and those without a master."""
        album = self.albums[number]
        made = [real(album, row) for row in self._real[number]]
        if album.known:
            first_id = FIRST_RELEASE + number * RELEASES_PER_ALBUM
            made += generate(album, self.countries, first_id)
        return tuple(sorted(made, key=lambda p: (p.released or "9999", p.id)))

    def real_releases(self, number: int) -> list[dict[str, Any]]:
        """The album's rows of the open dump samples."""
        return self._real.get(number, [])

    def release(self, release_id: int) -> tuple[Album, Pressing] | None:
        number = self._real_ids.get(release_id)
        if number is None:
            number = (release_id - FIRST_RELEASE) // RELEASES_PER_ALBUM
        if not 0 <= number < len(self.albums):
            return None
        for pressing in self.releases_of(number):
            if pressing.id == release_id:
                return self.albums[number], pressing
        return None

    def versions(self, album: Album) -> list[Pressing]:
        return [p for p in self.releases_of(album.number) if p.in_master]

    def main_releases(self) -> dict[int, int]:
        """The main release of each master, as the rooms tell it."""
        listed = ((master, self.versions(album)) for master, album in self.album_by_master.items())
        return {master: versions[0].id for master, versions in listed if versions}

    def with_barcode(self, code: str) -> list[tuple[Album, Pressing]]:
        """Every release that carries this number; a repress may share it."""
        numbers = set(self._real_barcodes.get(code, ()))
        if len(code) == 13 and code.isdigit() and int(code[5:9]) < len(self.albums):
            numbers.add(int(code[5:9]))
        return [
            (self.albums[number], pressing)
            for number in sorted(numbers)
            for pressing in self.releases_of(number)
            if pressing.barcode == code
        ]

    @cached_property
    def _real_barcodes(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, rows in self._real.items():
            for row in rows:
                if row["barcode"]:
                    found[row["barcode"]].append(number)
        return found

    @cached_property
    def album_words(self) -> list[frozenset[str]]:
        return [words(album.credit) | words(album.title) for album in self.albums]

    def find_albums(self, *, text: str = "", artist: str = "", title: str = "") -> list[Album]:
        """Albums whose words hold all the words asked for, best known first."""
        wanted, by, called = words(text), words(artist), words(title)
        found = [
            album
            for album, own in zip(self.albums, self.album_words, strict=True)
            if wanted <= own
            and (not by or any(by <= words(a.name) for a in album.artists))
            and (not called or called <= words(album.title))
        ]
        return sorted(found, key=lambda album: (-album.fame, album.number))

    @cached_property
    def artist_words(self) -> list[frozenset[str]]:
        return [
            words(a.name).union(*(words(name) for name in a.variations[:3])) for a in self.artists
        ]

    def find_artists(self, text: str) -> list[Artist]:
        wanted = words(text)
        if not wanted:
            return []
        found = [
            artist
            for artist, own in zip(self.artists, self.artist_words, strict=True)
            if wanted <= own
        ]
        exact = text.casefold()
        return sorted(found, key=lambda a: (a.name.casefold() != exact, -a.fame, a.number))

    def artist_named(self, name: str) -> Artist | None:
        """By name as written, else without regard to case, accents and a leading article."""
        found = self.artist_by_name.get(name.strip().casefold())
        if found:
            return found
        wanted = words(name) - {"the"}
        if not wanted:
            return None
        return next((a for a in self.find_artists(name) if words(a.name) - {"the"} == wanted), None)

    def album_named(self, artist: str, title: str) -> Album | None:
        by = self.artist_named(artist)
        wanted = words(title)
        return next(
            (a for a in self.albums_of[by.number] if words(a.title) == wanted) if by else iter(()),
            None,
        )


def _artist(number: int, row: dict[str, Any]) -> Artist:
    return Artist(
        number=number,
        name=row["name"],
        discogs_id=row["discogs_id"],
        mbid=row["mbid"],
        generated=row.get("generated", ""),
        sort_name=row.get("sort_name") or row["name"],
        variations=tuple(row.get("variations", ())),
        country=row.get("country", ""),
        begin=row.get("begin"),
        kind=row.get("kind", ""),
        fame=row.get("fame", 0),
        genres=tuple(row.get("genres", ())),
        styles=tuple(row.get("styles", ())),
    )


def _album(number: int, row: dict[str, Any], artists: list[Artist]) -> Album:
    return Album(
        number=number,
        artists=tuple(artists[n] for n in row["artists"]),
        title=row["title"],
        year=row.get("year"),
        kind=row.get("kind", ""),
        master_id=row.get("master_id", 0),
        mbid=row["mbid"],
        generated=row.get("generated", ""),
        genres=tuple(row.get("genres", ())),
        styles=tuple(row.get("styles", ())),
        fame=row.get("fame", 0),
        pressings=row.get("pressings", 0),
        known=row["source"] == "facts",
    )


@lru_cache(maxsize=1)
def load_world() -> World:
    return World()
