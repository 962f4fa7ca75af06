"""Artists and albums that are one thing become one, and come apart again.

A merge leaves the row that goes, with `merged_into` pointing to the one that stands, so that every
address and every row of a higher app keeps its meaning. What pages list by an index moves: an
album's pressings, an artist's credits, names and edges of likeness, and the ids of both. Each merge
is one MergeRecord, from which a split gives back what was moved.

Imports find rows by their ids, which lead to the row that stands, and the ids that a merge brought
describe nothing there (see `catalog.dumps.claims`): so they follow merges and never undo one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from catalog.dumps import emptied
from catalog.dumps.tables import DESCRIBED, SOURCE
from catalog.models import (
    Album,
    Artist,
    ArtistName,
    ExternalId,
    MatchReview,
    MergeRecord,
    Release,
    SimilarArtist,
)
from catalog.services.correcting import find_anew
from catalog.services.identity import followed, merge_into, present_artist
from catalog.services.index import index_artists
from catalog.services.trail import Moved, attach, detach, forget

# In a pressing's digest: unlike every digest, so that the next dump places the pressing anew.
PLACE_ANEW = "after a split"


class CannotMerge(ValueError):
    """These rows cannot become one; the text says why, in English."""


class CannotSplit(ValueError):
    """This merge cannot be undone; the text says why, in English."""


def merge_albums(
    album_ids: Collection[int], into: Album, *, why: str = "", by: AbstractBaseUser | None = None
) -> Album:
    """Merge these albums into that one; returns the album that stands. See `merge_into`."""
    return merge_into(album_ids, into, why=why, by=by)


def merge_artists(
    artist_ids: Collection[int], into: Artist, *, why: str = "", by: AbstractBaseUser | None = None
) -> Artist:
    """Merge these artists into that one with credits, names, likenesses and ids.

    One that was merged already stays where it is. Where the artist that stands has the same name,
    likeness or credit already, the other one stays with its row, where nobody reads it. Returns the
    artist that stands. CannotMerge for Various and the like, who are nobody.
    """
    with transaction.atomic():
        rows = Artist.objects.select_for_update().filter(pk__in={*artist_ids, into.pk})
        locked = {row.pk: row for row in rows.order_by("pk")}
        into = present_artist(into.pk)
        gone = [
            pk
            for pk in sorted(set(artist_ids) & locked.keys() - {into.pk})
            if locked[pk].merged_into_id is None
        ]
        nobody = [one for one in (into, *(locked[pk] for pk in gone)) if one.is_placeholder]
        if nobody:
            raise CannotMerge(f"{nobody[0].name} stands for many or for nobody.")
        if not gone:
            return into
        led = Artist.objects.filter(merged_into__in=gone).values_list("pk", "merged_into_id")
        trail = attach(
            MergeRecord.Kind.ARTIST, gone, into.pk, [(pk, was) for pk, was in led if was]
        )
        for pk in gone:
            _move_credits(pk, into.pk, trail[pk])
            _move_names(pk, into.pk, trail[pk])
            _move_edges(pk, into.pk, trail[pk])
        Artist.objects.filter(Q(pk__in=gone) | Q(merged_into__in=gone)).update(merged_into=into)
        MergeRecord.objects.bulk_create(
            MergeRecord(
                kind=MergeRecord.Kind.ARTIST,
                from_id=pk,
                into_id=into.pk,
                why=why[:200],
                moved=trail[pk],
                done_by_id=None if by is None else by.pk,
            )
            for pk in gone
        )
        if any("corrections" in one for one in trail.values()):
            into.refresh_from_db()
            find_anew(MergeRecord.Kind.ARTIST, into.pk)
        else:
            index_artists([into])
    return into


def split(
    record: MergeRecord, *, by: AbstractBaseUser | None = None, never_again: bool = True
) -> None:
    """Undo a merge: the row stands by itself again, with exactly what the merge moved and what is
    still where it was moved to.

    What files told since then of who has which pressing and name goes along (see
    `catalog.dumps.apart`). What came by another way stays with the other row; the next import of a
    dump places it anew by its ids. `never_again` remembers that the two are different things, so
    that no job merges them a second time. CannotSplit where the merge was undone already or the row
    is gone.
    """
    with transaction.atomic():
        record = MergeRecord.objects.select_for_update().get(pk=record.pk)
        if record.undone_at is not None:
            raise CannotSplit("This merge was undone already.")
        if record.kind == MergeRecord.Kind.ARTIST:
            target_id = _split_artist(record)
            forget(record, Artist, target_id)
        else:
            target_id = _split_album(record)
            forget(record, Album, target_id)
        record.undone_at = timezone.now()
        record.undone_by_id = None if by is None else by.pk
        record.save(update_fields=["undone_at", "undone_by"])
        if never_again:
            remember_different(record.kind, record.from_id, target_id, by=by)


def remember_different(
    kind: str, one: int, other: int, *, by: AbstractBaseUser | None = None
) -> None:
    """Keep the decision that these two rows are different things."""
    left, right = sorted((one, other))
    MatchReview.objects.update_or_create(
        kind=kind,
        left_id=left,
        right_id=right,
        defaults={
            "verdict": MatchReview.Verdict.DIFFERENT,
            "decided_at": timezone.now(),
            "decided_by_id": None if by is None else by.pk,
        },
        create_defaults={
            "verdict": MatchReview.Verdict.DIFFERENT,
            "decided_at": timezone.now(),
            "decided_by_id": None if by is None else by.pk,
            "confidence": 0,
        },
    )


def better_known(kind: str, one: int, other: int) -> tuple[int, int]:
    """(the row that should stand, the row that should go): the one that Discogs' dumps describe,
    else the better known, else the older."""
    known = set(
        ExternalId.objects.filter(
            kind=kind, source="discogs", entity_id__in=(one, other)
        ).values_list("entity_id", flat=True)
    )
    model = Artist if kind == MergeRecord.Kind.ARTIST else Album
    fame = dict(model.objects.filter(pk__in=(one, other)).values_list("pk", "popularity"))
    ranked = sorted((one, other), key=lambda pk: (pk not in known, -fame.get(pk, 0), pk))
    return ranked[0], ranked[1]


# --- what moves with an artist --------------------------------------------------------------


def _move_credits(gone: int, into: int, trail: Moved) -> None:
    """Credits are noted by album and place: an import writes them anew under other numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalog_albumartist c SET artist_id = %s
            WHERE artist_id = %s AND NOT EXISTS (
                SELECT 1 FROM catalog_albumartist o
                WHERE o.album_id = c.album_id AND o.artist_id = %s AND o.position = c.position)
            RETURNING album_id, position
            """,
            [into, gone, into],
        )
        trail["credits"] = [list(row) for row in cursor.fetchall()]


def _move_names(gone: int, into: int, trail: Moved) -> None:
    known = ArtistName.objects.filter(artist=into).values("name")
    names = ArtistName.objects.filter(artist=gone).exclude(name__in=known)
    trail["names"] = sorted(names.values_list("pk", flat=True))
    ArtistName.objects.filter(pk__in=trail["names"]).update(artist=into)


def _move_edges(gone: int, into: int, trail: Moved) -> None:
    """Likenesses in both directions, but for the one between the two."""
    leaving = SimilarArtist.objects.filter(artist=gone).exclude(other=into)
    known = set(SimilarArtist.objects.filter(artist=into).values_list("other_id", "source"))
    trail["edges"] = [
        pk
        for pk, *end in leaving.values_list("pk", "other_id", "source")
        if tuple(end) not in known
    ]
    SimilarArtist.objects.filter(pk__in=trail["edges"]).update(artist=into)
    coming = SimilarArtist.objects.filter(other=gone).exclude(artist=into)
    known = set(SimilarArtist.objects.filter(other=into).values_list("artist_id", "source"))
    trail["edges_here"] = [
        pk
        for pk, *end in coming.values_list("pk", "artist_id", "source")
        if tuple(end) not in known
    ]
    SimilarArtist.objects.filter(pk__in=trail["edges_here"]).update(other=into)


# --- splitting ------------------------------------------------------------------------------


def _split_artist(record: MergeRecord) -> int:
    gone = Artist.objects.select_for_update(of=("self",)).filter(pk=record.from_id).first()
    if gone is None or gone.merged_into_id is None:
        raise CannotSplit("This artist stands by itself, or is gone.")
    target, moved = present_artist(gone.pk), record.moved
    detach(record.kind, Artist, gone.pk, target.pk, moved)
    _give_credits_back(gone.pk, target.pk, moved.get("credits", ()))
    known = ArtistName.objects.filter(artist=gone).values("name")
    names = ArtistName.objects.filter(pk__in=moved.get("names", ()), artist=target)
    names.exclude(name__in=known).update(artist=gone)
    _give_edges_back(gone.pk, target.pk, moved)
    Artist.objects.filter(pk=gone.pk).update(merged_into=None)
    _describe_anew((gone.pk, target.pk), record.done_at)
    index_artists([Artist.objects.get(pk=gone.pk)])
    find_anew(record.kind, target.pk)
    return target.pk


def _give_credits_back(gone: int, target: int, places: Collection[list[int]]) -> None:
    albums = [album for album, _position in places]
    positions = [position for _album, position in places]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalog_albumartist c SET artist_id = %s
            FROM unnest(%s::bigint[], %s::smallint[]) AS was(album_id, position)
            WHERE c.album_id = was.album_id AND c.position = was.position AND c.artist_id = %s
                AND NOT EXISTS (
                    SELECT 1 FROM catalog_albumartist o WHERE o.album_id = c.album_id
                        AND o.position = c.position AND o.artist_id = %s)
            """,
            [gone, albums, positions, target, gone],
        )


def _give_edges_back(gone: int, target: int, moved: Moved) -> None:
    known = SimilarArtist.objects.filter(artist=gone)
    taken = {(other, source) for other, source in known.values_list("other_id", "source")}
    edges = SimilarArtist.objects.filter(pk__in=moved.get("edges", ()), artist=target)
    back = [
        pk
        for pk, other, source in edges.values_list("pk", "other_id", "source")
        if (other, source) not in taken and other != gone
    ]
    SimilarArtist.objects.filter(pk__in=back).update(artist=gone)
    known = SimilarArtist.objects.filter(other=gone)
    taken = {(artist, source) for artist, source in known.values_list("artist_id", "source")}
    edges = SimilarArtist.objects.filter(pk__in=moved.get("edges_here", ()), other=target)
    back = [
        pk
        for pk, artist, source in edges.values_list("pk", "artist_id", "source")
        if (artist, source) not in taken and artist != gone
    ]
    SimilarArtist.objects.filter(pk__in=back).update(other=gone)


def _describe_anew(artist_ids: Collection[int], since: datetime) -> None:
    """Whom albums credit that dumps described while two artists were one: the next file says it."""
    albums = Album.objects.filter(credits__artist__in=artist_ids, updated_at__gte=since)
    alone = Release.objects.filter(
        album__credits__artist__in=artist_ids, album__source=SOURCE, updated_at__gte=since
    )
    alone.exclude(content_hash="").update(content_hash=PLACE_ANEW)
    albums.filter(source=DESCRIBED).update(source=SOURCE)


def _split_album(record: MergeRecord) -> int:
    gone = Album.objects.select_for_update(of=("self",)).filter(pk=record.from_id).first()
    if gone is None or gone.merged_into_id is None:
        raise CannotSplit("This album stands by itself, or is gone.")
    target, moved = followed(gone), record.moved
    detach(record.kind, Album, gone.pk, target.pk, moved)
    back = Release.objects.filter(pk__in=moved.get("releases", ()), album=target)
    back.update(album=gone)
    Album.objects.filter(pk=gone.pk).update(merged_into=None)
    # Where a dump had emptied the album, the pressings go back to it against what the dump says.
    doubtful = (target.pk,) if record.why == emptied.WHY else (gone.pk, target.pk)
    since = Release.objects.filter(album__in=doubtful, updated_at__gte=record.done_at)
    since.exclude(content_hash="").update(content_hash=PLACE_ANEW)
    if "corrections" in moved:
        find_anew(record.kind, target.pk)
    return target.pk
