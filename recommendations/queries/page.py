"""The recommendations page: a tab of the stored set as cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from catalog.covers.queries import with_covers
from catalog.models import Album
from pricing.queries import price_tags
from pricing.viewer import Viewer, viewer_for
from recommendations.candidates import BECAUSE, OWN, TABS, Candidate
from recommendations.cards import (
    Filters,
    Row,
    cards_of,
    dial_field,
    filter_fields,
    start_field,
)
from recommendations.models import Dismissal, Recommendation, RecommendationSet, TasteSettings
from recommendations.models.settings import DIAL_IN_BETWEEN
from recommendations.queries.albums import editions
from recommendations.queries.sets import shown_rows
from recommendations.ranking import DIALS, arrange
from recommendations.scoring import PAGE
from vinyl.look import Card, FilterField
from vinyl.prepared import Prepared
from vinyl.row_ids import row_id


@dataclass(frozen=True, slots=True)
class Look:
    """What of a list is looked at, as the address says: `dial` None is the person's own, `start`
    the album that it starts from instead of the whole shelf."""

    tab: str = OWN
    filters: Filters = field(default_factory=Filters)
    dial: int | None = None
    start: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Look:
        """Known values only; anything else is the default."""
        tab, dial = query.get("tab") or "", query.get("dial") or ""
        start = row_id(query.get("start") or "")
        if start is not None:
            tab = BECAUSE
        known = dial in map(str, DIALS)
        return cls(
            tab=tab if tab in TABS else OWN,
            filters=Filters.from_query(query),
            dial=int(dial) if known else None,
            start=start,
        )


@dataclass(frozen=True, slots=True)
class Records:
    """The recommendations page: the set, its cards, the filter bar's fields, how many albums the
    person dismissed in all, and their own place of the dial. `start` is the title of the album that
    the cards start from, "" where they are the set's; `unshipped` how many albums a price limit
    leaves out because their shipping is not known."""

    set: RecommendationSet | None
    cards: list[Card]
    fields: list[FilterField]
    dismissed: int = 0
    dial: int = DIAL_IN_BETWEEN
    look: Look = field(default_factory=Look)
    start: str = ""
    unshipped: int = 0

    @property
    def in_stored_order(self) -> bool:
        """Whether the cards are the first of the set in its own order: nothing is narrowed, and it
        was made for this place of the dial."""
        asked = self.look.filters.any or self.look.dial is not None or self.look.start
        return self.set is not None and not asked and self.set.dial == self.dial

    @property
    def is_expired(self) -> bool:
        """Whether it is time to make a new set."""
        return self.set is None or self.set.expires_at <= timezone.now()


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored row as recommendations.ranking.arrange takes it."""

    row_id: int
    album_id: int
    artist_id: int | None
    points: Decimal
    genres: Sequence[str]
    traits: Sequence[str]
    fame: float

    @classmethod
    def of(cls, one: Recommendation) -> Placed:
        album = one.album.merged_into or one.album
        return cls(
            row_id=one.pk,
            album_id=album.pk,
            artist_id=one.facts.get("a"),
            points=one.listening + one.taste,
            genres=album.genres,
            traits=(*album.genres, *album.styles),
            fame=float(one.facts.get("f") or 0.0),
        )


def _row(one: Recommendation) -> Row:
    said: Any = one  # kept and wanted are annotated by shown_rows
    album = one.album.merged_into or one.album
    return Row(
        album, one.listening, one.taste, one.causes, said.kept, said.wanted, one.position, one.facts
    )


def _once_each(rows: Iterable[Row]) -> list[Row]:
    """Of two albums that became one the better placed stays."""
    found: dict[int, Row] = {}
    for row in rows:
        found.setdefault(row.album.pk, row)
    return list(found.values())


def cards(
    user: User,
    filters: Filters | None = None,
    viewer: Viewer | None = None,
    *,
    look: Look | None = None,
    limit: int = PAGE,
) -> Records:
    """A tab of the person's current set as cards, at most 20. Four queries at most.

    With a filter, or another place of the dial, the reserve is searched as well, so that the list
    stays as full as it can.
    """
    look = look or Look(filters=filters or Filters())
    viewer = viewer or viewer_for(user)
    bare = without_cards(user, look, viewer)
    found, own_dial = bare.set, bare.dial
    if found is None:
        return bare
    dial = own_dial if look.dial is None else look.dial
    elsewhere = dial != found.dial
    wide = look.filters.any or elsewhere or limit > PAGE
    stored = shown_rows(found, tab=look.tab, reserve=wide)
    if elsewhere:
        stored = _dialled(found, stored, dial)
    rows = _once_each(map(_row, stored))
    if not look.filters.any:
        rows = rows[:limit]
    tags = price_tags([row.album.pk for row in rows], viewer)
    drawn = cards_of(rows, tags, filters=look.filters, rate=viewer.rate, limit=limit)
    with_covers([card.album for card in drawn], large_first=True)
    lacking = (
        row
        for row in rows
        if look.filters.lacks_shipping(row.album, tags.get(row.album.pk), row.facts)
    )
    return replace(bare, cards=drawn, unshipped=sum(1 for _row in lacking))


def without_cards(user: User, look: Look, viewer: Viewer, *, bar: bool = True) -> Records:
    """What stands round the cards of a tab: the set, the filter bar (`bar` False: none), the
    figures. One query."""
    found = with_facts(user)
    if found is None:
        fields = filter_fields({}, look.filters, viewer.currency)
        return Records(None, [], [*fields, dial_field(DIAL_IN_BETWEEN, look.dial)], look=look)
    facts: Any = found  # dial_set and dismissed are annotated
    fields = fields_of(found, look, facts.dial_set, viewer) if bar else []
    return Records(found, [], fields, facts.dismissed or 0, facts.dial_set, look)


def fields_of(
    found: RecommendationSet, look: Look, dial: int, viewer: Viewer, title: str = ""
) -> list[FilterField]:
    """The filter bar of a tab. `title` is that of the album that is started from."""
    options = found.options.get(look.tab, {})
    fields = filter_fields(options, look.filters, viewer.currency)
    if look.tab == BECAUSE:
        starts = {int(album): str(name) for album, name in options.get("starts", ())}
        fields.insert(0, start_field(starts, look.start, title))
    return [*fields, dial_field(dial, look.dial)]


def _dialled(
    found: RecommendationSet, stored: list[Recommendation], dial: int
) -> list[Recommendation]:
    """The same albums in the order of another place of the dial; kept ones stay in front."""
    rows = {one.pk: one for one in stored}
    said: Any = rows
    placed = [Placed.of(one) for one in stored]
    kept = [one for one in placed if said[one.row_id].kept]
    ordered = arrange(placed, mix=found.genres, dial=dial, kept=kept, limit=len(placed))
    for place, one in enumerate(ordered):
        rows[one.row_id].position = place
    return [rows[one.row_id] for one in ordered]


def _with_facts(person: int) -> QuerySet[RecommendationSet]:
    mine = Dismissal.objects.filter(user_id=person).order_by()
    counted = mine.values("user_id").annotate(number=Count("pk")).values("number")
    dial = TasteSettings.objects.filter(user_id=person).values("dial")
    sets = RecommendationSet.objects.filter(user_id=person).order_by("-made_at", "-pk")
    return sets.annotate(
        dismissed=Subquery(counted, output_field=IntegerField()),
        dial_set=Coalesce(Subquery(dial), DIAL_IN_BETWEEN, output_field=IntegerField()),
    )[:1]


_WITH_FACTS = Prepared(_with_facts, person=int)


def with_facts(user: User) -> RecommendationSet | None:
    """The person's newest set, with `dismissed` (how many albums, None for none) and `dial_set`
    (their own place of the dial). One query."""
    return _WITH_FACTS.first(person=user.pk)


def cards_for(
    candidates: Iterable[Candidate],
    viewer: Viewer,
    *,
    filters: Filters | None = None,
    signed_in: bool = False,
    limit: int = PAGE,
) -> list[Card]:
    """Cards of candidates that are stored nowhere. Four queries, one more where a filter asks for
    pressings."""
    chosen, filters = list(candidates), filters or Filters()
    albums = Album.objects.select_related("cover").in_bulk([one.album_id for one in chosen])
    known = {}
    if filters.country or filters.edition:
        years = {key: album.year for key, album in albums.items()}
        known = {key: one.facts for key, one in editions(years).items()}
    rows = [
        Row(
            albums[one.album_id],
            one.listening,
            one.taste,
            one.causes,
            place=place,
            facts={**one.facts, **known.get(one.album_id, {})},
        )  # fmt: skip
        for place, one in enumerate(chosen)
        if one.album_id in albums
    ]
    tags = price_tags([row.album.pk for row in rows], viewer)
    drawn = cards_of(
        rows, tags, filters=filters, rate=viewer.rate, signed_in=signed_in, limit=limit
    )
    with_covers([card.album for card in drawn])
    return drawn


def try_cards(candidates: Iterable[Candidate], viewer: Viewer) -> list[Card]:
    """Cards for somebody without an account: no buttons, nothing stored."""
    return cards_for(candidates, viewer)
