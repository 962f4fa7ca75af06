"""What people say to albums: keep, dismiss and why, more and less like this, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import add_owned
from catalog.models import Album, Artist
from catalog.queries import of_albums, of_artists
from recommendations import queries
from recommendations.models import (
    Dismissal,
    Lean,
    Lock,
    Recommendation,
    RecommendationSet,
    Seed,
)
from recommendations.queries.sets import is_on_list
from recommendations.services.seeds import TooManySeeds, add_seed
from recommendations.services.sets import fill_up, request_refresh
from recommendations.services.shown import note_dismissal, note_lock
from recommendations.services.steering import lean_on_list, list_before

# Put a dismissal back as it was: album id, reason, ISO time.
Forgotten = tuple[int, str, str]


class TooManyDismissals(Exception):
    """The person dismissed 100 albums in 30 days; more do not count until a reset."""

    def __str__(self) -> str:
        return _("You dismissed 100 albums in 30 days; more do not count. You can start afresh.")


def lock(user: User, album: Album) -> str | None:
    """Keep the album on the list. The last word counts: where it was dismissed, in another tab or
    long ago, that is taken back; returns the reason of that dismissal, None where there was none.
    One because of the artist goes as well, for all of their albums."""
    with transaction.atomic():
        return _lock(user, album, is_locked=queries.is_locked(user, album))


def _lock(user: User, album: Album, *, is_locked: bool) -> str | None:
    reason = queries.dismissed_because(user, album)
    if reason is not None:
        undo_dismiss(user, album)
    if not is_locked:
        Lock.objects.bulk_create([Lock(user=user, album=album)], ignore_conflicts=True)
        note_lock(user, album.pk)
    return reason


def unlock(user: User, album: Album) -> bool:
    """Keep it no longer; the next set may leave it out. False where it was not kept."""
    released, _rows = Lock.objects.filter(of_albums([album.pk]), user=user).delete()
    if released:
        note_lock(user, album.pk, undone=True)
    return bool(released)


def keep_or_release(user: User, album: Album) -> str | None:
    """Keep the album, see :func:`lock`, or keep it no longer where it is kept."""
    with transaction.atomic():  # written to the disk once
        # To look costs less than to delete nothing.
        if queries.is_locked(user, album) and unlock(user, album):
            return None
        return _lock(user, album, is_locked=False)


def dismiss(user: User, album: Album, *, reason: str = "") -> int:
    """Never show this album again; returns how many moved up from the reserve.

    A kept one is kept no longer. `reason` is a value of Dismissal.Reason; others count as none.
    Because of the artist, their other albums go as well; "owned" puts a copy on the shelf, which
    says it all, and is no dismissal. Raises TooManyDismissals when 100 were dismissed in 30 days.
    """
    known = reason if reason in Dismissal.Reason.values else ""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        mine = Dismissal.objects.filter(of_albums([album.pk]), user=user)
        if known == Dismissal.Reason.OWNED:
            mine.delete()
            add_owned(user, album_id=album.pk)
        elif queries.dismissed_because(user, album) is not None:
            mine.update(reason=known)
        elif queries.counted_dismissals(user) >= queries.MOST_DISMISSALS:
            raise TooManyDismissals
        else:
            Dismissal.objects.create(user=user, album=album, reason=known)
        if queries.is_locked(user, album):
            Lock.objects.filter(of_albums([album.pk]), user=user).delete()
        if known != Dismissal.Reason.OWNED:
            note_dismissal(user, album.pk)
    return fill_up(user)


def say_why(user: User, album: Album, reason: str) -> bool:
    """Give a dismissal its reason afterwards, see :func:`dismiss`; False where the album is not
    dismissed (any more)."""
    if not Dismissal.objects.filter(of_albums([album.pk]), user=user).exists():
        return False
    dismiss(user, album, reason=reason)
    return True


def undo_dismiss(user: User, album: Album) -> None:
    """Take a dismissal back: where the album stood in the set it stands again.

    A set that was made meanwhile leaves it out: it gets what the one before said of the album, and
    a new one is asked for.
    """
    here = of_albums([album.pk])
    with transaction.atomic():
        Dismissal.objects.filter(here, user=user).delete()
        note_dismissal(user, album.pk, undone=True)
    found = queries.current_set(user)
    if found is not None and not is_on_list(found, album.pk):
        _as_before(found, here)
        request_refresh(user)


def _as_before(found: RecommendationSet, here: Q) -> None:
    """Give a set the rows of an album that the newest set before it had."""
    told = Recommendation.objects.filter(here, set__user_id=found.user_id).order_by("-set_id")
    last = told.values("set_id")[:1]
    rows = list(told.filter(set_id=last))
    for row in rows:
        row.pk, row.set = None, found
    Recommendation.objects.bulk_create(rows, ignore_conflicts=True)


def reset_dismissals(user: User) -> list[Forgotten]:
    """Forget everything that was dismissed; returns what it was, for put_back_dismissals."""
    with transaction.atomic():
        rows = Dismissal.objects.select_for_update().filter(user=user)
        gone = [(row.album_id, row.reason, row.created_at.isoformat()) for row in rows]
        Dismissal.objects.filter(user=user).delete()
    return gone


def put_back_dismissals(user: User, forgotten: Iterable[Sequence[Any]]) -> int:
    """Dismiss again what a reset forgot, as it was; returns how many albums are dismissed again.

    What was dismissed anew meanwhile stays as it is now; albums that are gone are left out.
    """
    rows = {int(album): (str(reason), str(at)) for album, reason, at in forgotten}
    there = set(Album.objects.filter(pk__in=rows).values_list("pk", flat=True))
    with transaction.atomic():
        standing = Dismissal.objects.select_for_update().filter(user=user, album_id__in=there)
        there -= set(standing.values_list("album_id", flat=True))
        made = Dismissal.objects.bulk_create(
            Dismissal(user=user, album_id=album_id, reason=rows[album_id][0])
            for album_id in sorted(there)
        )
        for one in made:  # the model notes the time of making; these were made before
            one.created_at = datetime.fromisoformat(rows[one.album_id][1])
        Dismissal.objects.bulk_update(made, ["created_at"])
    return len(made)


# --- more and less like this ------------------------------------------------------------------


def lean(user: User, artist: Artist, direction: int) -> None:
    """ "More like this" (1) or "less of this" (-1): the visible list changes at once, as far as it
    knows albums of this artist and near to them; a new list is asked for.

    More also names the artist. The last word counts: less after more takes the name away, unless
    the person had named the artist before.
    """
    named = False
    if direction > 0:
        try:
            named = add_seed(user, artist)
        except TooManySeeds:
            pass  # as strong without the name
    with transaction.atomic():
        before = _leans(user, artist).filter(named=True).exists()
        if before and direction < 0:
            Seed.objects.filter(of_artists([artist.pk]), user=user).delete()
        Lean.objects.update_or_create(
            user=user,
            artist=artist,
            defaults={"direction": direction, "named": direction > 0 and (named or before)},
        )
    lean_on_list(user, artist.pk, direction)
    fill_up(user)
    request_refresh(user)


def undo_lean(user: User, artist: Artist) -> None:
    """As if nothing had been said of this artist: the name that "more" gave is taken away, and the
    visible list is as it was at once; a new one is asked for."""
    with transaction.atomic():
        # A maker at work ends first: its list would tell what is being taken back.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        said = list(_leans(user, artist))
        if not said:
            return
        _leans(user, artist).delete()
        if any(one.named for one in said):
            Seed.objects.filter(of_artists([artist.pk]), user=user).delete()
        list_before(user, min(one.created_at for one in said))
        lean_on_list(user, artist.pk, 0)
    fill_up(user)
    request_refresh(user)


def _leans(user: User, artist: Artist) -> QuerySet[Lean]:
    """What was said of the artist, also under the name of one that was merged into them."""
    return Lean.objects.filter(of_artists([artist.pk]), user=user)
