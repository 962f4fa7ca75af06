"""Writes what a source said: period by period beside the snapshot that counts, then in its place.

A sync that dies in the middle leaves the old snapshot untouched and goes on from its period; one
that brings nothing new leaves no trace but the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.models import Listening, Snapshot, User
from accounts.queries import UNFINISHED
from catalog.queries import AlbumRef, ArtistRef, match_albums, match_artists

# What one job may ask the catalogue to look up for names that it does not know yet.
MOST_NAMES = 100
BATCH = 2_000
_COLUMNS = {"artist_name": 500, "title": 1000, "mbid": 40}


@dataclass(frozen=True)
class Heard:
    """One line of a source: plays or a rank of an artist, or of an album, in one period.

    `title` is "" for an artist. `mbid` belongs to the artist or the album, as `kind` says.
    """

    kind: str
    artist: str
    title: str = ""
    mbid: str = ""
    artist_mbid: str = ""
    plays: int | None = None
    rank: int | None = None
    distinct_tracks: int | None = None


@dataclass
class Matcher:
    """Names to catalogue entries, each asked once per run."""

    artists: dict[ArtistRef, int | None] = field(default_factory=dict)
    albums: dict[AlbumRef, int | None] = field(default_factory=dict)

    def learn(self, rows: Sequence[Heard]) -> None:
        """Look up, in bulk, whatever these rows name and nobody asked before."""
        new_artists = {artist_ref(row) for row in rows} - self.artists.keys()
        if new_artists:
            found = match_artists(tuple(new_artists))
            self.artists |= {ref: found.get(ref) for ref in new_artists}
        new_albums = {
            album_ref(row) for row in rows if row.kind == Listening.Kind.ALBUM
        } - self.albums.keys()
        if new_albums:
            known = match_albums(tuple(new_albums))
            self.albums |= {ref: known.get(ref) for ref in new_albums}


def artist_ref(row: Heard) -> ArtistRef:
    mbid = row.mbid if row.kind == Listening.Kind.ARTIST else row.artist_mbid
    return ArtistRef(row.artist, mbid)


def album_ref(row: Heard) -> AlbumRef:
    return AlbumRef(row.artist, row.title, row.mbid, row.artist_mbid)


def begin(user: User, source: str, username: str) -> Snapshot:
    """A fresh, unfinished snapshot; what an earlier run left unfinished goes."""
    with transaction.atomic():
        Snapshot.objects.filter(user=user, source=source + UNFINISHED).delete()
        return Snapshot.objects.create(
            user=user, source=source + UNFINISHED, username=username, taken_at=timezone.now()
        )


def unfinished(user: User, source: str, username: str) -> Snapshot | None:
    """What the earlier steps of this sync wrote."""
    return Snapshot.objects.filter(user=user, source=source + UNFINISHED, username=username).first()


def write_period(
    snapshot: Snapshot, period: str, rows: Sequence[Heard], matcher: Matcher | None = None
) -> str:
    """Write one period's rows, matched, in place of what a killed run wrote; their digest."""
    matcher = matcher or Matcher()
    kept = [row for row in rows if row.artist.strip()]
    matcher.learn(kept)
    with transaction.atomic():
        snapshot.items.filter(period=period).delete()
        Listening.objects.bulk_create(
            (_listening(snapshot, period, row, matcher) for row in kept), batch_size=BATCH
        )
    return digest(kept)


def _listening(snapshot: Snapshot, period: str, row: Heard, matcher: Matcher) -> Listening:
    is_album = row.kind == Listening.Kind.ALBUM
    return Listening(
        snapshot=snapshot,
        kind=row.kind,
        period=period,
        artist_name=row.artist[: _COLUMNS["artist_name"]],
        title=row.title[: _COLUMNS["title"]],
        mbid=row.mbid[: _COLUMNS["mbid"]],
        plays=row.plays,
        rank=row.rank,
        distinct_tracks=row.distinct_tracks,
        artist_id=matcher.artists.get(artist_ref(row)),
        album_id=matcher.albums.get(album_ref(row)) if is_album else None,
    )


def digest(rows: Iterable[Heard]) -> str:
    """The same lines in any order give the same digest."""
    lines = sorted(
        repr((row.kind, row.artist, row.title, row.mbid, row.plays, row.rank, row.distinct_tracks))
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def unmatched_names(snapshot: Snapshot) -> tuple[int, int]:
    """(artists, albums) of a snapshot that the catalogue does not know."""
    artists = snapshot.items.filter(kind=Listening.Kind.ARTIST, artist__isnull=True)
    albums = snapshot.items.filter(kind=Listening.Kind.ALBUM, album__isnull=True)
    return (
        artists.order_by().values("artist_name").distinct().count(),
        albums.order_by().values("artist_name", "title").distinct().count(),
    )


def finish(
    snapshot: Snapshot,
    *,
    content_hash: str,
    plays: int,
    used: int,
    skipped: dict[str, int] | None = None,
) -> tuple[Snapshot, bool]:
    """Put the unfinished snapshot in its place: (the one that counts, did anything change).

    Unchanged is: the same content as last time, and nothing of it newly known to the catalogue; the
    figures are those of the last reading all the same.
    """
    unmatched = sum(unmatched_names(snapshot))
    now = timezone.now()
    source = snapshot.source.removesuffix(UNFINISHED)
    with transaction.atomic():
        # Two runs at once would both find the old one and both take its place.
        User.objects.select_for_update().get(pk=snapshot.user_id)
        old = Snapshot.objects.filter(user_id=snapshot.user_id, source=source).first()
        if old is not None and (old.username, old.content_hash, old.unmatched) == (
            snapshot.username,
            content_hash,
            unmatched,
        ):
            snapshot.delete()
            old.plays, old.used, old.skipped = plays, used, skipped or {}
            old.taken_at = now
            old.save(update_fields=["plays", "used", "skipped", "taken_at"])
            return old, False
        if old is not None:
            old.delete()
        snapshot.source = source
        snapshot.content_hash = content_hash
        snapshot.plays, snapshot.used, snapshot.skipped = plays, used, skipped or {}
        snapshot.unmatched, snapshot.taken_at = unmatched, now
        snapshot.save()
    return snapshot, True


def match_again(user: User) -> int:
    """Look for names that the catalogue did not know when they were read; how many rows it knows
    now. After names were looked up."""
    rows = list(
        Listening.objects.filter(snapshot__user=user, artist__isnull=True)
        | Listening.objects.filter(
            snapshot__user=user, kind=Listening.Kind.ALBUM, album__isnull=True
        )
    )
    heard = [Heard(row.kind, row.artist_name, row.title, row.mbid) for row in rows]
    matcher = Matcher()
    matcher.learn(heard)
    changed = []
    for row, line in zip(rows, heard, strict=True):
        before = (row.artist_id, row.album_id)
        row.artist_id = row.artist_id or matcher.artists.get(artist_ref(line))
        if row.kind == Listening.Kind.ALBUM:
            row.album_id = row.album_id or matcher.albums.get(album_ref(line))
        if (row.artist_id, row.album_id) != before:
            changed.append(row)
    with transaction.atomic():
        Listening.objects.bulk_update(changed, ["artist", "album"], batch_size=500)
        for snapshot in Snapshot.objects.filter(user=user) if changed else ():
            snapshot.unmatched = sum(unmatched_names(snapshot))
            snapshot.save(update_fields=["unmatched"])
    return len(changed)


def names_to_resolve(snapshot: Snapshot) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The most played names that the catalogue does not know, as `catalog.resolve_names` takes
    them: artists ({name, mbid}) and albums ({artist, title, mbid})."""
    items = snapshot.items.order_by("rank", "-plays", "pk")
    artists = items.filter(kind=Listening.Kind.ARTIST, artist__isnull=True)
    albums = items.filter(kind=Listening.Kind.ALBUM, album__isnull=True)
    # The same name stands in several periods.
    most = MOST_NAMES * len(Listening.Period)
    names: dict[str, dict[str, str]] = {}
    for name, mbid in artists.values_list("artist_name", "mbid")[:most]:
        names.setdefault(name, {"name": name, "mbid": mbid})
    titles: dict[tuple[str, str], dict[str, str]] = {}
    for artist, title, mbid in albums.values_list("artist_name", "title", "mbid")[:most]:
        titles.setdefault((artist, title), {"artist": artist, "title": title, "mbid": mbid})
    return list(names.values())[:MOST_NAMES], list(titles.values())[:MOST_NAMES]
