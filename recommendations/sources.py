"""Candidate sources: other rooms of taste add albums to a list without knowing how it is made.

A source is a name and a function from a listener to scored albums with causes. It registers itself
when its module is read, for instance from an app's `ready`:

    register(CandidateSource("content", neighbours_in_sound))

A cause is JSON data with a `kind` that recommendations.reasons can tell in words; the words of a
new kind are entered in its WORDS.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from recommendations.candidates import Listener
from recommendations.knowledge import Found

__all__ = ["CandidateSource", "Found", "found_by_all", "register", "unregister"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CandidateSource:
    """A way to albums. `find` reads the database only and answers in a few queries; its albums may
    be owned or dismissed, that is sorted out later."""

    name: str
    find: Callable[[Listener], Iterable[Found]]


_registered: dict[str, CandidateSource] = {}


def register(source: CandidateSource) -> None:
    """Ask this source for every list; one of the same name takes the other's place."""
    _registered[source.name] = source


def unregister(name: str) -> None:
    """Ask it no more."""
    _registered.pop(name, None)


def found_by_all(listener: Listener) -> dict[int, Found]:
    """The best proposal for each album, of all sources. A source that fails is logged and left
    out: a list without it is better than none."""
    best: dict[int, Found] = {}
    for source in _registered.values():
        try:
            with transaction.atomic():  # a failed query of theirs ends with them
                proposals = list(source.find(listener))
        except Exception:
            log.exception("Candidate source %s failed", source.name)
            continue
        for one in proposals:
            if one.album_id not in best or best[one.album_id].score < one.score:
                best[one.album_id] = one
    return best
