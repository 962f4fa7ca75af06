"""Our ids for Discogs' artists and masters, made once however many processes ask at once.

A claim is one statement: it takes ids that nobody has from ExternalId (unique there) and makes
the rows that they name. It commits by itself, so that two loading processes never wait for each
other's chunk; a process that dies afterwards leaves an artist or an album without pressings yet,
which the resumed import finds again by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from psycopg import Connection

from catalog.dumps.copying import array_text
from catalog.dumps.records import DumpRelease, artist_line, bare_name, work_kind, year_of
from catalog.dumps.tables import SOURCE
from catalog.matching import normalise_name, normalise_title

PLACEHOLDERS = frozenset(("various", "various artists", "unknown artist", "traditional"))
# Ids remembered by a loading process; above it the memory starts anew, to stay bounded.
MOST_REMEMBERED = 400_000

_ARTISTS = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::bigint[])
        AS row(value, name, disambiguation, normalised, is_placeholder, adopted)
), claimed AS (
    INSERT INTO catalog_externalid (kind, source, value, entity_id)
    SELECT 'artist', 'discogs', value, coalesce(adopted, nextval('catalog_artist_id_seq'))
    FROM wanted ON CONFLICT (kind, source, value) DO NOTHING RETURNING value, entity_id
), made AS (
    INSERT INTO catalog_artist (id, name, disambiguation, normalised, country, genres,
        is_placeholder, popularity, generated, source, created_at, updated_at)
    SELECT entity_id, name, disambiguation, normalised, '', '{}', is_placeholder, 0, false, %s,
        now(), now()
    FROM claimed JOIN wanted USING (value) WHERE adopted IS NULL
)
SELECT value, entity_id FROM claimed
"""
_ALBUMS = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::smallint[],
        %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS row(value, title, normalised, artist_line, year, kind, genres, styles, main, adopted)
), claimed AS (
    INSERT INTO catalog_externalid (kind, source, value, entity_id)
    SELECT 'album', 'discogs', value, coalesce(adopted, nextval('catalog_album_id_seq'))
    FROM wanted ON CONFLICT (kind, source, value) DO NOTHING RETURNING value, entity_id
), made AS (
    INSERT INTO catalog_album (id, title, normalised, artist_line, year, kind, genres, styles,
        popularity, demand, generated, source, main_discogs_id, created_at, updated_at)
    SELECT entity_id, title, normalised, artist_line, year, kind, genres::text[], styles::text[],
        0, 0, false, %s, main, now(), now()
    FROM claimed JOIN wanted USING (value) WHERE adopted IS NULL
), credited AS (
    INSERT INTO catalog_albumartist (album_id, artist_id, position, credited_as, "join")
    SELECT entity_id, artist_id, position, credited_as, joined
    FROM claimed JOIN wanted USING (value) JOIN unnest(%s::text[], %s::bigint[], %s::smallint[],
        %s::text[], %s::text[]) AS credit(value, artist_id, position, credited_as, joined)
        USING (value)
    WHERE adopted IS NULL
)
SELECT value, entity_id FROM claimed
"""
# An id that a merge brought leads to its row and describes nothing there: the words of the row that
# went would take the place of its own, and come and go with every import. `e` is the id.
BROUGHT = """EXISTS (
    SELECT 1 FROM catalog_mergerecord m
    WHERE m.kind = e.kind AND m.into_id = e.entity_id AND m.undone_at IS NULL
        AND m.moved -> 'ids' @> to_jsonb(e.id))"""
_KNOWN = """
SELECT value, entity_id FROM catalog_externalid
WHERE kind = %s AND source = 'discogs' AND value = ANY(%s)
"""


@dataclass
class Orphans:
    """Rows that were made from a listener's words and have no Discogs id yet: an import gives
    them one instead of making a second row of the same name. Artists by normalised name, albums
    by (artist id, normalised title)."""

    artists: dict[str, int] = field(default_factory=dict)
    albums: dict[tuple[int, str], int] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> Orphans:
        """Of namesakes the best known one; those that a merge has emptied are left out."""
        artists = connection.execute(
            """
            SELECT DISTINCT ON (normalised) normalised, id FROM catalog_artist a
            WHERE merged_into_id IS NULL AND source <> %s AND NOT EXISTS (
                SELECT 1 FROM catalog_externalid e
                WHERE e.kind = 'artist' AND e.entity_id = a.id AND e.source = 'discogs')
            ORDER BY normalised, popularity DESC, id
            """,
            [SOURCE],
        ).fetchall()
        albums = connection.execute(
            """
            SELECT DISTINCT ON (c.artist_id, b.normalised) c.artist_id, b.normalised, b.id
            FROM catalog_album b JOIN catalog_albumartist c ON c.album_id = b.id AND c.position = 0
            WHERE b.merged_into_id IS NULL AND b.source <> %s AND NOT EXISTS (
                SELECT 1 FROM catalog_externalid e
                WHERE e.kind = 'album' AND e.entity_id = b.id AND e.source = 'discogs')
            ORDER BY c.artist_id, b.normalised, b.popularity DESC, b.id
            """,
            [SOURCE],
        ).fetchall()
        return cls(dict(artists), {(artist, key): album for artist, key, album in albums})


class Claims:
    """Ids of artists and albums by Discogs' ids. `connection` must be in autocommit mode."""

    def __init__(self, connection: Connection, orphans: Orphans) -> None:
        self._connection = connection
        self._orphans = orphans
        self._artists: dict[int, int] = {}
        self._albums: dict[int, int] = {}

    def artists(self, releases: Iterable[DumpRelease]) -> dict[int, int]:
        """Our ids of all artists credited on these releases; new ones are made."""
        if len(self._artists) > MOST_REMEMBERED:
            self._artists.clear()
        wanted: dict[int, str] = {}
        for release in releases:
            for id, name, _, _ in release.artists:
                if id is not None and id not in self._artists:
                    wanted[id] = name
        if wanted:
            self._take_artists(wanted)
        return self._artists

    def albums(self, releases: Sequence[DumpRelease]) -> dict[int, int]:
        """Our album ids of the masters of these releases. A new one is described by the release
        with the lowest number, whichever process meets it first, until the masters' own file
        describes it."""
        if len(self._albums) > MOST_REMEMBERED:
            self._albums.clear()
        wanted: dict[int, DumpRelease] = {}
        for release in releases:
            master = release.master_id
            if master is None or master in self._albums:
                continue
            if master not in wanted or release.id < wanted[master].id:
                wanted[master] = release
        if wanted:
            self._take_albums(wanted)
        return self._albums

    def _take_artists(self, wanted: dict[int, str]) -> None:
        rows = []
        # In one order everywhere, so that two processes never wait for each other in a circle.
        for id in sorted(wanted):
            name, number = bare_name(wanted[id])
            key = normalise_name(name)[:500]
            adopted = None if number else self._orphans.artists.pop(key, None)
            rows.append((str(id), name[:500], number, key, key in PLACEHOLDERS, adopted))
        columns = [list(column) for column in zip(*rows, strict=True)]
        found = self._connection.execute(_ARTISTS, [*columns, SOURCE]).fetchall()
        self._artists.update((int(value), entity) for value, entity in found)
        self._look_up("artist", wanted, self._artists)

    def _take_albums(self, wanted: dict[int, DumpRelease]) -> None:
        rows, credits = [], []
        for master in sorted(wanted):
            release = wanted[master]
            value = str(master)
            title = (release.title or "Untitled")[:1000]
            key = normalise_title(title)[:1000]
            ids = credited(release, self._artists)
            adopted = self._orphans.albums.pop((ids[0][0], key), None) if ids else None
            rows.append(
                (
                    value,
                    title,
                    key,
                    artist_line(release.artists)[:1000],
                    year_of(release.released),
                    work_kind(release.formats),
                    array_text(release.genres),
                    array_text(release.styles),
                    release.id,
                    adopted,
                )
            )
            credits += [(value, *one) for one in ids]
        columns = [list(column) for column in zip(*rows, strict=True)]
        more = [list(column) for column in zip(*credits, strict=True)] or [[]] * 5
        found = self._connection.execute(_ALBUMS, [*columns, SOURCE, *more]).fetchall()
        self._albums.update((int(value), entity) for value, entity in found)
        taken = {value for value, _ in found}
        self._look_up("album", wanted, self._albums)
        self._describe([release for id, release in wanted.items() if str(id) not in taken])

    def _describe(self, releases: Sequence[DumpRelease]) -> None:
        """Albums that another process has made from a higher number get the lower one's words."""
        if not releases:
            return
        ids = [self._albums[one.master_id] for one in releases if one.master_id is not None]
        later = self._connection.execute(
            f"""
            SELECT b.id, r.position FROM catalog_album b
            JOIN unnest(%s::bigint[], %s::bigint[], %s::text[])
              WITH ORDINALITY AS r(album, number, master, position) ON r.album = b.id
            WHERE b.source = %s AND b.main_discogs_id > r.number AND NOT EXISTS (
                SELECT 1 FROM catalog_externalid e WHERE e.kind = 'album'
                    AND e.source = 'discogs' AND e.value = r.master AND {BROUGHT})
            """,
            [ids, [one.id for one in releases], [str(one.master_id) for one in releases], SOURCE],
        ).fetchall()
        for album, position in later:
            self._describe_one(album, releases[position - 1])

    def _describe_one(self, album: int, release: DumpRelease) -> None:
        title = (release.title or "Untitled")[:1000]
        with self._connection.transaction():
            changed = self._connection.execute(
                """
                UPDATE catalog_album SET title = %s, normalised = %s, artist_line = %s, year = %s,
                    kind = %s, genres = %s, styles = %s, main_discogs_id = %s
                WHERE id = %s AND main_discogs_id > %s
                """,
                [
                    title, normalise_title(title)[:1000], artist_line(release.artists)[:1000],
                    year_of(release.released), work_kind(release.formats), list(release.genres),
                    list(release.styles), release.id, album, release.id,
                ],
            )  # fmt: skip
            if changed.rowcount:
                write_credits(self._connection, album, credited(release, self._artists))

    def _look_up(self, kind: str, wanted: Iterable[int], into: dict[int, int]) -> None:
        """Those that were there already, or that another process took a moment ago."""
        missing = [str(id) for id in wanted if id not in into]
        if not missing:
            return
        rows = self._connection.execute(_KNOWN, [kind, missing]).fetchall()
        found: dict[str, int] = dict(rows)
        table = {"artist": "catalog_artist", "album": "catalog_album"}[kind]
        merged: dict[int, int] = dict(
            self._connection.execute(
                f"""
                WITH RECURSIVE trail AS (
                    SELECT id AS start, merged_into_id AS target, 1 AS depth FROM {table}
                    WHERE id = ANY(%s) AND merged_into_id IS NOT NULL
                    UNION ALL
                    SELECT start, t.merged_into_id, depth + 1 FROM trail
                    JOIN {table} t ON t.id = trail.target
                    WHERE t.merged_into_id IS NOT NULL AND depth < 20
                )
                SELECT DISTINCT ON (start) start, target FROM trail ORDER BY start, depth DESC
                """,
                [list(found.values())],
            ).fetchall()
        )
        into.update((int(value), merged.get(entity, entity)) for value, entity in found.items())


def write_credits(db: Connection, album: int, credits: list[tuple[int, int, str, str]]) -> None:
    """Put these credits in the place of an album's."""
    db.execute("DELETE FROM catalog_albumartist WHERE album_id = %s", [album])
    for artist, position, name, join in credits:
        db.execute(
            "INSERT INTO catalog_albumartist (album_id, artist_id, position, credited_as, "
            '"join") VALUES (%s, %s, %s, %s, %s)',
            [album, artist, position, name, join],
        )


def credited(release: DumpRelease, ids: dict[int, int]) -> list[tuple[int, int, str, str]]:
    """(artist id, position, credited as, join) of each artist that has an id."""
    return [
        (ids[id], position, (anv or bare_name(name)[0])[:500], join[:40])
        for position, (id, name, anv, join) in enumerate(release.artists)
        if id is not None
    ]
