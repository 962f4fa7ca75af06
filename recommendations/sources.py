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
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_noop

from recommendations.candidates import Listener
from recommendations.knowledge import Found

__all__ = ["CandidateSource", "Found", "FoundByAll", "found_by_all", "register", "unregister"]

log = logging.getLogger(__name__)

FAILED = gettext_noop("One way of finding records failed, so this list is made without it.")


@dataclass(frozen=True, slots=True)
class CandidateSource:
    """A way to albums. `find` reads the database only and answers in a few queries; its albums may
    be owned or dismissed, that is sorted out later. `says` is the sentence for people when it
    failed, marked for translation with gettext_noop; without it a general one is told."""

    name: str
    find: Callable[[Listener], Iterable[Found]]
    says: str = FAILED


@dataclass(frozen=True, slots=True)
class FoundByAll:
    """The best proposal for each album, of all sources, and the sentences of those that failed."""

    best: dict[int, Found] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


_registered: dict[str, CandidateSource] = {}


def register(source: CandidateSource) -> None:
    """Ask this source for every list; one of the same name takes the other's place."""
    _registered[source.name] = source


def unregister(name: str) -> None:
    """Ask it no more."""
    _registered.pop(name, None)


def found_by_all(listener: Listener) -> FoundByAll:
    """Ask every source. One that fails is logged and left out, and the person is told: a list
    without it is better than none."""
    best: dict[int, Found] = {}
    missing: dict[str, None] = {}
    for source in _registered.values():
        try:
            with transaction.atomic():  # a failed query of theirs ends with them
                proposals = list(source.find(listener))
        except Exception:
            log.exception("Candidate source %s failed", source.name)
            missing[source.says] = None
            continue
        for one in proposals:
            if one.album_id not in best or best[one.album_id].score < one.score:
                best[one.album_id] = one
    return FoundByAll(best, tuple(missing))
