"""What was shown, and what people said to it: counted cheaply, stored when there is time.

A page view is one message to Valkey: the day and tab are noted beside the set. What was noted
becomes rows when the next set is made, or by an hourly job. However often that happens, and however
many lists were made and looked at, an album counts once a day (of UTC).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import User
from catalog.queries import present
from recommendations.models import Lock, Recommendation, RecommendationSet, Shown
from recommendations.queries.sets import RESERVE, current_set, is_on_list
from recommendations.versions import version_of
from vinyl.upstreams import valkey

log = logging.getLogger(__name__)

PREFIX = "recs:viewed"
# An album that was shown on so many days without a word from the person rests for a while.
IGNORED_AFTER = 5
RESTS_FOR = timedelta(days=60)
_KEPT_SECONDS = 7 * 86_400


def note_view(set_id: int, tab: str) -> None:
    """The person looked at a tab of their list. One round trip, and none is worth an error."""
    try:
        server = valkey.connection()
        with server.pipeline(transaction=False) as batch:
            batch.sadd(f"{PREFIX}:{set_id}", f"{tab}:{timezone.now():%Y-%m-%d}")
            batch.expire(f"{PREFIX}:{set_id}", _KEPT_SECONDS)
            batch.sadd(PREFIX, set_id)
            batch.execute()
    except valkey.Trouble:
        log.info("A look at a list was not counted", exc_info=True)


def _taken(set_id: int) -> dict[str, set[date]]:
    """Days on which each tab of a set was looked at since this was last asked."""
    try:
        server = valkey.connection()
        with server.pipeline(transaction=True) as batch:
            batch.smembers(f"{PREFIX}:{set_id}")
            batch.delete(f"{PREFIX}:{set_id}")
            batch.srem(PREFIX, set_id)
            members: Any = batch.execute()[0]
    except valkey.Trouble:
        return {}
    days: dict[str, set[date]] = defaultdict(set)
    for member in members:
        tab, _colon, day = member.decode().partition(":")
        days[tab].add(date.fromisoformat(day))
    return dict(days)


def store_views(found: RecommendationSet) -> int:
    """Note what stood on the tabs that were looked at; how many albums."""
    days = _taken(found.pk)
    if not days:
        return 0
    rows = Recommendation.objects.filter(set=found, tab__in=days, position__lt=RESERVE)
    seen: dict[date, set[int]] = defaultdict(set)
    for album_id, tab in rows.values_list(present(), "tab"):
        for day in days[tab]:
            seen[day].add(album_id)
    now = timezone.now()
    albums = frozenset().union(*seen.values())
    with transaction.atomic():
        _make_rows(found.user_id, albums, found.score_version, now)
        _count_days(found, seen, now)
    return len(albums)


def _count_days(
    found: RecommendationSet, seen: Mapping[date, Collection[int]], now: datetime
) -> None:
    """Add each day to the albums that were seen on it, once for all lists and versions."""
    mine = Shown.objects.filter(user_id=found.user_id)
    for day in sorted(seen):
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
        # The look was on that day, though it may be noted on the next.
        last = min(now, begins + timedelta(days=1, microseconds=-1))
        counted = mine.filter(album_id__in=seen[day], times__gt=0, last_at__gte=begins)
        already = frozenset(counted.values_list("album_id", flat=True))
        mine.filter(
            Q(times=0) | Q(last_at__lt=begins),
            album_id__in=[album for album in seen[day] if album not in already],
            score_version=found.score_version,
        ).update(times=F("times") + 1, last_at=last)


def _make_rows(user_id: int, album_ids: Iterable[int], version: str, at: datetime) -> None:
    Shown.objects.bulk_create(
        (
            Shown(user_id=user_id, album_id=album, score_version=version, first_at=at, last_at=at)
            for album in album_ids
        ),
        ignore_conflicts=True,
    )


def store_all_views() -> int:
    """The same for every set that was looked at; how many sets."""
    try:
        waiting = [int(one) for one in valkey.connection().smembers(PREFIX)]
    except valkey.Trouble:
        return 0
    found = RecommendationSet.objects.in_bulk(waiting)
    for set_id in waiting:
        if set_id in found:
            store_views(found[set_id])
        else:
            _taken(set_id)
    return len(waiting)


def ignored_albums(user_id: int) -> frozenset[int]:
    """Albums that were shown on many days, and lately, and that the person said nothing to."""
    since = timezone.now() - RESTS_FOR
    rows = (
        Shown.objects.filter(user_id=user_id, locked_at=None, dismissed_at=None, last_at__gte=since)
        .order_by()
        .values(standing=present())
        .annotate(days=Sum("times"))
        .filter(days__gte=IGNORED_AFTER)
    )
    kept = Lock.objects.filter(user_id=user_id).values_list(present(), flat=True)
    return frozenset(rows.values_list("standing", flat=True)) - frozenset(kept)


# --- what people said ------------------------------------------------------------------------


def note_lock(user: User, album_id: int, *, undone: bool = False) -> None:
    """The person kept the album, or took that back."""
    _note(user, album_id, locked_at=None if undone else timezone.now())


def note_dismissal(user: User, album_id: int, *, undone: bool = False) -> None:
    """The person dismissed the album, or took that back."""
    _note(user, album_id, dismissed_at=None if undone else timezone.now())


def _note(user: User, album_id: int, **said: datetime | None) -> None:
    """In the row of the version that shows it now. What never stood on the list is not counted:
    an album that was dismissed on another page says nothing of the score."""
    found = current_set(user)
    version = found.score_version if found is not None else version_of(user.pk)
    undone = all(value is None for value in said.values())
    if undone or found is None or not is_on_list(found, album_id):
        Shown.objects.filter(user=user, album_id=album_id, score_version=version).update(**said)
        return
    now = timezone.now()
    row = Shown(user=user, album_id=album_id, score_version=version, first_at=now, last_at=now)
    for name, value in said.items():
        setattr(row, name, value)
    Shown.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["user", "album", "score_version"],
        update_fields=list(said),
    )
