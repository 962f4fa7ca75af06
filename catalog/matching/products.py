"""Whether two offers are of one product: the same pressing, not just the same album. Pure.

Texts of different shops tell more or less of one edition; what only one of them says weighs little.
Two texts of one hand differ on purpose.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from catalog.matching.editions import Edition, colours_of, unknown_words
from catalog.matching.folding import words
from catalog.matching.keys import normalise_name, normalise_number
from catalog.matching.listings import Listing, parse_listing, shown_colours
from catalog.matching.title_reading import read_title
from catalog.matching.titles import album_similarity
from catalog.matching.verdicts import Match, certain, weigh

# Log odds of the album beyond which more sureness tells nothing about the pressing.
SUREST = 2.0
# So many discs come in a box, whether a shop says so or not.
LARGE = 4
# What both must say to be of one edition, and works that are seldom pressed in several.
_RARE = ("audiophile", "deluxe", "limited", "exclusive", "remaster", "half_speed", "signed")
_SELDOM = frozenset(("live", "other_take", "other_kind"))
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
    left, right = _with_artist(left, right), _with_artist(right, left)
    album = album_similarity(left.artist, left.title, right.artist, right.title)
    odds = math.log(max(album.score, 1e-6) / max(1 - album.score, 1e-6))
    values = {"album": max(-1.0, min(1.0, odds / SUREST))}
    differs = edition_values(left, right)
    values |= differs
    if differs and left.hand == right.hand:
        values["one_hand"] = 1.0
    if "other_discs" in values and values["album"] > 0 and _same_number(left, right):
        values["discs_despite_number"] = 1.0
    return values


def _with_artist(one: Listing, other: Listing) -> Listing:
    """An offer whose text nothing parts, with the artist that the other one names where its title
    begins or ends with that name."""
    name = sorted(words(other.artist))
    if one.artist or not name:
        return one
    told = one.title.split()
    for at in range(1, len(told)):
        parts = " ".join(told[:at]), " ".join(told[at:])
        for artist, title in (parts, parts[::-1]):
            if sorted(words(artist)) == name:
                return replace(one, artist=artist, title=title)
    return one


def _same_number(left: Listing, right: Listing) -> bool:
    """Whether both name one label and one catalogue number."""
    numbers = normalise_number(left.catno), normalise_number(right.catno)
    labels = normalise_name(left.label), normalise_name(right.label)
    return all((*numbers, *labels)) and numbers[0] == numbers[1] and labels[0] == labels[1]


def edition_values(left: Listing, right: Listing) -> dict[str, float]:
    """What speaks against one pressing, and the few things that speak for it."""
    values: dict[str, float] = {}
    a, b = left.edition, right.edition
    colours = _colours(left, right)
    if colours:
        values[colours] = 1.0
        values |= _who_says(left, right) if colours in _SILENT else {}
    for flag in _FLAGS:
        if getattr(a, flag) != getattr(b, flag) and not (
            flag == "box" and _both_large(left, right)
        ):
            values[f"only_one_{flag}"] = 1.0
    if (a.anniversary is None) != (b.anniversary is None) or a.remaster != b.remaster:
        values["only_one_remaster"] = 1.0
    if a.anniversary and b.anniversary and a.anniversary != b.anniversary:
        values["other_edition_name"] = 1.0
    if _same_said(left, right):
        values["same_edition_said"] = 1.0
    if _seldom_pressed(left, right):
        values["seldom_pressed"] = 1.0
    values |= _amounts(left, right)
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


def _same_said(left: Listing, right: Listing) -> bool:
    """Whether both say one thing of the edition that few editions have: what the rest of their
    texts leaves out is then the shop's brevity."""
    a, b = left.edition, right.edition
    return (
        any(getattr(a, sign) and getattr(b, sign) for sign in _RARE)
        or (a.anniversary is not None and a.anniversary == b.anniversary)
        or (bool(_notes(left)) and _notes(left) == _notes(right))
    )


def _seldom_pressed(left: Listing, right: Listing) -> bool:
    """Whether a title is a concert, a soundtrack, sessions or a collection: these come out in
    fewer colours than an album of new songs."""
    return bool((read_title(left.title).works | read_title(right.title).works) & _SELDOM)


def _amounts(left: Listing, right: Listing) -> dict[str, float]:
    """How many discs of what size, and what else is in the sleeve."""
    values: dict[str, float] = {}
    one, other = _discs(left), _discs(right)
    together = one & other
    if one and other and not together:
        values["other_discs"] = 1.0
        if 1 not in one | other:
            values["other_discs_of_set"] = 1.0
    sizes = {left.format, right.format}
    if len(sizes) == 2 and "" not in sizes and not sizes & {"box", "picture disc"}:
        # An album on 12" or 10" discs is an LP to many shops.
        values["other_size" if '7"' in sizes else "size_of_album"] = 1.0
    # "2LP+CD" and "LP (3)": the second has counted the CD among the discs. A box tells no contents.
    counted = bool(together) and min(one) != min(other)
    boxed = any(one.edition.box and not one.edition.media for one in (left, right))
    if (left.edition.media ^ right.edition.media) - {"book"} and not counted and not boxed:
        values["only_one_more_media"] = 1.0
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


_SILENT = frozenset(("colour_named_by_one", "coloured_by_one", "black_by_one"))
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)")


def _who_says(left: Listing, right: Listing) -> dict[str, float]:
    """Where only one names a colour: how it does, and which hand is silent. A colour in brackets
    is part of the name of the only edition more often; one between dashes tells it from others."""
    says, silent = (left, right) if _said(left) else (right, left)
    values = {}
    bracketed = " ".join(_IN_BRACKETS.findall(says.text))
    if colours_of(bracketed) or "colo" in bracketed.casefold():
        values["colour_in_brackets"] = 1.0
    if not says.artist.isupper() and not silent.artist.isupper():
        values["colour_by_careful"] = 1.0
    if silent.artist.isupper():
        values["silent_in_capitals"] = 1.0
    return values


def _said(listing: Listing) -> bool:
    return bool(listing.edition.colours) or listing.edition.coloured


def _black(edition: Edition) -> bool:
    return "black" in edition.colours


def _discs(listing: Listing) -> frozenset[int]:
    """How many discs an offer may have, with and without what else is in the sleeve: some shops
    count "2LP+CD" as three. Empty where nothing is said."""
    count = listing.discs or (1 if listing.format == "LP" else 0)
    if not count:
        return frozenset()
    return frozenset((count, count + len(listing.edition.media - {"book"})))


def _both_large(left: Listing, right: Listing) -> bool:
    """Whether each is a box or has as many discs as boxes have."""
    return all(one.edition.box or (one.discs or 0) >= LARGE for one in (left, right))


def _notes(listing: Listing) -> tuple[str, ...]:
    """What names this edition and is no known edition word: "(Zurich edition)", "(Rose Red)"."""
    named = unknown_words(*listing.edition.words)
    return tuple(sorted({*read_title(listing.title).notes, *named}))
