"""Whether two offers are of one product: the same pressing, not just the same album. Pure.

Texts of different shops tell more or less of one edition; what only one of them says weighs little.
Two texts of one hand differ on purpose.
"""

from __future__ import annotations

import math

from catalog.matching.editions import Edition, unknown_words
from catalog.matching.keys import normalise_number
from catalog.matching.listings import Listing, parse_listing, shown_colours
from catalog.matching.titles import album_similarity, read_title
from catalog.matching.verdicts import Match, certain, weigh

# Log odds of the album beyond which more sureness tells nothing about the pressing.
SUREST = 2.0
_FLAGS = ("deluxe", "box", "picture", "limited", "exclusive", "signed", "half_speed", "audiophile")


def listing_similarity(a: str, b: str, *, barcodes: tuple[str, str] = ("", "")) -> Match:
    """Whether two offers' titles are of one product. Equal barcodes settle it; different ones do
    not, because one pressing is sold under several."""
    first, second = map(normalise_number, barcodes)
    if first and first == second:
        return certain("listing", "the barcodes are the same")
    if " ".join(a.split()) == " ".join(b.split()):
        return certain("listing", "the texts are the same")
    return weigh("listing", listing_values(parse_listing(a), parse_listing(b)))


def listing_values(left: Listing, right: Listing) -> dict[str, float]:
    """The evidence of two offers: the album, then what they say of the edition."""
    album = album_similarity(left.artist, left.title, right.artist, right.title)
    odds = math.log(max(album.score, 1e-6) / max(1 - album.score, 1e-6))
    values = {"album": max(-1.0, min(1.0, odds / SUREST))}
    differs = edition_values(left, right)
    values |= differs
    if differs and left.hand == right.hand:
        values["one_hand"] = 1.0
    return values


def edition_values(left: Listing, right: Listing) -> dict[str, float]:
    """What speaks against one pressing, and the few things that speak for it."""
    values: dict[str, float] = {}
    a, b = left.edition, right.edition
    colours = _colours(left, right)
    if colours:
        values[colours] = 1.0
    for flag in _FLAGS:
        if getattr(a, flag) != getattr(b, flag):
            values[f"only_one_{flag}"] = 1.0
    if (a.anniversary is None) != (b.anniversary is None) or a.remaster != b.remaster:
        values["only_one_remaster"] = 1.0
    if a.anniversary and b.anniversary and a.anniversary != b.anniversary:
        values["other_edition_name"] = 1.0
    discs = (_discs(left), _discs(right))
    if None not in discs and discs[0] != discs[1]:
        values["other_discs"] = 1.0
        if 1 not in discs:
            values["other_discs_of_set"] = 1.0
    sizes = {left.format, right.format}
    if len(sizes) == 2 and "" not in sizes and not sizes & {"box", "picture disc"}:
        values["other_size"] = 1.0 if "LP" in sizes else 2.0
    if (a.media ^ b.media) - {"book"}:
        values["only_one_more_media"] = 1.0
    if _notes(left) and _notes(right) and _notes(left) != _notes(right):
        values["other_edition_name"] = 1.0
    elif _notes(left) != _notes(right):
        values["only_one_edition_name"] = 1.0
    if left.catno and right.catno:
        same = normalise_number(left.catno) == normalise_number(right.catno)
        values["same_catno" if same else "other_catno"] = 1.0
    if left.year and right.year and left.year != right.year:
        values["other_year"] = 1.0
    if left.country and right.country and left.country != right.country:
        values["other_country"] = 1.0
    return values


def _colours(left: Listing, right: Listing) -> str:
    """How the colours stand to each other, by the part's name; "" where both are silent."""
    one, other = shown_colours(left), shown_colours(right)
    said = (bool(one) or left.edition.coloured, bool(other) or right.edition.coloured)
    if one and other:
        if one & other:
            return "same_colour"
        return "other_colour"
    if all(said):
        return "colour_both"
    if any(said):
        silent = right if said[0] else left
        if _black(silent.edition):
            return "colour_or_black"
        return "colour_named_by_one" if one or other else "coloured_by_one"
    if _black(left.edition) != _black(right.edition):
        return "black_by_one"
    return ""


def _black(edition: Edition) -> bool:
    return "black" in edition.colours


def _discs(listing: Listing) -> int | None:
    if listing.discs:
        return listing.discs
    return 1 if listing.format == "LP" else None


def _notes(listing: Listing) -> tuple[str, ...]:
    """What names this edition and is no known edition word: "(Zurich edition)", "(Rose Red)"."""
    named = unknown_words(*listing.edition.words)
    return tuple(sorted({*read_title(listing.title).notes, *named}))
