"""What a list's one string says about the formats: "2xLP, Album, RE, Gat" as lines. Pure.

Discogs writes the words of a release's formats out in the release itself and in the dumps, and
short in its lists of versions. They are written out here, so that a pressing reads the same
whichever way it came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.dumps.records import MEDIA, FormatLine

_QUANTITY = re.compile(r"(\d{1,3})\s*[x×]\s*(?=\S)", re.IGNORECASE)
# Discogs' short words and what they stand for, as its own pages pair them.
_SHORT = {
    "RE": "Reissue", "RP": "Repress", "RM": "Remastered", "Ltd": "Limited Edition",
    "Num": "Numbered", "Dlx": "Deluxe Edition", "S/Edition": "Special Edition",
    "Club": "Club Edition", "Comp": "Compilation", "Maxi": "Maxi-Single",
    "MiniAlbum": "Mini-Album", "Smplr": "Sampler", "W/Lbl": "White Label", "TP": "Test Pressing",
    "Pic": "Picture Disc", "S/Sided": "Single Sided", "Etch": "Etched", "Sha": "Shape",
    "Unofficial": "Unofficial Release", "P/Unofficial": "Partially Unofficial",
    "P/Mixed": "Partially Mixed", "Quad": "Quadraphonic", "Enh": "Enhanced", "Promo": "Promo",
    "Car": "Cardboard Sleeve", "Gat": "Gatefold",
}  # fmt: skip
# Of the words written out, these are free text at Discogs and no description.
_FREE = {"Cardboard Sleeve", "Gatefold"}
_DESCRIPTIONS = ({*_SHORT.values()} - _FREE) | {
    "LP", "EP", "Album", "Single", '7"', '10"', '12"', "33 ⅓ RPM", "45 RPM", "78 RPM", "16 ⅔ RPM",
    "Stereo", "Mono", "Mixed", "Stereo/Mono", "Jukebox", "Mispress", "Misprint", "Transcription",
    "Styrene", "Advance", "Ambisonic", "Multichannel", "Record Store Day", "Minimax", "Flexi-disc",
}  # fmt: skip
# Names of formats as they may stand in front, also where a list names them beside the records.
_NAMES = {
    **{name: name for name in MEDIA},
    "Flexi": "Flexi-disc", "Lathe": "Lathe Cut", "CD": "CD", "CDr": "CDr", "DVD": "DVD",
    "Cass": "Cassette", "Cassette": "Cassette", "File": "File", "Box": "Box Set",
    "Box Set": "Box Set", "All Media": "All Media", "SACD": "SACD", "Blu-ray": "Blu-ray",
}  # fmt: skip
_BY_CASE = {name.casefold(): name for name in _NAMES}


def format_lines(text: str, majors: Sequence[str] = ()) -> tuple[FormatLine, ...]:
    """The lines of a list's string; `majors` are the formats' names where the list has them.
    Without a name, a line is a record. Nothing for an empty string."""
    parts = [part for part in re.split(r"\s\+\s", text) if part.strip(" ,")]
    return tuple(
        _line(part, majors[at] if at < len(majors) else "") for at, part in enumerate(parts)
    )


def _line(part: str, name: str) -> FormatLine:
    words = [word.strip() for word in part.split(",") if word.strip()]
    quantity = 1
    found = _QUANTITY.match(words[0])
    if found:
        quantity, words[0] = int(found[1]) or 1, words[0][found.end() :]
    descriptions: list[str] = []
    free: list[str] = []
    for word in words:
        called = _BY_CASE.get(word.casefold())
        if called is not None:
            name = name if name == _NAMES[called] else _NAMES[called]
            continue
        whole = _SHORT.get(word, word)
        (descriptions if whole in _DESCRIPTIONS else free).append(whole)
    return FormatLine(name or "Vinyl", quantity, ", ".join(free), tuple(descriptions))
