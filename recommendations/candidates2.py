"""From a listener to scored candidates, version 2. No database: rows in, candidates out.

Each album has several ways to points for taste: its artist was named, is loved, or is near; shelves
or another source speak for it. The best way counts, and its causes are told first. Causes carry the
figures that the points were made from, so a sentence can say nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from math import log1p
from typing import Any

from recommendations import scoring2
from recommendations.candidates import (
    BECAUSE,
    DISCOVER,
    NEW,
    OWN,
    AlbumRow,
    Candidate,
    Listener,
    Near,
    artist_causes,
    heard_causes,
)
from recommendations.knowledge import Found, NewPressing, OnShelves, Standing
from recommendations.scoring import Heard

Causes = tuple[dict[str, Any], ...]
# A cause that gave less than this share of what the strongest gave is not named beside it.
WORTH_NAMING = 0.2
NAMED = 2
# What is known of an album of which nothing is, and that nobody played.
UNKNOWN, NEVER, NO_POINTS = Standing(), Heard(), Decimal("0.00")
Order = tuple[float, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to points for taste: a share of all 30, and why."""

    share: float
    causes: Causes


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

    @cached_property
    def love(self) -> Mapping[int, float]:
        """How much each artist is loved, 0 to 1."""
        return scoring2.love(self.listener.weights)

    @cached_property
    def measure(self) -> float:
        """The plays that points for listening are measured by."""
        return scoring2.measure_of(sorted(self.listener.heard_plays.values(), reverse=True))

    @cached_property
    def favourites(self) -> frozenset[int]:
        return frozenset(strongest(self.listener.weights))

    @cached_property
    def owned(self) -> Mapping[int, int]:
        """How many records of each artist stand on the shelf."""
        return Counter(one.artist_id for one in self.listener.shelf.values())


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
    return _with_fame([one for one in found if one.points > 0], scene)


def _of_artist(scene: Scene, rows: list[AlbumRow]) -> list[Candidate]:
    """The albums of one artist in their order: own plays, listeners, collectors, pressings."""
    places = {row.album_id: _order(scene, row) for row in rows}
    ordered = sorted(rows, key=lambda row: places[row.album_id], reverse=True)
    first = _first_by(ordered, [places[row.album_id] for row in ordered[:2]])
    unheard = 0
    found = []
    through = list(_artist_ways(scene, ordered[0]))
    for row in ordered:
        heard = scene.listener.albums.get(row.album_id)
        cause = first if row is ordered[0] else None
        ways = [*_album_ways(scene, row, through)]
        found.append(_score(scene, row, heard or NEVER, unheard, ways, cause))
        unheard += heard is None
    return found


def _order(scene: Scene, row: AlbumRow) -> Order:
    known = scene.standings.get(row.album_id, UNKNOWN)
    plays = scene.listener.heard_plays.get(row.album_id, 0.0)
    return (plays, known.listeners, known.collectors, row.popularity, -row.album_id)


def _first_by(ordered: list[AlbumRow], places: Sequence[Order]) -> dict[str, Any] | None:
    """Which figure put the artist's first album first; None where there is one only."""
    if len(ordered) < 2:
        return None
    first, second = places
    kinds = ("plays", "listeners", "collectors", "pressings")
    for kind, mine, other in zip(kinds, first, second, strict=False):
        if mine > other:
            return {"kind": "first", "by": kind, "artist": ordered[0].artist}
    return None


def _score(
    scene: Scene,
    row: AlbumRow,
    heard: Heard,
    place: int,
    ways: list[Way],
    first: dict[str, Any] | None,
) -> Candidate:
    listener, is_heard = scene.listener, row.album_id in scene.listener.albums
    favourite = row.artist_id in scene.favourites or row.artist_id in listener.seeds
    fresh = listener.fresh.get(row.album_id, 1.0)
    points = NO_POINTS
    if is_heard:
        points = scoring2.listening_points(
            heard,
            measure=scene.measure,
            favourite=favourite,
            fresh=fresh,
            plays=listener.heard_plays[row.album_id],
        )
    ways.sort(key=lambda way: -way.share)
    best = ways[0].share if ways else 0.0
    share = best if is_heard else best * scoring2.place_share(place)
    taste = scoring2.taste_points(share)
    told = _heard(heard, scene.measure, favourite, fresh) if is_heard else ()
    why = _taste_causes(ways, taste)
    causes = (*told, *why) if points >= taste else (*why, *told)
    if first and not is_heard:
        causes = (*causes[:2], first, *causes[2:])
    known = scene.standings.get(row.album_id, UNKNOWN)
    return Candidate(
        album_id=row.album_id,
        artist_id=row.artist_id,
        listening=points,
        taste=taste,
        causes=causes,
        tab=OWN if is_heard or row.artist_id in scene.love else DISCOVER,
        genres=row.genres,
        styles=row.styles,
        facts={
            "a": row.artist_id,
            "y": row.year,
            "p": row.popularity + known.collectors,
        },
    )


def _heard(heard: Heard, measure: float, favourite: bool, fresh: float) -> Causes:
    """What the points for listening come from, with the measure that they were taken by."""
    found = list(heard_causes(heard, favourite=False))
    if found:
        found[0]["measure"] = round(measure)
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
        told = tuple(artist_causes(listener, row)) or _done(scene, row)
        yield Way(scoring2.NEAR_STRENGTH * scene.love[row.artist_id], told)
    near = scene.near.get(row.artist_id)
    if near is not None:
        others = [one for one in near.because if one != row.artist_id]
        # An artist who is nearest to themselves is loved, and said so above.
        if others and near.because[0] != row.artist_id:
            yield Way(near.nearness, (_near_cause(scene, near, others),))


def _album_ways(scene: Scene, row: AlbumRow, through: Iterable[Way]) -> Iterable[Way]:
    """Those `through` the artist, and what speaks for this album alone."""
    if row.album_id in scene.listed:
        yield Way(1.0, ({"kind": "listed"},))
    yield from through
    shelves = scene.shelves.get(row.album_id)
    if shelves is not None:
        share = scoring2.SOURCE_STRENGTH * min(1.0, shelves.likeness)
        yield Way(share, ({"kind": "shelves", "count": shelves.people, "shared": shelves.shared},))
    proposal = scene.proposals.get(row.album_id)
    if proposal is not None:
        share = scoring2.SOURCE_STRENGTH * min(1.0, max(0.0, proposal.score))
        yield Way(share, tuple(dict(cause) for cause in proposal.causes))


def _done(scene: Scene, row: AlbumRow) -> Causes:
    """Somebody who is not played, but whose records are owned, wanted or kept."""
    if owned := scene.owned.get(row.artist_id):
        return ({"kind": "owned", "artist": row.artist, "count": owned},)
    return ({"kind": "wished", "artist": row.artist},)


def _near_cause(scene: Scene, near: Near, others: list[int]) -> dict[str, Any]:
    """Who leads to an artist, with the evidence for them; `shares` where the model tells them."""
    listener = scene.listener
    shares = dict(zip(near.because, near.shares, strict=False))
    if shares:
        top = max(shares.get(one, 0.0) for one in others)
        others = [one for one in others if shares.get(one, 0.0) >= WORTH_NAMING * top]
    named = [one for one in others if listener.name_of(one)][:NAMED]
    plays = sum(listener.artists[one].plays for one in named if one in listener.artists)
    cause: dict[str, Any] = {
        "kind": "near",
        "ids": named,
        "artists": [listener.name_of(one) for one in named],
        "count": plays,
    }
    if not plays:
        owned = sum(scene.owned.get(one, 0) for one in named)
        cause |= {"owned": owned} if owned else {}
        if not all(one in listener.seeds for one in named):
            cause["how"] = "owned" if owned else "known"
    if shares:
        cause["shares"] = [round(shares[one], 4) for one in named]
    return cause


def _taste_causes(ways: list[Way], taste: Decimal) -> Causes:
    """The causes of all ways, best way first, with the points that the best one gave."""
    found: list[dict[str, Any]] = []
    for place, way in enumerate(ways):
        if way.share <= 0:
            continue
        for number, cause in enumerate(way.causes):
            first = place == 0 and number == 0
            found.append(cause | {"taste": float(taste)} if first else cause)
    return tuple(found)


def _with_fame(candidates: list[Candidate], scene: Scene) -> list[Candidate]:
    """How well known each is, 0 to 1, against the best known of them."""
    most = log1p(max((one.facts["p"] for one in candidates), default=0)) or 1.0
    found = []
    for one in candidates:
        facts = dict(one.facts)
        fame = facts["f"] = round(log1p(facts.pop("p")) / most, 3)
        # Not by replace(), which looks every field up: there are thousands of them.
        found.append(
            Candidate(
                one.album_id,
                one.artist_id,
                one.listening,
                one.taste,
                one.causes,
                one.tab,
                one.genres,
                one.styles,
                fame,
                facts,
            )
        )
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
        if not through:
            continue
        have = [titles[key] for key in through[:NAMED]]
        cause = {
            "kind": "have",
            "ids": [album for album, _title in have],
            "albums": [title for _album, title in have],
            "taste": float(one.taste),
        }
        rest = tuple(cause for cause in one.causes if cause["kind"] not in ("seed", "owned"))
        found.append(replace(one, tab=BECAUSE, causes=(cause, *rest)))
    return found


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
