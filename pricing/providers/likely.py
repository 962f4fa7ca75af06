"""Which pressings of an album to ask the price of, where there are more than calls. Pure.

An album can have four hundred pressings, and each costs a call of the minute's sixty. First are
those whose price stands as the album's best: whoever asks wants to know whether it still does. Then
what the person wants, then those that are likely to be cheap: a price that was seen before is the
best guess; else common, late and plain pressings are cheap, and rare, wanted, early or special ones
are not. What was seen tells how high such guesses are to be put for this album. A part of the calls
is kept for the pressings that people have most, because the cheapest is not the only one that a
person wants to see. What was asked minutes ago goes behind all others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from statistics import median
from typing import Any

from pricing.providers.base import Pressing

# Of the calls, for the pressings that most people have or want, whatever they cost.
BEST_KNOWN_SHARE = 0.25
# How many years after the album a pressing counts as one of its first.
FIRST_YEARS = 2
_SPECIAL = re.compile(
    r"test pressing|white label|promo|acetate|lathe|box set|numbered|mispress|autograph",
    re.IGNORECASE,
)
_LATER = re.compile(r"reissue|repress|club edition", re.IGNORECASE)
_DISCS = re.compile(r"\b(\d{1,2})x", re.IGNORECASE)


def chosen(
    pressings: Iterable[Pressing], calls: int, *, album_year: int | None = None
) -> tuple[Pressing, ...]:
    """At most `calls` of the pressings that a marketplace knows, the one to ask first in front.

    Those that stand as the best go first, then what the person wants, then the likely cheap ones;
    the last quarter are the best known of the others.
    """
    known = [one for one in pressings if one.discogs_id]
    scale = _scale(known, album_year)
    in_order = sorted(known, key=lambda one: _order(one, album_year, scale))
    if len(in_order) <= calls:
        return tuple(in_order)
    sure = [one for one in in_order if (one.is_best or one.wanted) and not one.is_fresh][:calls]
    left = calls - len(sure)
    kept_back = min(left, math.floor(calls * BEST_KNOWN_SHARE))
    taken = {one.id for one in sure}
    likely = [one for one in in_order if one.id not in taken][: left - kept_back]
    taken |= {one.id for one in likely}
    best_known = sorted((one for one in known if one.id not in taken), key=_fame)
    return (*sure, *likely, *best_known[:kept_back])


def _order(one: Pressing, album_year: int | None, scale: float) -> tuple[Any, ...]:
    guess = guessed_price(one, album_year=album_year, scale=scale)
    return (one.is_fresh, not one.is_best, not one.wanted, guess, one.id)


def _scale(pressings: Iterable[Pressing], album_year: int | None) -> float:
    """By how much guesses of this album's pressings are to be raised, so that they can be compared
    with prices: as much as the prices that were seen lie above what would have been guessed, in the
    middle of them. Never lowered: what only looks cheap would then go before what is."""
    raised = [
        float(one.seen_eur) / _guess(one, album_year)
        for one in pressings
        if one.seen_eur is not None
    ]
    return max(1.0, median(raised)) if raised else 1.0


def _fame(one: Pressing) -> tuple[bool, int, int]:
    return (one.is_fresh, -((one.have or 0) + (one.want or 0)), one.id)


def guessed_price(one: Pressing, *, album_year: int | None = None, scale: float = 1.0) -> float:
    """The lowest price that was seen, else a guess times `scale`. A number for putting pressings in
    order, shown to nobody."""
    return float(one.seen_eur) if one.seen_eur is not None else scale * _guess(one, album_year)


def _guess(one: Pressing, album_year: int | None) -> float:
    """A number that grows with the price that a copy is likely to have."""
    have, want = one.have or 0, one.want or 0
    # Many who have it and few who want it: copies lie about. Nobody has it: hardly for sale.
    guess = 20.0 * ((want + 5) / (have + 5)) ** 0.5 * (1 + 20 / (have + 2))
    if _SPECIAL.search(one.format):
        guess *= 3
    if _LATER.search(one.format):
        guess *= 0.8
    elif album_year and one.year and one.year <= album_year + FIRST_YEARS:
        guess *= 1.4
    discs = _DISCS.search(one.format)
    return guess * (min(int(discs[1]), 6) ** 0.5 if discs else 1.0)
