"""From a listener to scored candidates, version 2. No database: rows in, candidates out.

Each album has several ways to points for taste: its artist was named, is loved, or is near; shelves
or another source speak for it. The best way counts, and its causes are told first. Causes carry the
figures that the points were made from, so a sentence can say nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from math import log1p
from typing import Any, NamedTuple

from recommendations import scoring2
from recommendations.candidates import (
    BECAUSE,
    DISCOVER,
    NAMED,
    NEW,
    OWN,
    AlbumRow,
    Candidate,
    Causes,
    Later,
    Listener,
    Near,
    Told,
    artist_causes,
    heard_causes,
    near_causes,
)
from recommendations.knowledge import Found, NewPressing, OnShelves, Standing
from recommendations.scoring import Heard

# A genre of a smaller share of the person's own is no reason.
WORTH_TELLING = 0.05
# Fewer causes than these are added to by what speaks for the album besides.
ENOUGH = 3
# Every card tells as many as these, where there is anything true to tell.
AT_LEAST = 2
# A place beyond this among somebody's albums is no reason.
WORTH_PLACE = 500
# What is known of an album of which nothing is, and that nobody played.
UNKNOWN, NEVER, NO_POINTS = Standing(), Heard(), Decimal("0.00")
Order = tuple[float, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to points for taste: a share of all 30, and why."""

    share: float
    causes: Causes


class Draft(NamedTuple):
    """A candidate before it is known how well known it is among all of them."""

    row: AlbumRow
    listening: Decimal
    taste: Decimal
    causes: Causes
    tab: str
    popularity: int


@dataclass(frozen=True)
class Scene:
    """Everything that albums of one person are scored by, read beforehand."""

    listener: Listener
    near: Mapping[int, Near]
    standings: Mapping[int, Standing] = field(default_factory=dict)
    proposals: Mapping[int, Found] = field(default_factory=dict)
    shelves: Mapping[int, OnShelves] = field(default_factory=dict)
    # Albums that a playlist names itself.
    listed: frozenset[int] = frozenset()
    # Shares of the person's own genres, where there is a person.
    mix: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def love(self) -> Mapping[int, float]:
        """How much each artist is loved, 0 to 1."""
        return scoring2.love(self.listener.weights)

    @cached_property
    def measure(self) -> float:
        """The plays that points for listening are measured by."""
        return scoring2.measure_of(sorted(self.listener.heard_plays.values(), reverse=True))

    @cached_property
    def played(self) -> Sequence[float]:
        """The plays of all albums, smallest first."""
        return sorted(self.listener.heard_plays.values())

    @cached_property
    def favourites(self) -> frozenset[int]:
        return frozenset(strongest(self.listener.weights))


def strongest(weights: Mapping[int, float], most: int = 20) -> list[int]:
    """The artists of most weight, strongest first."""
    return sorted(weights, key=lambda one: (-weights[one], one))[:most]


def scored2(scene: Scene, rows: Iterable[AlbumRow]) -> list[Candidate]:
    """A candidate for every album that earns any point, each once."""
    by_artist: dict[int, dict[int, AlbumRow]] = defaultdict(dict)
    for row in rows:
        by_artist[row.artist_id].setdefault(row.album_id, row)
    found = []
    for albums in by_artist.values():
        found += _of_artist(scene, list(albums.values()))
    return _with_fame([one for one in found if one.listening or one.taste])


def _of_artist(scene: Scene, rows: list[AlbumRow]) -> list[Draft]:
    """The albums of one artist in their order: own plays, listeners, collectors, pressings."""
    places = {row.album_id: _order(scene, row) for row in rows}
    ordered = sorted(rows, key=lambda row: places[row.album_id], reverse=True)
    unheard = 0
    found = []
    through = _best_first(_artist_ways(scene, ordered[0]))
    for row in ordered:
        first = Later(lambda: _first_by(ordered, places)) if row is ordered[0] else ()
        found.append(_draft(scene, row, unheard, _ways(scene, row, through), first))
        unheard += row.album_id not in scene.listener.albums
    return found


def _best_first(ways: Iterable[Way]) -> list[Way]:
    return sorted(ways, key=lambda way: -way.share)


def _order(scene: Scene, row: AlbumRow) -> Order:
    known = scene.standings.get(row.album_id, UNKNOWN)
    plays = scene.listener.heard_plays.get(row.album_id, 0.0)
    return (plays, known.listeners, known.collectors, row.popularity, -row.album_id)


def _first_by(ordered: Sequence[AlbumRow], places: Mapping[int, Order]) -> Told:
    """Which figure put the artist's first album first; nothing where there is one only."""
    if len(ordered) < 2:
        return ()
    first, second = (places[row.album_id] for row in ordered[:2])
    kinds = ("plays", "listeners", "collectors", "pressings")
    for kind, mine, other in zip(kinds, first, second, strict=False):
        if mine > other:
            return ({"kind": "first", "by": kind, "artist": ordered[0].artist},)
    return ()


def _draft(scene: Scene, row: AlbumRow, place: int, ways: Sequence[Way], first: Causes) -> Draft:
    """An album scored; its causes are told once somebody asks. `place` is how many of the artist's
    albums before it were never heard, `ways` stand best first."""
    listener = scene.listener
    heard = listener.albums.get(row.album_id)
    favourite = row.artist_id in scene.favourites or row.artist_id in listener.seeds
    fresh = listener.fresh.get(row.album_id, 1.0)
    best = ways[0].share if ways else 0.0
    points = NO_POINTS
    if heard is None:
        taste = scoring2.taste_points(best * scoring2.place_share(place))
    else:
        taste = scoring2.taste_points(best)
        points = scoring2.listening_points(
            heard,
            measure=scene.measure,
            favourite=favourite,
            fresh=fresh,
            plays=listener.heard_plays[row.album_id],
        )

    def causes() -> Told:
        told = _taste_causes(ways, taste)
        why = [one for one in told if not one.get("also")]
        also = [one for one in told if one.get("also")]
        if heard is None:
            found = (*why[:2], *first, *why[2:], *also)
        else:
            played = _heard(scene, heard, favourite, fresh)
            found = (*played, *why, *also) if points >= taste else (*why, *played, *also)
        if len(found) < ENOUGH:
            found = (*found, *_of_genre(scene, row))
        return found if len(found) >= AT_LEAST else (*found, *_among_played(scene, row, found))

    known = scene.standings.get(row.album_id, UNKNOWN)
    is_loved = heard is not None or row.artist_id in scene.love
    popularity = row.popularity + known.collectors
    return Draft(row, points, taste, Later(causes), OWN if is_loved else DISCOVER, popularity)


def _heard(scene: Scene, heard: Heard, favourite: bool, fresh: float) -> Told:
    """What the points for listening come from, with the measure that they were taken by and the
    place, among the most played, of the album that gave it."""
    found = list(heard_causes(heard, favourite=False))
    if found:
        found[0]["measure"] = round(scene.measure)
        heard_albums = len(scene.listener.heard_plays)
        found[0]["measured_of"] = min(scoring2.MEASURE_PLACE, heard_albums)
        if fresh < 0.95:
            found[0]["fresh"] = round(fresh, 2)
        if favourite:
            found[0].pop("tracks", None)
    return tuple(found)


def _artist_ways(scene: Scene, row: AlbumRow) -> Iterable[Way]:
    """Ways that are the same for all albums of the row's artist."""
    listener = scene.listener
    if row.artist_id in listener.seeds:
        yield Way(1.0, ({"kind": "seed", "artist": row.artist},))
    elif row.artist_id in scene.love:
        told = Later(lambda: tuple(artist_causes(listener, row)) or _done(scene, row))
        yield Way(scoring2.NEAR_STRENGTH * scene.love[row.artist_id], told)
    near = scene.near.get(row.artist_id)
    if near is not None:
        others = [one for one in near.because if one != row.artist_id]
        # An artist who is nearest to themselves is loved, and said so above.
        if others and near.because[0] != row.artist_id:
            yield Way(near.nearness, Later(lambda: _near_causes(scene, near, others)))


def _ways(scene: Scene, row: AlbumRow, through: Sequence[Way]) -> Sequence[Way]:
    """Those `through` the artist, and what speaks for this album alone, best first."""
    listed = row.album_id in scene.listed
    shelves = scene.shelves.get(row.album_id)
    proposal = scene.proposals.get(row.album_id)
    if not listed and shelves is None and proposal is None:
        return through
    found = [Way(1.0, ({"kind": "listed"},))] if listed else []
    found += through
    if shelves is not None:
        share = scoring2.SOURCE_STRENGTH * min(1.0, shelves.likeness)
        told = {"kind": "shelves", "count": shelves.people, "shared": shelves.shared}
        found.append(Way(share, (told,)))
    if proposal is not None:
        share = scoring2.SOURCE_STRENGTH * min(1.0, max(0.0, proposal.score))
        found.append(Way(share, tuple(dict(cause) for cause in proposal.causes)))
    return _best_first(found)


def _done(scene: Scene, row: AlbumRow) -> Told:
    """What is known of somebody who is neither played nor named; nothing where that is nothing."""
    how, count = scene.listener.known_by(row.artist_id)
    if not how:
        return ()
    kind = "owned" if how == "owned" else f"artist_{how}"
    return ({"kind": kind, "artist": row.artist, "count": count},)


def _near_causes(scene: Scene, near: Near, others: list[int]) -> Told:
    """Who leads to an artist; `shares` where the model tells them."""
    return near_causes(scene.listener, others, dict(zip(near.because, near.shares, strict=False)))


def _of_genre(scene: Scene, row: AlbumRow) -> Told:
    """The album's genre of which the person has most: lists follow the mix of their genres."""
    best = max(row.genres, key=lambda one: scene.mix.get(one, 0.0), default="")
    share = scene.mix.get(best, 0.0)
    return ({"kind": "genre", "genre": best, "share": share},) if share >= WORTH_TELLING else ()


def _among_played(scene: Scene, row: AlbumRow, told: Told) -> Told:
    """The album's place among those that the person plays, unless its place is told already."""
    plays = scene.listener.heard_plays.get(row.album_id, 0.0)
    if plays <= 0 or any(cause["kind"] == "rank" for cause in told):
        return ()
    place = len(scene.played) - bisect_right(scene.played, plays) + 1
    return ({"kind": "rank", "rank": place},) if place <= WORTH_PLACE else ()


def _taste_causes(ways: Sequence[Way], taste: Decimal) -> Told:
    """The causes of all ways, best way first, with the points that the best one gave."""
    found: list[dict[str, Any]] = []
    for place, way in enumerate(ways):
        if way.share <= 0:
            continue
        for number, cause in enumerate(way.causes):
            first = place == 0 and number == 0
            found.append(cause | {"taste": float(taste)} if first else cause)
    return tuple(found)


def _with_fame(drafts: list[Draft]) -> list[Candidate]:
    """How well known each is, 0 to 1, against the best known of them."""
    most = log1p(max((one.popularity for one in drafts), default=0)) or 1.0
    found = []
    for row, listening, taste, causes, tab, popularity in drafts:
        fame = round(log1p(popularity) / most, 3)
        facts = {"a": row.artist_id, "y": row.year, "f": fame}
        found.append(
            Candidate(
                row.album_id, row.artist_id, listening, taste, causes, tab, row.genres, row.styles,
                fame, facts,
            )
        )  # fmt: skip
    return found


# --- other tabs ------------------------------------------------------------------------------


def because_of_shelf(
    scene: Scene, rows: Iterable[AlbumRow], titles: Mapping[int, tuple[int, str]]
) -> list[Candidate]:
    """Albums near to what stands on the shelf. `titles`: by artist, (id, title) of the record that
    stands for them. An album's causes name those records."""
    found = []
    for one in scored2(scene, rows):
        near = scene.near.get(one.artist_id or 0)
        through = [key for key in (near.because if near else ()) if key in titles]
        if one.artist_id in titles:
            through = [one.artist_id or 0, *(key for key in through if key != one.artist_id)]
        if through:
            have = [titles[key] for key in through[:NAMED]]
            # Not by replace(), which looks every field up: there are many of them.
            found.append(
                Candidate(
                    one.album_id, one.artist_id, one.listening, one.taste, _because(one, have),
                    BECAUSE, one.genres, one.styles, one.fame, one.facts,
                )
            )  # fmt: skip
    return found


def _because(one: Candidate, have: Sequence[tuple[int, str]]) -> Causes:
    """An album's causes with the records of the shelf first that led to it."""

    def causes() -> Told:
        cause = {
            "kind": "have",
            "ids": [album for album, _title in have],
            "albums": [title for _album, title in have],
            "taste": float(one.taste),
        }
        return (cause, *(told for told in one.causes if told["kind"] not in ("seed", "owned")))

    return Later(causes)


def newly_pressed(
    candidates: Iterable[Candidate], pressings: Mapping[int, NewPressing]
) -> list[Candidate]:
    """Loved albums of which there is a new pressing; it is the first cause."""
    found = []
    for one in candidates:
        new = pressings.get(one.album_id)
        if new is not None:
            cause = {
                "kind": "pressing",
                "year": new.year,
                "country": new.country,
                "label": new.label,
            }
            found.append(replace(one, tab=NEW, causes=(cause, *one.causes)))
    return found


def genre_mix(scene: Scene, rows: Iterable[AlbumRow]) -> dict[str, float]:
    """The shares of the person's own genres: each artist counts as much as they are loved, spread
    over the genres of their albums. Largest first, at most twelve."""
    genres: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row.artist_id in scene.love:
            for genre in row.genres:
                genres[row.artist_id][genre] += 1 / len(row.genres)
    shares: dict[str, float] = defaultdict(float)
    for artist_id, counted in genres.items():
        total = sum(counted.values())
        for genre, count in counted.items():
            shares[genre] += scene.love[artist_id] * count / total
    whole = sum(shares.values())
    best = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:12]
    return {genre: round(share / whole, 4) for genre, share in best} if whole else {}
