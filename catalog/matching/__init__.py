"""Names and titles as keys, how alike two of them are, and offers read into fields. Pure.

`normalise_name` makes one key of the spellings of one name: "Beatles, The", "The Beatles" and
"THE BEATLES (2)" are "beatles". A name never becomes the empty key, because all such names
would then be one artist: "!!!" stays "!!!", "The The" stays "the the", "Кино" becomes "кино".
"""

from catalog.matching.artists import artist_similarity
from catalog.matching.editions import Edition, strip_edition
from catalog.matching.evidence import compare
from catalog.matching.keys import (
    alternative_keys,
    normalise_name,
    normalise_number,
    normalise_title,
)
from catalog.matching.listings import Listing, parse_listing, split_artist_title
from catalog.matching.products import listing_similarity
from catalog.matching.title_reading import Title, read_title
from catalog.matching.titles import album_similarity, title_similarity
from catalog.matching.verdicts import Match, Part, Verdict

__all__ = [
    "Edition",
    "Listing",
    "Match",
    "Part",
    "Title",
    "Verdict",
    "album_similarity",
    "alternative_keys",
    "artist_similarity",
    "compare",
    "listing_similarity",
    "normalise_name",
    "normalise_number",
    "normalise_title",
    "parse_listing",
    "read_title",
    "split_artist_title",
    "strip_edition",
    "title_similarity",
]
