"""One row per artist and album, whoever asks, however often, at once.

Ids first, then names. Nothing here asks an upstream: what an id means there is found out by
the syncs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, AlbumArtist, Artist, ExternalId, MergeRecord, Release
from catalog.queries.names import albums_by_key, artists_by_key, by_external_id
from catalog.services.index import index_albums, index_artists
from catalog.services.locks import take_lock
from catalog.services.trail import attach
from vinyl.upstreams.door import Lane
from vinyl.upstreams.reading import split_disambiguation

PLACEHOLDERS = frozenset(("various", "various artists", "unknown artist", "traditional"))


def get_or_create_artist(
    *,
    name: str,
    mbid: str = "",
    discogs_id: int | None = None,
    lane: Lane = Lane.BACKGROUND,
    source: str = "listener",
) -> Artist:
    """The artist with one of these ids, else of this name, else a new one.

    A Discogs id that is not known is another artist than those of the same name that have one;
    a MusicBrainz id may be out of date, so a clear match of the name takes it as a further id.
    A bare name that several artists share means the best known of them: it never adds one more.
    `lane` is for the syncs that may follow and costs nothing here. ValueError for an empty name.
    """
    bare, number = split_disambiguation(name.strip())
    key = normalise_name(bare)
    if not key.strip():
        raise ValueError("An artist needs a name.")
    ids = _ids(discogs=discogs_id, musicbrainz=mbid)
    known = _by_ids(ExternalId.Kind.ARTIST, ids)
    if known is not None:  # no lock: most rows of a shelf are known, and locks last long there
        if len(ids) > 1:
            remember_ids(ExternalId.Kind.ARTIST, known, ids)
        return present_artist(known)
    with transaction.atomic():
        take_lock("artist", key)
        artist_id = _by_ids(ExternalId.Kind.ARTIST, ids)
        if artist_id is None:
            artist_id = _by_name(key, ids)
        if artist_id is None:
            artist = Artist.objects.create(
                name=bare[:500],
                disambiguation=number,
                normalised=key[:500],
                is_placeholder=key in PLACEHOLDERS,
                source=source,
            )
            index_artists([artist])
        else:
            artist = present_artist(artist_id)
        remember_ids(ExternalId.Kind.ARTIST, artist.pk, ids)
    return artist


def get_or_create_album(
    *,
    artist: Artist,
    title: str,
    mbid: str = "",
    master_id: int | None = None,
    year: int | None = None,
    kind: str = "",
    lane: Lane = Lane.BACKGROUND,
    source: str = "listener",
) -> Album:
    """The album with one of these ids, else the artist's of this title, else a new one.

    Two masters of one title are two albums. Merges are followed. ValueError for an empty title.
    """
    key = normalise_title(title.strip())
    if not key.strip():
        raise ValueError("An album needs a title.")
    ids = _ids(discogs=master_id, musicbrainz=mbid)
    known = _by_ids(ExternalId.Kind.ALBUM, ids)
    if known is not None:
        if len(ids) > 1:
            remember_ids(ExternalId.Kind.ALBUM, known, ids)
        return followed(Album.objects.get(pk=known))
    with transaction.atomic():
        take_lock("album", str(artist.pk), key)
        album_id = _by_ids(ExternalId.Kind.ALBUM, ids)
        if album_id is None:
            album_id = albums_by_key([(artist.pk, key)]).get((artist.pk, key))
            if album_id is not None and master_id and _has_discogs(album_id, album=True):
                album_id = None
        if album_id is None:
            album = Album.objects.create(
                title=title.strip()[:1000],
                normalised=key[:1000],
                artist_line=artist.name,
                year=year,
                kind=kind,
                source=source,
            )
            AlbumArtist.objects.create(album=album, artist=artist, credited_as=artist.name)
            index_albums([album])
        else:
            album = followed(Album.objects.get(pk=album_id))
        remember_ids(ExternalId.Kind.ALBUM, album.pk, ids)
    return album


def note_demand(album_id: int | Iterable[int], reason: str = "") -> None:
    """Somebody looked at, wants or was shown this album, or these: they are kept fresh before
    others. `reason` says which of these; all count alike.
    """
    ids = [album_id] if isinstance(album_id, int) else list(album_id)
    asked = Album.objects.filter(pk__in=ids)
    asked.update(demand=F("demand") + 1, demand_at=timezone.now())


def present_artist(artist_id: int) -> Artist:
    """The artist with this id, or the one that it was merged into."""
    artist = Artist.objects.select_related("merged_into").get(pk=artist_id)
    seen = {artist.pk}
    while artist.merged_into is not None and artist.merged_into.pk not in seen:
        artist = artist.merged_into
        seen.add(artist.pk)
    return artist


def followed(album: Album) -> Album:
    """The album that this one was merged into, or itself."""
    seen = {album.pk}
    while album.merged_into is not None and album.merged_into.pk not in seen:
        album = album.merged_into
        seen.add(album.pk)
    return album


def note_artist_demand(artist_ids: Iterable[int]) -> None:
    """Note that somebody who comes here plays or follows these artists: they are read again every
    week while this is said. Higher rooms call it."""
    asked = Artist.objects.filter(pk__in=set(artist_ids), is_placeholder=False)
    now = timezone.now()
    # Said every day by many people: one writing a day is enough.
    asked.exclude(demand_at__gt=now - timedelta(days=1)).update(demand_at=now)


def merge_into(
    album_ids: Collection[int],
    into: Album,
    *,
    why: str = "",
    by: AbstractBaseUser | None = None,
    moved: Mapping[int, Collection[int]] | None = None,
) -> Album:
    """Merge these albums into that one, pressings, ids and all, and keep a trail of it.

    What was merged into them before leads there as well, so that `merged_into` always names an
    album that stands, and a reader follows it once. One that was merged already stays where it is.
    `moved` names pressings, by album, that the caller has moved itself. Returns the album that
    stands: `into`, or what that was merged into meanwhile.
    """
    with transaction.atomic():
        # In one order everywhere, so that two merges at once do not wait for each other.
        rows = Album.objects.select_for_update().filter(pk__in={*album_ids, into.pk})
        locked = {row.pk: row for row in rows.order_by("pk")}
        into = followed(locked.get(into.pk, into))
        gone = [
            pk
            for pk in locked
            if pk in album_ids and pk != into.pk and locked[pk].merged_into_id is None
        ]
        if not gone:
            return into
        trail = {pk: set((moved or {}).get(pk, ())) for pk in gone}
        held = Release.objects.filter(album_id__in=gone)
        for release_id, album_id in held.values_list("pk", "album_id"):
            trail[album_id].add(release_id)
        held.update(album=into)
        led = Album.objects.filter(merged_into__in=gone).values_list("pk", "merged_into_id")
        brought = attach(
            MergeRecord.Kind.ALBUM, gone, into.pk, [(pk, was) for pk, was in led if was]
        )
        led_there = Album.objects.filter(Q(pk__in=gone) | Q(merged_into__in=gone))
        led_there.exclude(pk=into.pk).update(merged_into=into)
        MergeRecord.objects.bulk_create(
            MergeRecord(
                kind=MergeRecord.Kind.ALBUM,
                from_id=pk,
                into_id=into.pk,
                why=why[:200],
                moved={"releases": sorted(trail[pk]), **brought[pk]},
                done_by_id=None if by is None else by.pk,
            )
            for pk in gone
        )
    return into


def remember_ids(kind: ExternalId.Kind, entity_id: int, ids: dict[str, str]) -> None:
    """Add ids to an entity; one that belongs to another entity stays there."""
    ExternalId.objects.bulk_create(
        [
            ExternalId(kind=kind, source=source, value=value, entity_id=entity_id)
            for source, value in ids.items()
        ],
        ignore_conflicts=True,
    )


def discogs_id_of(kind: ExternalId.Kind, entity_id: int) -> int | None:
    """The first Discogs id (artist, or master of an album) that is known."""
    value = (
        ExternalId.objects.filter(kind=kind, entity_id=entity_id, source="discogs")
        .order_by("pk")
        .values_list("value", flat=True)
        .first()
    )
    return int(value) if value else None


def _by_name(key: str, ids: dict[str, str]) -> int | None:
    """The artist that this name means for somebody who tells these ids, none of them known."""
    if key in PLACEHOLDERS:
        return Artist.objects.filter(normalised=key).values_list("pk", flat=True).first()
    clear = artists_by_key([key]).get(key)
    if clear is not None:
        return None if "discogs" in ids and _has_discogs(clear) else clear
    if ids:
        return None
    same = Artist.objects.filter(normalised=key, is_placeholder=False)
    return same.order_by("-popularity", "pk").values_list("pk", flat=True).first()


def _has_discogs(entity_id: int, *, album: bool = False) -> bool:
    kind = ExternalId.Kind.ALBUM if album else ExternalId.Kind.ARTIST
    return discogs_id_of(kind, entity_id) is not None


def _ids(*, discogs: int | None, musicbrainz: str) -> dict[str, str]:
    found = {"discogs": str(discogs or ""), "musicbrainz": musicbrainz[:80]}
    return {source: value for source, value in found.items() if value}


def _by_ids(kind: ExternalId.Kind, ids: dict[str, str]) -> int | None:
    for source, value in ids.items():
        known = by_external_id(kind, source, [value])
        if known:
            return known[value]
    return None
