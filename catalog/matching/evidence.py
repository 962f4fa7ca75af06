"""One entrance to the three comparisons, by kind: artist, album or listing. Pure."""

from __future__ import annotations

from catalog.matching.artists import artist_similarity, artist_values
from catalog.matching.listings import parse_listing, split_artist_title
from catalog.matching.products import listing_similarity, listing_values
from catalog.matching.reading import read_name
from catalog.matching.titles import album_similarity, album_values
from catalog.matching.verdicts import Match

KINDS = ("artist", "album", "listing")


def compare(kind: str, left: str, right: str) -> Match:
    """Compare two artists, two albums as "Artist - Title", or two offers. KeyError for another
    kind."""
    if kind == "artist":
        return artist_similarity(left, right)
    if kind == "album":
        return album_similarity(*split_artist_title(left), *split_artist_title(right))
    if kind == "listing":
        return listing_similarity(left, right)
    raise KeyError(kind)


def values_of(kind: str, left: str, right: str) -> dict[str, float]:
    """The values that the weights of the kind are multiplied with."""
    if kind == "artist":
        return artist_values(read_name(left), read_name(right))
    if kind == "album":
        return album_values(*split_artist_title(left), *split_artist_title(right))
    return listing_values(parse_listing(left), parse_listing(right))


def certainty(kind: str, left: str, right: str) -> bool:
    """Whether the two are equal by their keys, so that nothing is weighed."""
    return compare(kind, left, right).score == 1
