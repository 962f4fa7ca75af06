"""What stands for what: merges and their trail, ids of outside services, and who asks for what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Album, Artist, ExternalId, MergeRecord, Release
from catalog.services.index import index_albums
from catalog.services.trail import attach
from vinyl import standing

PLACEHOLDERS = frozenset(("various", "various artists", "unknown artist", "traditional"))
# Whoever presses for prices waits for it.
_DEMANDED = """
UPDATE catalog_album SET demand = demand + 1, demand_at = %s WHERE id = ANY(%s::bigint[])
"""


def note_demand(album_id: int | Iterable[int], reason: str = "") -> None:
    """Somebody looked at, wants or was shown this album, or these: they are kept fresh before
    others. `reason` says which of these; all count alike.
    """
    ids = [album_id] if isinstance(album_id, int) else list(album_id)
    with standing.cursor() as cursor:
        cursor.execute(_DEMANDED, [timezone.now(), ids])


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
        if any("corrections" in one for one in brought.values()):
            into.refresh_from_db()
            index_albums([into])
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
