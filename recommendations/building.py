"""Everything that could be on a person's list, scored: reads the database, writes nothing.

About a dozen queries, whatever the size of the catalogue or of the profile: what is looked at is
capped everywhere by what somebody loves most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from recommendations import scoring, scoring2
from recommendations.candidates import (
    BECAUSE,
    DISCOVER,
    OWN,
    AlbumRow,
    Candidate,
    Edge,
    Listener,
    Near,
    allowed,
    neighbourhood,
    scored,
)
from recommendations.candidates2 import (
    Scene,
    because_of_shelf,
    genre_mix,
    newly_pressed,
    scored2,
    strongest,
)
from recommendations.knowledge import Found
from recommendations.profile import SHELF, WORTH
from recommendations.queries import albums as reads
from recommendations.queries.listener import Choices
from recommendations.similarity import near_artists
from recommendations.sources import found_by_all

ALBUMS_OF_LOVED, ALBUMS_OF_NEAR, ALBUMS_OF_SHELF = 10, 3, 6
MOST_HEARD_ALBUMS, MOST_LOVED_ARTISTS, MOST_NEAR_ARTISTS = 600, 120, 200
MOST_SHELF_ARTISTS = 60
# Version 1 looked at fewer.
MOST_NEAR_ARTISTS_1 = 120
# Edges of likeness start from this many of the strongest.
STARTS = 20


@dataclass(frozen=True)
class Pool:
    """Scored albums by what they are for, none of them owned, dismissed or by a dismissed artist;
    `mix` the shares of the person's genres."""

    albums: list[Candidate] = field(default_factory=list)
    because: list[Candidate] = field(default_factory=list)
    new: list[Candidate] = field(default_factory=list)
    mix: Mapping[str, float] = field(default_factory=dict)
    # What could not be asked, as sentences to translate.
    missing: tuple[str, ...] = ()
    # Of a tab for which nothing is left: how many of its albums are owned, how many dismissed.
    held: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    # How many of those who are known to be near to the person's artists are among these.
    near_own: int = 0


NOTHING = Choices(frozenset(), frozenset(), frozenset(), frozenset())


def pool_for(
    listener: Listener,
    choices: Choices = NOTHING,
    *,
    user_id: int = 0,
    version: str = scoring2.VERSION,
) -> Pool:
    """Everything that speaks to this listener. `user_id` 0 is somebody without an account."""
    if listener.is_silent:
        return Pool()
    proposed = found_by_all(listener)
    alone = _as_shelf(listener)
    loved, of_shelf = _loved(listener.weights, listener.seeds), _loved(alone.weights)
    edges = reads.edges_from({*loved, *of_shelf})
    scene = _scene(listener, user_id, proposed.best, near_to(listener, loved, edges))
    shelf_scene = Scene(alone, near_to(alone, of_shelf, edges) if of_shelf else {})
    rows, shelf_rows = _rows(scene, shelf_scene)
    never = choices.owned | choices.dismissed
    known = reads.standings({row.album_id for row in (*rows, *shelf_rows)} - never)
    mix = genre_mix(scene, rows)
    scene = replace(scene, standings=known, mix=mix)
    shelf_scene = replace(shelf_scene, standings=known, mix=mix)

    def may(candidates: Iterable[Candidate]) -> list[Candidate]:
        return allowed(candidates, never=never, not_by=choices.dismissed_artists)

    scored_all = scored2(scene, rows)
    everything = may(scored_all)
    own = [one for one in everything if one.tab == OWN]
    pressings = reads.new_pressings([one.album_id for one in own])
    from_shelf = because_of_shelf(shelf_scene, shelf_rows, _titles(listener))
    because = may(from_shelf)
    whole = {OWN: scored_all, DISCOVER: scored_all, BECAUSE: from_shelf}
    left = {one.tab for one in (*everything, *because)}
    held = {
        tab: _held((one for one in found if one.tab == tab), choices)
        for tab, found in whole.items()
        if tab not in left
    }
    return Pool(
        albums=everything if version != scoring.VERSION else may(_version_1(listener, everything)),
        because=because,
        new=newly_pressed(own, pressings),
        mix=mix,
        missing=proposed.missing,
        held=held,
        near_own=len({edge.other for edge in edges if edge.artist in loved} & {*listener.weights}),
    )


def _held(candidates: Iterable[Candidate], choices: Choices) -> tuple[int, int]:
    """How many of them are owned, and how many of the others dismissed, or their artists."""
    found = list(candidates)
    owned = sum(one.album_id in choices.owned for one in found)
    return owned, len(found) - owned


def near_to(
    listener: Listener, loved: Mapping[int, float], edges: Iterable[Edge]
) -> dict[int, Near]:
    """Artists near to a profile: by the model in use, and by the known edges whom it does not
    know. None of the profile's own. `loved` is how much each counts whom edges start from."""
    weights = listener.weights
    # In the order of the scores alone: arrange() makes them unlike each other.
    found = {
        one.artist_id: Near(
            scoring2.NEAR_STRENGTH * one.score,
            tuple(key for key, _given in one.because),
            _shares([given for _key, given in one.because]),
        )
        for one in near_artists(weights, limit=MOST_NEAR_ARTISTS, spread=0.0)
    }
    mine = [edge for edge in edges if edge.artist in loved]
    for key, near in neighbourhood(listener, mine, loved).items():
        if key not in weights:
            found.setdefault(key, near)
    nearest = sorted(found, key=lambda one: (-found[one].nearness, one))[:MOST_NEAR_ARTISTS]
    return {key: found[key] for key in nearest}


def _shares(given: Sequence[float]) -> tuple[float, ...]:
    """Contributions as shares of all that are told."""
    whole = sum(given)
    return tuple(one / whole for one in given) if whole > 0 else ()


def _loved(weights: Mapping[int, float], seeds: Collection[int] = ()) -> dict[int, float]:
    """How much each artist counts when others are near to them, 0 to 1."""
    love = scoring2.love(weights)
    found = {key: scoring2.NEAR_STRENGTH * love[key] for key in strongest(weights, STARTS)}
    return found | dict.fromkeys(seeds, 1.0)


def _scene(
    listener: Listener, user_id: int, proposals: Mapping[int, Found], near: Mapping[int, Near]
) -> Scene:
    shelves = reads.on_like_shelves(user_id, listener.shelf) if user_id else ()
    return Scene(
        listener, near, proposals=proposals, shelves={one.album_id: one for one in shelves}
    )


def _as_shelf(listener: Listener) -> Listener:
    """The person as their shelf alone shows them."""
    weights: dict[int, float] = defaultdict(float)
    for one in listener.shelf.values():
        weights[one.artist_id] += WORTH[SHELF].plays
    return listener.weighed(weights)


def _rows(scene: Scene, shelf_scene: Scene) -> tuple[list[AlbumRow], list[AlbumRow]]:
    """The albums that are looked at: of what is played and near to it, and of the shelf. Two
    queries, of which one brings both lists' albums of artists."""
    listener = scene.listener
    heard = sorted(listener.albums, key=lambda one: (-listener.heard_plays[one], one))
    single = {*heard[:MOST_HEARD_ALBUMS], *scene.shelves, *scene.proposals}
    mine = _most(scene, MOST_LOVED_ARTISTS, ALBUMS_OF_LOVED)
    of_shelf = _most(shelf_scene, MOST_SHELF_ARTISTS, ALBUMS_OF_SHELF)
    every = {key: max(mine.get(key, 0), of_shelf.get(key, 0)) for key in mine.keys() | of_shelf}
    known = reads.best_albums(every)

    def of(most: Mapping[int, int]) -> Iterable[AlbumRow]:
        return (row for key, count in most.items() for row in known.get(key, ())[:count])

    return [*reads.album_rows(single), *of(mine)], [*of(of_shelf)]


def _most(scene: Scene, artists: int, each: int) -> dict[int, int]:
    """How many albums of whom: `each` of the strongest `artists`, fewer of those near to them."""
    loved = strongest(scene.listener.weights, artists)
    return dict.fromkeys(scene.near, ALBUMS_OF_NEAR) | dict.fromkeys(loved, each)


def _titles(listener: Listener) -> dict[int, tuple[int, str]]:
    """The record that stands for each artist of the shelf: the one that came last."""
    return {one.artist_id: (album, one.title) for album, one in listener.shelf.items()}


def _version_1(listener: Listener, everything: Iterable[Candidate]) -> list[Candidate]:
    """The points and causes of version 1, with what pages need of the newer one."""
    loved = listener.loved()
    near = neighbourhood(listener, reads.edges_from(loved))
    others = sorted(
        (one for one in near if one not in loved), key=lambda one: (-near[one].nearness, one)
    )
    rows = [
        *reads.album_rows(listener.albums.keys()),
        *reads.albums_by(loved, each=ALBUMS_OF_LOVED),
        *reads.albums_by(others[:MOST_NEAR_ARTISTS_1], each=ALBUMS_OF_NEAR),
    ]
    newer = {one.album_id: one for one in everything}
    years = {row.album_id: row.year for row in rows}
    found = []
    for one in scored(listener, rows, near):
        tab = OWN if one.listening or one.artist_id in loved else DISCOVER
        more = newer.get(one.album_id)
        if more is None:
            facts = {"a": one.artist_id, "y": years[one.album_id]}
            found.append(replace(one, tab=tab, facts=facts))
        else:
            found.append(
                replace(
                    one, tab=tab, genres=more.genres, styles=more.styles, fame=more.fame,
                    facts=more.facts,
                )
            )  # fmt: skip
    return found


# --- starting from something -----------------------------------------------------------------


def starting_from(
    weights: Mapping[int, float],
    names: Mapping[int, str],
    choices: Choices,
    *,
    how: str,
    tracks: Mapping[int, int] | None = None,
    title: str = "",
    albums: Collection[int] = (),
    proposals: Mapping[int, Found] | None = None,
) -> tuple[list[Candidate], dict[str, float]]:
    """Albums near to artists alone: of one album, a track or a playlist. With the genre mix.

    `weights` are plays-like. `how` is what reasons call these artists: "listed", with `tracks` of
    each, or "start". `title` names what it starts from where that is one album; `albums` are those
    that a list names itself, which count in full; `proposals` other albums near to it.
    """
    proposals = proposals or {}
    done = {key: (how, (tracks or {}).get(key, 0)) for key in weights}
    alone = Listener(
        {}, {}, seeds={}, plays=0, weights=dict(weights), names=dict(names), done=done
    )  # fmt: skip
    loved = _loved(weights)
    near = near_to(alone, loved, reads.edges_from(loved))
    rows = [
        *(reads.album_rows({*albums, *proposals}) if albums or proposals else ()),
        *reads.albums_by(
            strongest(weights, MOST_LOVED_ARTISTS), each=ALBUMS_OF_SHELF,
            others=near, each_other=ALBUMS_OF_NEAR,
        ),
    ]  # fmt: skip
    never = choices.owned | choices.dismissed
    known = reads.standings({row.album_id for row in rows} - never)
    scene = Scene(alone, near, standings=known, proposals=proposals, listed=frozenset(albums))
    found = allowed(scored2(scene, rows), never=never, not_by=choices.dismissed_artists)
    if title:
        cause = {"kind": "start", "title": title}
        found = [replace(one, causes=(cause, *one.causes)) for one in found]
    return found, genre_mix(scene, rows)
