"""Where the yellow sticker goes: on a price worth acting on, and on few of a page.

It marks what is well under its median, or the lowest of the page; at most a quarter of the cards
carry one, and an album that stands twice on a page carries it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pricing.tags import PriceTag

CARDS_PER_STICKER = 4
# One price alone is not the lowest of anything.
LEAST_COMPARED = 2


def with_stickers(
    tags: Sequence[PriceTag | None], *, least: int = LEAST_COMPARED
) -> list[PriceTag | None]:
    """The tags of a page in their order, those marked that get a sticker.

    Well under the median goes first, the most first; what room is left is the lowest delivered
    price's, where at least `least` delivered prices are there to compare.
    """
    room = len(tags) // CARDS_PER_STICKER
    order = [*_bargains(tags), *_lowest(tags, least)]
    chosen: list[int] = []
    seen: set[tuple[int | None, int | None]] = set()
    for place in order:
        tag = tags[place]
        assert tag is not None  # only places of prices are in the order
        what = (tag.album_id, tag.release_id)
        if what == (None, None) or what not in seen:
            seen.add(what)
            chosen.append(place)
    marked = set(chosen[:room])
    return [
        tag if tag is None else replace(tag, lowest=place in marked, spent=place not in marked)
        for place, tag in enumerate(tags)
    ]


def _bargains(tags: Sequence[PriceTag | None]) -> list[int]:
    found = [
        (-(tag.median_percent or 0), place)
        for place, tag in enumerate(tags)
        if tag is not None and tag.state == "under_median" and tag.money is not None
    ]
    return [place for _percent, place in sorted(found)]


def _lowest(tags: Sequence[PriceTag | None], least: int) -> list[int]:
    found: list[tuple[Decimal, int]] = [
        (tag.money.amount, place)
        for place, tag in enumerate(tags)
        if tag is not None and tag.delivered and tag.money is not None and tag.state == "known"
    ]
    compared = {(tag.album_id, tag.release_id) for _amount, place in found if (tag := tags[place])}
    return [min(found)[1]] if len(compared) >= least else []
