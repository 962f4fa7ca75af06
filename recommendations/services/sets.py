"""A person's set: made, kept for a day, asked for, filled up."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog.services import note_demand, unrated_albums
from recommendations import queries, scoring
from recommendations.building import Pool, pool_for
from recommendations.candidates import BECAUSE, DISCOVER, NEW, OWN, TABS, Candidate, Listener
from recommendations.cards import decade_of
from recommendations.empty import HELD, NEAR_OWN
from recommendations.kept_pages import forget as forget_pages
from recommendations.knowledge import Editions
from recommendations.models import Recommendation, RecommendationSet
from recommendations.queries import MAKE_SET, RESERVE, Choices
from recommendations.ranking import arrange
from recommendations.scoring import LEAST_LEFT, PAGE, rerank
from recommendations.services.shown import ignored_albums, store_views
from recommendations.versions import version_of
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

KEPT_FOR = timedelta(hours=24)
# A tab keeps five pages: one is shown, the others fill it up and answer filters.
CANDIDATES_KEPT = 5 * PAGE
# Sets that are kept, so that somebody who reads a page while a new one is made loses nothing.
SETS_KEPT = 3
# What a filter offers.
MOST_OPTIONS = 40
NO_EDITIONS = Editions()


@dataclass(frozen=True, slots=True)
class Made:
    """What :func:`make_set` did: the set that counts now, and whether its albums are new."""

    set: RecommendationSet
    albums: int
    unchanged: bool


def make_set(user: User) -> Made:
    """Make the person's set and store it for 24 hours.

    Inputs that did not change do no work: the set that stands is kept for another 24 hours.
    Safe to run twice and at once.
    """
    now = timezone.now()
    with transaction.atomic():
        # Two makers of one person's set go one after the other; the second finds it made. What is
        # read before this could be of a source that is being unlinked: see forget_sets.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        standing = queries.current_set(user)
        if standing is not None:
            store_views(standing)
        listener, choices = queries.listener_of(user), queries.choices_of(user)
        version, dial = version_of(user.pk), queries.taste_of(user).dial
        pool = pool_for(listener, choices, user_id=user.pk, version=version)
        pool = _rested(pool, choices, ignored_albums(user.pk))
        tabs = _ordered(pool, choices, version=version, dial=dial)
        held = sorted(pool.held.items())
        how = f"{version} {dial} {sorted(listener.counts.items())} {held} {pool.near_own}"
        digest = _digest(listener, choices, pool.missing, tabs, how)
        if standing is not None and standing.inputs_hash == digest:
            standing.made_at, standing.expires_at = now, now + KEPT_FOR
            standing.save(update_fields=["made_at", "expires_at"])
            shown = standing.items.filter(tab=OWN).count()
            return Made(standing, shown, unchanged=True)
        tabs = _with_editions(tabs)
        made = RecommendationSet.objects.create(
            user=user,
            made_at=now,
            expires_at=now + KEPT_FOR,
            score_version=version,
            inputs_hash=digest,
            plays=listener.plays,
            records=listener.counts.get("records", 0),
            made_from=dict(listener.counts),
            dial=dial,
            genres=dict(pool.mix),
            options={
                tab: _options(rows) | {HELD: pool.held.get(tab, (0, 0)), NEAR_OWN: pool.near_own}
                for tab, (rows, _kept) in tabs.items()
            },
            missing=list(pool.missing),
        )
        _store(made, tabs)
        kept = RecommendationSet.objects.filter(user=user).order_by("-made_at", "-pk")
        stay = list(kept.values_list("pk", flat=True)[:SETS_KEPT])
        RecommendationSet.objects.filter(user=user).exclude(pk__in=stay).delete()
    return Made(made, len(tabs[OWN][0]), unchanged=False)


Tabs = Mapping[str, tuple[list[Candidate], int]]


def _rested(pool: Pool, choices: Choices, ignored: Collection[int]) -> Pool:
    """Without what was shown and ignored many times, as long as enough is left without it."""
    if not ignored:
        return pool

    def rest(candidates: list[Candidate]) -> list[Candidate]:
        fresh = [
            one
            for one in candidates
            if one.album_id not in ignored or one.album_id in choices.locked
        ]
        seen = [one for one in candidates if one not in fresh]
        seen.sort(key=lambda one: (-one.points, one.album_id))
        # Rather something again than next to nothing.
        return [*fresh, *seen[: max(0, LEAST_LEFT - len(fresh))]]

    own = rest([one for one in pool.albums if one.tab == OWN])
    others = rest([one for one in pool.albums if one.tab != OWN])
    return replace(pool, albums=[*own, *others], because=rest(pool.because), new=rest(pool.new))


def _ordered(pool: Pool, choices: Choices, *, version: str, dial: int) -> Tabs:
    """Each tab's albums in order, with how many of the first are kept ones."""
    kept = _kept(pool, choices)
    held = {one.album_id for one in kept}
    found: dict[str, tuple[list[Candidate], int]] = {}
    for tab in TABS:
        mine = [one for one in _of_tab(pool, tab) if tab != OWN or one.album_id not in held]
        first = kept if tab == OWN else []
        limit = max(CANDIDATES_KEPT, len(first))
        if version == scoring.VERSION and tab in (OWN, DISCOVER):
            ranked = rerank(mine, kept=first, limit=limit)
        else:
            ranked = arrange(mine, mix=pool.mix, dial=dial, kept=first, limit=limit)
        found[tab] = (ranked, len(first))
    return found


def _of_tab(pool: Pool, tab: str) -> list[Candidate]:
    if tab == BECAUSE:
        return pool.because
    if tab == NEW:
        return pool.new
    return [one for one in pool.albums if one.tab == tab]


def _with_editions(tabs: Tabs) -> Tabs:
    """The same with what filters need to know of each album's pressings."""
    years = {one.album_id: one.facts["y"] for rows, _kept in tabs.values() for one in rows}
    known = queries.editions(years)

    def filled(one: Candidate) -> Candidate:
        return replace(one, facts={**one.facts, **known.get(one.album_id, NO_EDITIONS).facts})

    return {tab: ([filled(one) for one in rows], kept) for tab, (rows, kept) in tabs.items()}


def _store(made: RecommendationSet, tabs: Tabs) -> None:
    """Rows of a set, for each tab: kept albums first, a page of the best, then the reserve. By
    COPY: inserting them takes three times the work, most of it for quoting what they tell."""
    table = Recommendation._meta.db_table
    columns = "set_id, album_id, position, listening, taste, causes, tab, facts"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for tab, (ranked, kept) in tabs.items():
            page = max(PAGE, kept)
            for place, one in enumerate(ranked):
                position = place if place < page else RESERVE + place - page
                told = json.dumps([*one.causes]), tab, json.dumps(one.facts)
                copy.write_row((made.pk, one.album_id, position, one.listening, one.taste, *told))


def _options(rows: Iterable[Candidate]) -> dict[str, list[Any]]:
    """What the filters of a tab can offer; `starts` are (id, title) of records that stand on the
    shelf and led to something."""
    rows = list(rows)
    starts: dict[int, str] = {}
    for one in rows:
        for cause in one.causes:
            if cause["kind"] == "have":
                starts.update(zip(cause["ids"], cause["albums"], strict=True))
    return {
        "starts": list(starts.items())[:MOST_OPTIONS],
        "genres": sorted({genre for one in rows for genre in one.genres})[:MOST_OPTIONS],
        "decades": sorted({decade_of(one.facts.get("y")) for one in rows} - {""}),
        "countries": sorted({name for one in rows for name in one.facts.get("c", ())})[
            : 2 * MOST_OPTIONS
        ],
    }


def _kept(pool: Pool, choices: Choices) -> list[Candidate]:
    """Kept albums, best first. One that nothing speaks for any more stays with no points."""
    stay = choices.locked - choices.owned - choices.dismissed
    found = {one.album_id: replace(one, tab=OWN) for one in pool.albums if one.album_id in stay}
    rest = [
        Candidate(
            row.album_id,
            row.artist_id,
            listening=Decimal(0),
            taste=Decimal(0),
            genres=row.genres,
            styles=row.styles,
            facts={"a": row.artist_id, "y": row.year},
        )
        for row in queries.album_rows(stay - found.keys())
    ]
    return sorted([*found.values(), *rest], key=lambda one: (-one.points, one.album_id))


def _digest(
    listener: Listener, choices: Choices, missing: Sequence[str], tabs: Tabs, how: str
) -> str:
    """Equal for lists that tell the same: what is looked at, and not all that could be."""
    lines = {
        tab: [[one.album_id, str(one.listening), str(one.taste), [*one.causes]] for one in rows]
        for tab, (rows, _kept) in tabs.items()
    }
    told = [how, listener.plays, len(choices.owned), sorted(choices.locked), missing, lines]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ask_ratings(made: RecommendationSet, *, lane: str = "") -> Job | None:
    """Note that the albums of a list are shown, and have the ratings read that are missing or too
    old; None where all are there. Read in the background, where people's prices go first, unless
    `lane` says otherwise."""
    shown = [
        (row.album.merged_into or row.album).pk
        for row in queries.shown_rows(made, tab=None)[: 2 * PAGE]
    ]
    note_demand(shown, "recommended")
    due = unrated_albums(PAGE, shown)
    if not due:
        return None
    return enqueue(
        "catalog.read_ratings",
        payload={"album_ids": due},
        dedupe_key=f"user:{made.user_id}",
        lane=lane,
    )


def request_refresh(user: User) -> Job:
    """Queue the making of a set; while one is queued or running, that one is returned."""
    return enqueue(MAKE_SET, owner=user, payload={"user_id": user.pk}, dedupe_key=f"user:{user.pk}")


def forget_sets(user: User) -> Job:
    """Delete the person's sets, whose points and causes tell of listening that they no longer want
    here, and queue a new one. A maker at work has either stored its set, which goes too, or reads
    only after this. What they kept and dismissed stays."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        mine = RecommendationSet.objects.filter(user=user)
        forget_pages(list(mine.values_list("pk", flat=True)))
        mine.delete()
        # A key of its own: a maker that is running may have made its set already.
        key = f"user:{user.pk}:afresh"
        return enqueue(MAKE_SET, owner=user, payload={"user_id": user.pk}, dedupe_key=key)


def fill_up(user: User) -> int:
    """Move albums from the reserve into each tab with fewer than ten left; how many.

    Where the reserve of the first tab is empty as well a new set is asked for.
    """
    found = queries.current_set(user)
    if found is None:
        return 0
    left = Counter(tab for _row, tab, _position in queries.places_of(found))
    short = [tab for tab in TABS if left[tab] < LEAST_LEFT]
    if not short:
        return 0
    every = queries.places_of(found, reserve=True)
    moved = {}
    with transaction.atomic():
        RecommendationSet.objects.select_for_update(no_key=True).get(pk=found.pk)
        for tab in short:
            moved[tab] = _fill_tab([(row, place) for row, one, place in every if one == tab])
    if left[OWN] + moved.get(OWN, 0) < LEAST_LEFT:
        request_refresh(user)
    return sum(moved.values())


def _fill_tab(rows: Sequence[tuple[int, int]]) -> int:
    """Move the first of a tab's reserve behind what is shown; rows are (id, position), in order."""
    shown = [position for _row, position in rows if position < RESERVE]
    moved = [row for row, position in rows if position >= RESERVE][: PAGE - len(shown)]
    last = max(shown, default=PAGE)
    for place, row in enumerate(moved, start=max(last, PAGE) + 1):
        taken = Recommendation.objects.filter(pk=row, position__gte=RESERVE)
        taken.update(position=place)
    return len(moved)
