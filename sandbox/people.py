"""Invented listeners. Every count that any service reports is counted from one list of plays, so
Last.fm, ListenBrainz and Spotify agree, and a year never holds more than all time."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TypeVar

from sandbox.room import mixed, seeded
from sandbox.titles import track_titles
from sandbox.world import Album, Artist, World, load_world

DAY = 86_400
YEARS = 6


@dataclass(frozen=True)
class Track:
    album: Album
    position: int
    title: str

    @property
    def artist(self) -> Artist:
        return self.album.artist

    @property
    def seconds(self) -> int:
        return 140 + mixed("length", self.album.number, self.position) % 240


@dataclass(frozen=True)
class CollectionItem:
    instance_id: int
    release_id: int
    folder_id: int
    rating: int
    media: str
    sleeve: str
    days_ago: int


@dataclass(frozen=True)
class Want:
    release_id: int
    rating: int
    notes: str


@dataclass(frozen=True)
class Taste:
    """Weights of styles, and artists loved above all."""

    styles: dict[str, float]
    loved: tuple[str, ...]


class Person:
    def __init__(
        self, world: World, name: str, *, display: str, country: str, blurb: str, plays: int,
        copies: int, taste: Taste, currency: str = "", number: int = 0,
    ) -> None:  # fmt: skip
        self.world, self.name, self.display, self.country = world, name, display, country
        self.blurb, self.total, self.copies, self.taste = blurb, plays, copies, taste
        self.seller_currency, self.number = currency, number
        self.discogs_id = 7_000_000 + mixed("discogs", name) % 900_000
        self.spotify_id = f"sbx{mixed('spotify', name):09d}"
        self.account_id = f"acc_{mixed('account', name):010x}{mixed('more', name):08x}"

    # taste -----------------------------------------------------------------------------

    @cached_property
    def artists(self) -> list[tuple[Artist, float]]:
        """Artists this person plays, with weights, strongest first."""
        loved = {self.world.artist_by_name[name.casefold()].number for name in self.taste.loved}
        known = {album.artist.number for album in self.world.albums if album.known}
        rng = seeded("taste", self.name)
        weighed = []
        for artist in (self.world.artists[number] for number in sorted(known)):
            chance = rng.lognormvariate(0, 0.5)
            fit = sum(self.taste.styles.get(style, 0.0) for style in artist.styles)
            weight = fit**1.3 * (0.4 + artist.fame / 1000) * chance
            if artist.number in loved:
                weight = max(weight, 1.5) * 3
            if weight > 0.12 and artist.name != "Various":
                weighed.append((artist, weight))
        weighed.sort(key=lambda pair: -pair[1])
        return weighed[:120]

    @cached_property
    def tracks(self) -> list[tuple[Track, float]]:
        """Tracks with weights; now and then only one track of an album is known."""
        rng = seeded("tracks", self.name)
        found = []
        for artist, weight in self.artists:
            albums = [
                a for a in self.world.albums_of[artist.number] if a.known and a.artist == artist
            ]
            for album in albums:
                part = weight * rng.lognormvariate(0, 0.6) / math.sqrt(len(albums))
                titles = track_titles(album)
                heard = 1 if rng.random() < 0.1 else rng.randint(len(titles) // 2, len(titles))
                for position in sorted(rng.sample(range(len(titles)), heard)):
                    share = part / heard * rng.lognormvariate(0, 0.5)
                    found.append((Track(album, position, titles[position]), share))
        return found

    # plays -----------------------------------------------------------------------------

    @cached_property
    def plays(self) -> list[tuple[int, int]]:
        """(seconds before the last midnight, index into tracks), newest first."""
        if not self.total:
            return []
        rng = seeded("plays", self.name)
        trends = {
            artist.number: rng.choice((-1.2, -0.4, 0.0, 0.0, 0.5, 1.4))
            for artist, _ in self.artists
        }
        found: list[tuple[int, int]] = []
        months = YEARS * 12
        for month in range(months):
            age = month / months - 0.5  # -0.5 newest .. 0.5 oldest
            weights = [
                share * math.exp(-trends[track.artist.number] * age * 1.6)
                for track, share in self.tracks
            ]
            steps = list(accumulate(weights))
            count = self.total // months + (1 if month < self.total % months else 0)
            start = month * YEARS * 365 * DAY // months
            span = YEARS * 365 * DAY // months
            for _ in range(count):
                index = bisect.bisect(steps, rng.random() * steps[-1])
                found.append((start + rng.randrange(span), min(index, len(steps) - 1)))
        found.sort()
        return found

    def plays_since(self, days: int | None) -> list[tuple[int, int]]:
        if days is None:
            return self.plays
        return self.plays[: bisect.bisect_left(self.plays, (days * DAY, 0))]

    @lru_cache(maxsize=64)  # noqa: B019 - people live as long as the process
    def track_counts(self, days: int | None) -> list[tuple[Track, int]]:
        counted = Counter(index for _, index in self.plays_since(days))
        return _ranked((self.tracks[index][0], count) for index, count in counted.items())

    @lru_cache(maxsize=64)  # noqa: B019
    def album_counts(self, days: int | None) -> list[tuple[Album, int]]:
        counted: Counter[int] = Counter()
        for track, count in self.track_counts(days):
            counted[track.album.number] += count
        return _ranked((self.world.albums[number], count) for number, count in counted.items())

    @lru_cache(maxsize=64)  # noqa: B019
    def artist_counts(self, days: int | None) -> list[tuple[Artist, int]]:
        counted: Counter[int] = Counter()
        for track, count in self.track_counts(days):
            counted[track.artist.number] += count
        return _ranked((self.world.artists[number], count) for number, count in counted.items())

    # shelf -----------------------------------------------------------------------------

    @cached_property
    def _shelf(self) -> tuple[list[CollectionItem], list[Want]]:
        rng = seeded("shelf", self.name)
        albums = [
            (album, weight * (0.3 + album.fame / 1000))
            for artist, weight in self.artists
            for album in self.world.albums_of[artist.number]
            if album.known and album.pressings
        ]
        steps = list(accumulate(weight for _, weight in albums))
        owned: list[int] = []
        wanted: list[int] = []
        seen: set[int] = set()
        while len(owned) < self.copies - 4 or len(wanted) < 12 + self.copies // 8:
            album = albums[bisect.bisect(steps, rng.random() * steps[-1] * 0.999999)][0]
            release = rng.choice([p for p in self.world.versions(album) if p.vinyl])
            if len(owned) < self.copies - 4:
                if release.id not in owned:
                    owned.append(release.id)
                    seen.add(album.number)
            elif album.number not in seen and release.id not in wanted:
                wanted.append(release.id)
            elif len(seen) > len({a.number for a, _ in albums}) - 10:
                break
        owned += owned[:2]  # two copies of the same pressing
        owned += self._without_master(albums)
        grades = ("Near Mint (NM or M-)", "Very Good Plus (VG+)", "Very Good (VG)")
        items = [
            CollectionItem(
                instance_id=900_000_000 + mixed(self.name, position, release_id) % 90_000_000,
                release_id=release_id,
                folder_id=rng.choice((1, 1, 1, 8_000_000 + self.number)),
                rating=rng.choice((0, 0, 0, 3, 4, 5)),
                media=rng.choice(grades),
                sleeve=rng.choice(grades),
                days_ago=3 + position * 7,
            )
            for position, release_id in enumerate(owned)
        ]
        return items, [
            Want(release_id, 0, rng.choice(("", "", "original only"))) for release_id in wanted
        ]

    def _without_master(self, albums: list[tuple[Album, float]]) -> list[int]:
        found: list[int] = []
        for album, _ in sorted(albums, key=lambda pair: -pair[1]):
            found += [
                p.id for p in self.world.releases_of(album.number) if p.vinyl and not p.in_master
            ]
            if len(found) >= 2:
                break
        return found[:2]

    @property
    def collection(self) -> list[CollectionItem]:
        return self._shelf[0] if self.copies else []

    @property
    def wants(self) -> list[Want]:
        return self._shelf[1] if self.copies else []


T = TypeVar("T")


def _ranked(pairs: Iterable[tuple[T, int]]) -> list[tuple[T, int]]:
    return sorted(pairs, key=lambda pair: -pair[1])


POST_PUNK = Taste(
    {"Post-Punk": 1.0, "Krautrock": 1.0, "New Wave": 0.35, "Goth Rock": 0.5, "Experimental": 0.3,
     "Coldwave": 0.8, "Shoegaze": 0.4, "Dream Pop": 0.3, "Proto-Punk": 0.4, "No Wave": 0.4,
     "Industrial": 0.2, "Art Rock": 0.25},
    ("Joy Division", "Can", "Neu!", "Wire", "The Fall", "Siouxsie & The Banshees", "Stereolab",
     "Public Image Limited", "Cocteau Twins"),
)  # fmt: skip
JAZZ = Taste(
    {"Hard Bop": 1.0, "Modal": 1.0, "Post Bop": 0.9, "Spiritual Jazz": 0.9, "Free Jazz": 0.6,
     "Cool Jazz": 0.8, "Soul-Jazz": 0.6, "Fusion": 0.5, "Jazz-Funk": 0.5, "Bop": 0.7,
     "Avant-garde Jazz": 0.6, "Bossa Nova": 0.5, "Jazz-Rock": 0.3, "Swing": 0.3, "Afro-Cuban": 0.4},
    ("John Coltrane", "Miles Davis", "Charles Mingus", "Thelonious Monk", "Wayne Shorter",
     "Pharoah Sanders", "Bill Evans Trio", "Alice Coltrane"),
)  # fmt: skip
HIP_HOP = Taste(
    {"Boom Bap": 1.0, "East Coast": 0.6, "Jazzy Hip-Hop": 1.0, "Conscious": 0.7, "Neo Soul": 0.9,
     "Soul": 0.5, "Funk": 0.5, "Instrumental Hip-Hop": 0.9, "Golden Age": 0.6, "Abstract": 0.8,
     "P.Funk": 0.5, "Hardcore Hip-Hop": 0.4, "Alternative R&B": 0.4, "Contemporary R&B": 0.2},
    ("A Tribe Called Quest", "J Dilla", "Madvillain", "Erykah Badu", "Nas", "Curtis Mayfield",
     "D'Angelo", "Gang Starr"),
)  # fmt: skip
CLASSIC_ROCK = Taste(
    {"Classic Rock": 1.0, "Hard Rock": 0.7, "Prog Rock": 0.8, "Blues Rock": 0.7,
     "Psychedelic Rock": 0.6,
     "Southern Rock": 0.6, "Heavy Metal": 0.4, "Folk Rock": 0.3, "Glam": 0.4,
     "Andalusian Rock": 1.2,
     "Flamenco": 0.6, "Electric Blues": 0.3, "Symphonic Rock": 0.5},
    ("Pink Floyd", "Led Zeppelin", "The Rolling Stones", "Deep Purple", "Triana", "King Crimson",
     "Dire Straits", "The Who"),
)  # fmt: skip
ELECTRONIC = Taste(
    {"Synth-pop": 0.8, "House": 1.0, "Techno": 1.0, "IDM": 1.0, "Electropop": 0.9, "Downtempo": 0.8,
     "Trip Hop": 0.8, "Ambient": 0.6, "Dance-pop": 0.5, "Electro": 0.8, "Berlin-School": 0.5,
     "UK Garage": 0.9, "Disco": 0.5, "Art Pop": 0.5, "Indie Pop": 0.2, "Big Beat": 0.8},
    ("Aphex Twin", "Daft Punk", "Robyn", "Boards Of Canada", "Kraftwerk", "Pet Shop Boys", "Björk",
     "Massive Attack", "The Knife"),
)  # fmt: skip
NOTHING = Taste({"Soft Rock": 0.6, "Vocal": 0.6, "Soul": 0.6, "Pop Rock": 0.4}, ())


class People:
    """``stats_pending`` has listens but no computed statistics yet; ``hidden`` is private."""

    silent = "silent_one"
    stats_pending = "fresh_ear"
    hidden = "curtains_drawn"

    def __init__(self, world: World) -> None:
        self.world = world
        rows = (
            (
                "nuria_bcn",
                "Núria",
                "ES",
                "post-punk and krautrock, Barcelona",
                31_400,
                214,
                POST_PUNK,
                "EUR",
            ),
            (
                "theo_hardbop",
                "Theo",
                "NL",
                "hard bop and modal jazz, Utrecht",
                18_900,
                392,
                JAZZ,
                "",
            ),
            ("lena_breaks", "Lena", "DE", "hip hop and soul, Berlin", 26_300, 141, HIP_HOP, ""),
            (
                "marcos_rock",
                "Marcos",
                "ES",
                "classic rock, Sevilla",
                12_800,
                268,
                CLASSIC_ROCK,
                "EUR",
            ),
            (
                "ida_synth",
                "Ida",
                "SE",
                "electronic and pop, Stockholm",
                39_200,
                87,
                ELECTRONIC,
                "SEK",
            ),
            (self.silent, "Sil", "FR", "has never pressed play", 0, 60, NOTHING, ""),
            (
                self.stats_pending,
                "Fran",
                "ES",
                "statistics not computed yet",
                240,
                0,
                POST_PUNK,
                "",
            ),
            (self.hidden, "Cleo", "IT", "keeps listening private", 12_050, 0, ELECTRONIC, ""),
        )
        self.by_name = {
            row[0]: Person(
                world, row[0], display=row[1], country=row[2], blurb=row[3], plays=row[4],
                copies=row[5], taste=row[6], currency=row[7], number=number,
            )
            for number, row in enumerate(rows)
        }  # fmt: skip

    def get(self, name: str) -> Person | None:
        return self.by_name.get(name.lower())

    def choices(self) -> list[tuple[str, str]]:
        """Who may sign in on a consent page."""
        return [
            (person.name, f"{person.display}: {person.blurb}") for person in self.by_name.values()
        ]


@lru_cache(maxsize=1)
def load_people() -> People:
    return People(load_world())
