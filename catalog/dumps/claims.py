"""Our ids for Discogs' artists and masters, made once however many processes ask at once.

A claim is one short transaction: it takes ids that nobody has from ExternalId (unique there) and
makes the rows that they name. It commits by itself, so that two loading processes never wait for
each other's chunk; a process that dies afterwards leaves an artist or an album without pressings
yet, which the resumed import finds again by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from psycopg import Connection

from catalog import corrections
from catalog.dumps import copying
from catalog.dumps.records import DumpRelease, artist_line, bare_name, work_kind, year_of
from catalog.dumps.tables import SOURCE, columns_sql
from catalog.matching import normalise_name, normalise_title

PLACEHOLDERS = frozenset(("various", "various artists", "unknown artist", "traditional"))
# Ids remembered by a loading process; above it the memory starts anew, to stay bounded.
MOST_REMEMBERED = 400_000

_CLAIM = """
INSERT INTO catalog_externalid (kind, source, value, entity_id)
SELECT %s, 'discogs', value, coalesce(adopted, nextval(%s::regclass))
FROM unnest(%s::text[], %s::bigint[]) AS wanted(value, adopted)
ON CONFLICT (kind, source, value) DO NOTHING RETURNING value, entity_id
"""
_ALBUM = (
    "id", "title", "normalised", "artist_line", "year", "kind", "genres", "styles", "popularity",
    "demand", "generated", "source", "main_discogs_id", "created_at", "updated_at",
)  # fmt: skip
CREDIT = ("album_id", "artist_id", "position", "credited_as", "join")
_ARTIST = (
    "id", "name", "disambiguation", "normalised", "country", "genres", "is_placeholder",
    "popularity", "generated", "source", "created_at", "updated_at",
)  # fmt: skip
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


# Rows that were made from a listener's words and have no Discogs id yet: an import gives them one
# instead of making a second row of the same name. Of namesakes the best known one; those that a
# merge has emptied are left out.
_LISTENED_ARTISTS = """
SELECT DISTINCT ON (normalised) normalised, id FROM catalog_artist a
WHERE normalised = ANY(%s) AND merged_into_id IS NULL AND source <> %s AND NOT EXISTS (
    SELECT 1 FROM catalog_externalid e
    WHERE e.kind = 'artist' AND e.entity_id = a.id AND e.source = 'discogs')
ORDER BY normalised, popularity DESC, id
"""
_LISTENED_ALBUMS = """
SELECT DISTINCT ON (c.artist_id, b.normalised) c.artist_id, b.normalised, b.id
FROM catalog_album b JOIN catalog_albumartist c ON c.album_id = b.id AND c.position = 0
WHERE b.normalised = ANY(%s) AND b.merged_into_id IS NULL AND b.source <> %s AND NOT EXISTS (
    SELECT 1 FROM catalog_externalid e
    WHERE e.kind = 'album' AND e.entity_id = b.id AND e.source = 'discogs')
ORDER BY c.artist_id, b.normalised, b.popularity DESC, b.id
"""


class Claims:
    """Ids of artists and albums by Discogs' ids. `connection` must be in autocommit mode."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
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
        self._look_up("artist", wanted, self._artists)
        wanted = {id: name for id, name in wanted.items() if id not in self._artists}
        if not wanted:
            return
        named: dict[str, tuple[str, str, str]] = {}
        # In one order everywhere, so that two processes never wait for each other in a circle.
        for id in sorted(wanted):
            name, number = bare_name(wanted[id])
            key = normalise_name(name)[:500]
            named[str(id)] = (name[:500], number, key)
        adopted = self._listened_artists(named)
        now = _now()
        with self._connection.transaction():
            claimed = self._claim("artist", list(named), adopted)
            lines = []
            for value, entity in claimed.items():
                if value in adopted:
                    continue
                name, number, key = named[value]
                plain = copying.row((str(entity), name, number, key))
                known = "t" if key in PLACEHOLDERS else "f"
                lines.append(f"{plain}\t\t{{}}\t{known}\t0\tf\t{SOURCE}\t{now}\t{now}")
            copy_lines(self._connection, "catalog_artist", _ARTIST, lines)
        self._artists.update((int(value), entity) for value, entity in claimed.items())
        self._look_up("artist", wanted, self._artists)

    def _listened_artists(self, named: dict[str, tuple[str, str, str]]) -> dict[str, int]:
        """Our ids, by Discogs', of artists that are here by their name only."""
        plain = {value: key for value, (_, number, key) in named.items() if not number}
        rows = self._connection.execute(
            _LISTENED_ARTISTS, [list(set(plain.values())), SOURCE]
        ).fetchall()
        found: dict[str, int] = dict(rows)
        # Each once: of two namesakes the one with the lowest number.
        return {value: found.pop(key) for value, key in plain.items() if key in found}

    def _take_albums(self, wanted: dict[int, DumpRelease]) -> None:
        self._look_up("album", wanted, self._albums)
        new = {id: one for id, one in wanted.items() if id not in self._albums}
        claimed = self._make_albums(new) if new else {}
        self._describe([one for id, one in wanted.items() if str(id) not in claimed])

    def _make_albums(self, wanted: dict[int, DumpRelease]) -> dict[str, int]:
        """Our new ids of those masters that nobody had, by Discogs'."""
        adopted = self._listened_albums(wanted)
        with self._connection.transaction():
            claimed = self._claim("album", [str(one) for one in sorted(wanted)], adopted)
            rows = AlbumRows(_now())
            for value, entity in claimed.items():
                if value not in adopted:
                    release = wanted[int(value)]
                    rows.add(entity, release, credited(release, self._artists))
            rows.copy(self._connection)
        self._albums.update((int(value), entity) for value, entity in claimed.items())
        self._look_up("album", wanted, self._albums)
        return claimed

    def _listened_albums(self, wanted: dict[int, DumpRelease]) -> dict[str, int]:
        """Our ids, by Discogs', of albums that are here by their artist and title only."""
        keys = {
            str(master): (ids[0][0], album_key(wanted[master]))
            for master in sorted(wanted)
            if (ids := credited(wanted[master], self._artists))
        }
        rows = self._connection.execute(
            _LISTENED_ALBUMS, [list({title for _, title in keys.values()}), SOURCE]
        ).fetchall()
        found = {(artist, title): album for artist, title, album in rows}
        return {value: found.pop(key) for value, key in keys.items() if key in found}

    def _claim(self, kind: str, values: list[str], adopted: dict[str, int]) -> dict[str, int]:
        """Our new ids of those values that nobody had."""
        found = self._connection.execute(
            _CLAIM,
            [kind, f"catalog_{kind}_id_seq", values, [adopted.get(one) for one in values]],
        )
        return dict(found.fetchall())

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
        with self._connection.transaction():
            changed = self._connection.execute(
                """
                UPDATE catalog_album SET title = %s, normalised = %s, artist_line = %s, year = %s,
                    kind = %s, genres = %s, styles = %s, main_discogs_id = %s
                WHERE id = %s AND main_discogs_id > %s
                """
                f" RETURNING {corrections.ANY}",
                [
                    album_title(release), album_key(release), artist_line(release.artists)[:1000],
                    year_of(release.released), work_kind(release.formats), list(release.genres),
                    list(release.styles), release.id, album, release.id,
                ],
            )  # fmt: skip
            row = changed.fetchone()
            if row is not None:
                write_credits(self._connection, album, credited(release, self._artists))
            if row is not None and row[0]:
                with self._connection.cursor() as cursor:
                    corrections.put_back(cursor, "album", [album])

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


class AlbumRows:
    """COPY lines of new albums and their credits, each told by one of its pressings."""

    def __init__(self, now: str) -> None:
        self._now = now
        self._albums: list[str] = []
        self._credits: list[str] = []

    def add(
        self, album: int, release: DumpRelease, credits: list[tuple[int, int, str, str]]
    ) -> None:
        year = year_of(release.released)
        plain = copying.row(
            (
                str(album),
                album_title(release),
                album_key(release),
                artist_line(release.artists)[:1000] if release.artists else "",
            )
        )
        self._albums.append(
            f"{plain}\t{year or copying.NULL}\t{work_kind(release.formats)}\t"
            f"{copying.array(release.genres)}\t{copying.array(release.styles)}\t"
            f"0\t0\tf\t{SOURCE}\t{release.id}\t{self._now}\t{self._now}"
        )
        for artist, position, name, join in credits:
            self._credits.append(copying.row((str(album), str(artist), str(position), name, join)))

    def copy(self, db: Connection) -> None:
        copy_lines(db, "catalog_album", _ALBUM, self._albums)
        copy_lines(db, "catalog_albumartist", CREDIT, self._credits)


def copy_lines(db: Connection, table: str, columns: Sequence[str], lines: list[str]) -> None:
    """Rows in COPY's text format into a table."""
    if not lines:
        return
    with db.cursor().copy(f"COPY {table} ({columns_sql(columns)}) FROM STDIN") as copy:
        copy.write("\n".join(lines).encode())
        copy.write(b"\n")


def album_title(release: DumpRelease) -> str:
    return (release.title or "Untitled")[:1000]


def album_key(release: DumpRelease) -> str:
    return normalise_title(album_title(release))[:1000]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def credited(release: DumpRelease, ids: dict[int, int]) -> list[tuple[int, int, str, str]]:
    """(artist id, position, credited as, join) of each artist that has an id."""
    return [
        (ids[id], position, (anv or bare_name(name)[0])[:500], join[:40])
        for position, (id, name, anv, join) in enumerate(release.artists)
        if id is not None
    ]
