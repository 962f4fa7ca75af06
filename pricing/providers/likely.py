"""Which pressings of an album to ask the price of, where there are more than calls. Pure.

An album can have four hundred pressings, and each costs a call of the minute's sixty. Those that
are likely to be cheap go first: a price that was seen before says most; else common, late and
plain pressings are cheap, and rare, wanted, early or special ones are not. A part of the calls is
kept for the pressings that people have most, because the cheapest is not the only one that a
person wants to see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

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

    What the person wants goes first, then the likely cheap ones; the last quarter are the best
    known of the others.
    """
    known = [one for one in pressings if one.discogs_id]
    if len(known) <= calls:
        return tuple(sorted(known, key=lambda one: _order(one, album_year)))
    by_price = sorted(known, key=lambda one: _order(one, album_year))
    wanted = [one for one in by_price if one.wanted][:calls]
    left = calls - len(wanted)
    kept_back = min(left, math.floor(calls * BEST_KNOWN_SHARE))
    first = [*wanted, *[one for one in by_price if not one.wanted][: left - kept_back]]
    taken = {one.id for one in first}
    best_known = sorted((one for one in known if one.id not in taken), key=_fame)
    return (*first, *best_known[:kept_back])


def _order(one: Pressing, album_year: int | None) -> tuple[bool, float, int]:
    return (not one.wanted, guessed_price(one, album_year=album_year), one.id)


def _fame(one: Pressing) -> tuple[int, int]:
    return (-((one.have or 0) + (one.want or 0)), one.id)


def guessed_price(one: Pressing, *, album_year: int | None = None) -> float:
    """A number that grows with the price that a copy is likely to have. No price: it is for
    putting pressings in order and is shown to nobody."""
    if one.seen_eur is not None:
        return float(one.seen_eur)
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
