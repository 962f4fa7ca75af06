"""The invented listeners with what they played since the sandbox started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.people import DAY, People, Person, Track
from sandbox.titles import track_titles
from sandbox.world import Album

if TYPE_CHECKING:
    from sandbox.state import State


class _LaterPerson(Person):
    """Somebody who listened to more: the same taste and shelf, longer lists of plays.

    ``added``: (seconds before the last midnight, track), newest first; plays of today have times
    below zero.
    """

    def __init__(self, base: Person, added: Sequence[tuple[int, Track]]) -> None:
        vars(self).update(vars(base))
        self.total = base.total + len(added)
        known = {
            (track.album.number, track.position): n for n, (track, _) in enumerate(base.tracks)
        }
        tracks, plays = list(base.tracks), list(base.plays)
        for before, track in added:
            key = (track.album.number, track.position)
            if key not in known:
                known[key] = len(tracks)
                tracks.append((track, 0.0))
            plays.append((before, known[key]))
        plays.sort()
        vars(self).update({"tracks": tracks, "plays": plays, "artists": base.artists})


class Listeners:
    """Everybody, as :class:`People` has them, with the plays that were added since."""

    silent, stats_pending, hidden = People.silent, People.stats_pending, People.hidden

    def __init__(self, people: People, state: State) -> None:
        self._people, self._state = people, state
        self._later: dict[str, tuple[tuple[int, ...], Person]] = {}

    @property
    def by_name(self) -> dict[str, Person]:
        return {name: self._now(person) for name, person in self._people.by_name.items()}

    def get(self, name: str) -> Person | None:
        person = self._people.get(name)
        return self._now(person) if person else None

    def choices(self) -> list[tuple[str, str]]:
        return self._people.choices()

    def listen(self, person: Person, album: Album, *, plays: int, minutes_ago: float) -> int:
        """Play the album's tracks in turn, the last one ``minutes_ago``; when the first began."""
        count, end = len(track_titles(album)), self._state.clock.now() - minutes_ago * 60
        rows = self._state.memory.plays.setdefault(person.name, [])
        for place in range(plays):
            at = int(end) - (plays - 1 - place) * 200
            rows.append([at, album.number, place % count])
        self._state.save()
        return int(end) - (plays - 1) * 200

    def _now(self, person: Person) -> Person:
        rows = self._state.memory.plays.get(person.name)
        if not rows:
            return person
        midnight = int(self._state.clock.now() // DAY) * DAY
        key = (len(rows), midnight, *rows[-1])
        kept = self._later.get(person.name)
        if kept is None or kept[0] != key:
            kept = (key, _LaterPerson(person, [self._play(midnight, *row) for row in rows]))
            self._later[person.name] = kept
        return kept[1]

    def _play(self, midnight: int, at: int, number: int, position: int) -> tuple[int, Track]:
        album = self._people.world.albums[number]
        return midnight - at, Track(album, position, track_titles(album)[position])
