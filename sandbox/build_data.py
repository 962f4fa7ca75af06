"""Make the sandbox's committed data from a folder of open catalogue rows.

    python -m sandbox.build_data --from DIR --facts SOURCE

DIR holds albums.csv.gz, artists.csv.gz and releases.csv.gz. Only rows of open (CC0) sources are
taken, plus artist, title and year of well-known albums as single facts; genres, styles and
countries come from the tables in ``sandbox/build``. Writes ``sandbox/data/*.jsonl.gz`` and the
product's demo list ``catalog/data/demo_catalogue.jsonl.gz``. The same input gives the same files.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sandbox.build_rows import (
    GENRES,
    SHARED_NAMES,
    TOWERING,
    Album,
    Artist,
    csv_rows,
    is_open,
    plain,
    plain_artist,
)
from sandbox.room import mixed
from sandbox.world import load_world

HERE = Path(__file__).resolve().parent
TABLES, DATA = HERE / "build", HERE / "data"
DEMO = HERE.parent / "catalog" / "data" / "demo_catalogue.jsonl.gz"
FIRST_ARTIST, FIRST_MASTER = 3_000_000_000, 3_100_000_000
MBID_SPACE = uuid.UUID("6f0d3c1e-5f0b-4c3e-9d6a-76696e696c6f")
PLACEHOLDERS = {"various", "various artists", "unknown artist", "no artist", "traditional"}


def table(name: str) -> Iterator[list[str]]:
    for line in (TABLES / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("|")


class Builder:
    def __init__(self, folder: Path, facts: str) -> None:
        self.facts = facts
        self.artist_rows = csv_rows(folder / "artists.csv.gz")
        self.album_rows = csv_rows(folder / "albums.csv.gz")
        self.release_rows = [
            row
            for row in csv_rows(folder / "releases.csv.gz")
            if row["source"].startswith("discogs-dump") and row["discogs_release_id"]
        ]
        self.artists: list[Artist] = []
        self.by_name: dict[str, int] = {}
        self.albums: list[Album] = []
        self.by_album: dict[tuple[str, str], int] = {}
        self.releases: list[dict[str, Any]] = []
        self.album_of_row: dict[str, int] = {}
        self.names = {row[1]: row[2] for row in table("corrections.csv") if row[0] == "artist"}
        self.titles = {
            row[1]: (row[2], int(row[3])) for row in table("corrections.csv") if row[0] == "title"
        }
        self.kinds = {row[1]: row[2] for row in table("corrections.csv") if row[0] == "kind"}
        self._index_ids()

    def _index_ids(self) -> None:
        self.discogs_rows: dict[str, dict[str, str]] = {}
        self.mbids: dict[str, dict[str, str]] = {}
        used = Counter(a["artist_mbid"] for a in self.album_rows if "mb-fixtures" in a["sources"])
        for row in self.artist_rows:
            key = plain_artist(row["name"])
            if row["discogs_artist_id"] and "discogs-dump" in row["sources"]:
                bare = not re.search(r"\(\d+\)$", row["name"])
                if bare or key not in self.discogs_rows:
                    self.discogs_rows[key] = row
            if row["mbid"] and "mb-fixtures" in row["sources"]:
                best = self.mbids.get(key)
                rank = (bool(row["mb_sort_name"]), used[row["mbid"]])
                if best is None or rank > (bool(best["mb_sort_name"]), used[best["mbid"]]):
                    self.mbids[key] = row

    # artists ---------------------------------------------------------------------------

    def add_known_artists(self) -> None:
        for name, country, begin, kind, fame, genres, styles in table("artist_facts.csv"):
            self._add_artist(
                Artist(
                    name=name,
                    country=country,
                    begin=int(begin),
                    kind={"P": "Person", "G": "Group"}[kind],
                    fame=0 if name == "Various" else int(fame) * 100 + mixed("fame", name) % 95,
                    genres=[GENRES[code] for code in genres.split(",")],
                    styles=styles.split(","),
                )
            )

    def _add_artist(self, artist: Artist) -> int:
        key = plain_artist(artist.name)
        row = None if artist.name in SHARED_NAMES else self.discogs_rows.get(key)
        if artist.name == "Various":
            artist.discogs_id = 194
        elif row:
            artist.discogs_id = int(row["discogs_artist_id"])
            if is_open(row["sources"].split(";")):
                artist.variations = [v for v in row["name_variations"].split("|") if v][:8]
            if artist.source == "facts":
                artist.source = "facts, id: discogs-dump"
        if row := self.mbids.get(key):
            artist.mbid, artist.sort_name = row["mbid"], row["mb_sort_name"]
        self.by_name[key] = len(self.artists)
        self.artists.append(artist)
        return len(self.artists) - 1

    def artist_number(self, name: str) -> int:
        """The artist with this name; unknown ones from open rows are added."""
        found = self.by_name.get(plain_artist(name))
        if found is not None:
            return found
        return self._add_artist(
            Artist(
                name=name, fame=10 + mixed("small", name) % 60, source="discogs-dump / mb-fixtures"
            )
        )

    # albums ----------------------------------------------------------------------------

    def add_known_albums(self) -> None:
        for row in self.album_rows:
            if self.facts not in row["sources"].split(";"):
                continue
            name = self.names.get(row["artist_name"], row["artist_name"])
            title, year = self.titles.get(row["title"], (row["title"], int(row["year"])))
            if title == "Bad Girls" and name != "Donna Summer":
                title, year = row["title"], int(row["year"])
            title = re.sub(r"\s+", " ", title)
            kind = self.kinds.get(row["title"], row["type"] or "album")
            number = self._add_album(name.split(" / "), title, year, kind, "facts")
            self.album_of_row[row["album_id"]] = number
            # Identifiers only where the open row itself carries them.
            if row["release_group_mbid"] and row["release_group_method"] == "musicbrainz":
                self.albums[number].mbid = row["release_group_mbid"]
            if row["discogs_master_id"] and is_open(
                source for source in row["sources"].split(";") if source != self.facts
            ):
                self.albums[number].master_id = int(row["discogs_master_id"])
        for artist, title, first, kind in table("more_albums.csv"):
            if (plain_artist(artist), plain(title)) not in self.by_album:
                self._add_album([artist], title, int(first), kind, "facts")

    def _add_album(
        self, names: Iterable[str], title: str, year: int | None, kind: str, source: str
    ) -> int:
        numbers = [self.artist_number(name) for name in names]
        album = Album(numbers, title, year, kind, source)
        lead = self.artists[numbers[0]]
        album.genres, album.styles = lead.genres[:2], self._styles_for(lead, title)
        album.fame = min(880, int(lead.fame * 0.55) + mixed("album", lead.name, title) % 330)
        self.by_album.setdefault((plain_artist(lead.name), plain(title)), len(self.albums))
        self.albums.append(album)
        return len(self.albums) - 1

    def _styles_for(self, artist: Artist, title: str) -> list[str]:
        """The first style always, then one or two of the others."""
        others = artist.styles[1:]
        start = mixed("style", artist.name, title) % max(1, len(others))
        return artist.styles[:1] + (others[start:] + others[:start])[:2]

    def add_open_albums(self) -> None:
        """Albums of the dump samples that have a vinyl release, and MusicBrainz groups."""
        with_vinyl = {r["album_id"] for r in self.release_rows if r["is_vinyl"] == "1"}
        for row in self.album_rows:
            sources = row["sources"].split(";")
            if self.facts in sources or not is_open(sources):
                continue
            from_mb = row["release_group_mbid"] and row["release_group_method"] == "musicbrainz"
            if row["album_id"] not in with_vinyl and not from_mb:
                continue
            placeholder = row["artist_name"].lower() in PLACEHOLDERS
            name = "Various" if placeholder else row["artist_name"].replace("‐", "-")
            if not placeholder and (plain_artist(name), plain(row["title"])) in self.by_album:
                number = self.by_album[plain_artist(name), plain(row["title"])]
            else:
                year = int(row["year"]) if row["year"] else None
                number = self._add_album([name], row["title"], year, row["type"], row["sources"])
                self.albums[number].fame = 5 + mixed("row", row["album_id"]) % 60
                self._open_genres(number, row)
            self.album_of_row[row["album_id"]] = number
            album = self.albums[number]
            if from_mb and not album.mbid:
                album.mbid = row["release_group_mbid"]
            if row["discogs_master_id"] and not album.master_id:
                album.master_id = int(row["discogs_master_id"])

    def _open_genres(self, number: int, row: dict[str, str]) -> None:
        genres = [g for g in row["genres"].split("|") if g in GENRES.values()]
        styles = [s for s in row["styles"].split("|") if s]
        album = self.albums[number]
        album.genres, album.styles = genres or album.genres, styles or album.styles
        lead = self.artists[album.artists[0]]
        if lead.source.startswith("discogs-dump") and genres:
            lead.genres = lead.genres or genres
            lead.styles = list(dict.fromkeys([*lead.styles, *styles]))[:5]
            if row["year"]:
                lead.begin = min(lead.begin or 3000, int(row["year"]))

    # numbers ---------------------------------------------------------------------------

    def finish(self) -> None:
        top = [tuple(pair.strip().split("|")) for pair in TOWERING.split(";")]
        places = {(plain_artist(a), plain(t)): place for place, (a, t) in enumerate(top)}
        missing = [
            pair for pair in top if (plain_artist(pair[0]), plain(pair[1])) not in self.by_album
        ]
        if missing:
            raise SystemExit(f"not in the catalogue: {missing}")
        for key, place in places.items():
            self.albums[self.by_album[key]].fame = 1000 - place * 2
        for number, album in enumerate(self.albums):
            album.pressings = self._pressings(album, number)
        self._make_ids()
        self._take_releases()

    def _pressings(self, album: Album, number: int) -> int:
        """How many vinyl pressings to generate; none for late CD anthologies."""
        if album.source != "facts":
            return 0
        late_box = album.kind == "compilation" and (album.year or 0) >= 1990
        if late_box:
            return 0
        if album.fame >= 998:
            return 200
        if album.fame > 900:
            return 100 + (album.fame - 900)
        return 8 + int(52 * album.fame / 880) - mixed("fewer", number) % 5

    def _make_ids(self) -> None:
        for number, artist in enumerate(self.artists):
            if not artist.discogs_id:
                artist.discogs_id, artist.generated = FIRST_ARTIST + number, "d"
            if not artist.mbid:
                artist.mbid = str(uuid.uuid5(MBID_SPACE, f"artist {artist.name}"))
                artist.generated += "m"
        taken = {album.master_id for album in self.albums}
        for number, album in enumerate(self.albums):
            if not album.master_id and album.source == "facts":
                album.master_id, album.generated = FIRST_MASTER + number, "d"
            if not album.mbid:
                names = " / ".join(self.artists[n].name for n in album.artists)
                key = f"release group {names} {album.title} {album.year}"
                album.mbid, album.generated = (
                    str(uuid.uuid5(MBID_SPACE, key)),
                    album.generated + "m",
                )
        assert not taken & {FIRST_MASTER + n for n in range(len(self.albums))}

    def _take_releases(self) -> None:
        per_master: dict[int, int] = defaultdict(int)
        for row in self.release_rows:
            number = self.album_of_row.get(row["album_id"])
            if number is None:
                continue
            per_master[number] += 1
            self.releases.append(
                {
                    "id": int(row["discogs_release_id"]),
                    "album": number,
                    "master": bool(row["discogs_master_id"])
                    and bool(self.albums[number].master_id),
                    "title": row["title"],
                    "country": row["country"],
                    "released": row["released"],
                    "format": row["format"],
                    "descriptions": row["format_descriptions"],
                    "text": row["format_text"],
                    "labels": row["labels"].split(" / ") if row["labels"] else [],
                    "catnos": row["catalogue_numbers"].split(" / ")
                    if row["catalogue_numbers"]
                    else [],
                    "barcode": row["barcode"],
                    "source": row["source"],
                }
            )

    def countries(self) -> dict[str, int]:
        """How often each country occurs among the real LPs: what generated pressings follow."""
        counted = Counter(
            row["country"]
            for row in self.release_rows
            if row["is_vinyl"] == "1" and "LP" in row["format_descriptions"] and row["country"]
        )
        return dict(counted.most_common(24))


def write_lines(path: Path, rows: Iterable[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def lean(row: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(row).items() if value not in ("", None, [], 0)}


def made_ids(marks: str) -> list[str]:
    """Which identifiers of a row were made here."""
    return [name for mark, name in (("d", "discogs"), ("m", "mbid")) if mark in marks]


def demo_rows(builder: Builder, main_releases: dict[int, int]) -> Iterator[dict[str, Any]]:
    """The product's stand-in for a monthly dump: artists and albums, no pressings."""
    yield {
        "source": "Discogs data dumps 2014 and 2020 (samples), MusicBrainz core data (samples), "
        "and single facts (artist, title, year) about well-known albums",
        "licence": "CC0 1.0",
        "made": "2026-11-21",
        "note": "ids from 3,000,000,000 up and rows marked generated are made for the sandbox",
    }
    for artist in builder.artists:
        yield {
            "type": "artist",
            "name": artist.name,
            "discogs_id": artist.discogs_id,
            "mbid": artist.mbid,
            "genres": artist.genres,
            "country": artist.country,
            "generated": bool(artist.generated),
            "generated_ids": made_ids(artist.generated),
            "popularity": artist.fame,
        }
    for album in builder.albums:
        credited = [builder.artists[number] for number in album.artists]
        yield {
            "type": "album",
            "artist_discogs_ids": [artist.discogs_id for artist in credited],
            "artists": [artist.name for artist in credited],
            "title": album.title,
            "year": album.year,
            "kind": album.kind,
            "master_id": album.master_id or None,
            "main_release": main_releases.get(album.master_id),
            "mbid": album.mbid,
            "genres": album.genres,
            "styles": album.styles,
            "generated": bool(album.generated),
            "generated_ids": made_ids(album.generated),
            "popularity": album.fame,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sandbox's data files.")
    parser.add_argument("--from", dest="folder", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--facts", required=True, metavar="SOURCE",
        help="source whose rows give artist, title and year of well-known albums, nothing else",
    )  # fmt: skip
    options = parser.parse_args()
    folder = options.folder
    if not (folder / "albums.csv.gz").exists():
        raise SystemExit(f"{folder} holds no albums.csv.gz")
    builder = Builder(folder, options.facts)
    builder.add_known_artists()
    builder.add_known_albums()
    builder.add_open_albums()
    builder.finish()
    write_lines(DATA / "artists.jsonl.gz", (lean(a) for a in builder.artists))
    write_lines(DATA / "albums.jsonl.gz", (lean(a) for a in builder.albums))
    write_lines(DATA / "releases.jsonl.gz", builder.releases)
    (DATA / "countries.json").write_text(
        json.dumps(builder.countries(), indent=1), encoding="utf-8"
    )
    write_lines(DEMO, demo_rows(builder, load_world().main_releases()))
    known = [a for a in builder.albums if a.source == "facts"]
    pressings = sum(album.pressings for album in builder.albums)
    long_lists = sum(album.pressings >= 100 for album in known)
    print(
        f"{len(builder.artists)} artists, {len(builder.albums)} albums ({len(known)} well-known), "
        f"{len(builder.releases)} real releases, {pressings} generated pressings, "
        f"{long_lists} albums with 100 or more"
    )


if __name__ == "__main__":
    main()
