"""Sellers' names out of pasted text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

# What Discogs allows in a name; longer ones are no names.
_NAME = re.compile(r"[\w.\-]{1,64}", re.UNICODE)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?discogs\.com/\S*", re.IGNORECASE)
_IN_ADDRESS = re.compile(
    r"/(?:seller|user|sell/list\?seller=|shop/user)/?([^/?#&\s]+)", re.IGNORECASE
)
MOST = 50


@dataclass(frozen=True, slots=True)
class Pasted:
    """`names` as they were written, each once; `shops` are slugs of shops that were named;
    `unclear` are pieces that are no name; `too_many` how many were beyond the limit."""

    names: tuple[str, ...]
    shops: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    too_many: int = 0


def read_names(text: str, shops: Mapping[str, str]) -> Pasted:
    """One seller a line, or several with commas between them: names, or addresses of their pages at
    Discogs. `shops` are slugs by name in small letters: their names may have blanks."""
    names: dict[str, str] = {}
    found_shops: dict[str, None] = {}
    unclear: list[str] = []
    for piece in re.split(r"[\n,;]+", text):
        piece = " ".join(piece.split()).strip("\"'@ ")
        if not piece:
            continue
        if piece.casefold() in shops:
            found_shops[shops[piece.casefold()]] = None
            continue
        for word in [piece] if _ADDRESS.fullmatch(piece) else piece.split():
            name = _name(word)
            if name:
                names.setdefault(name.casefold(), name)
            else:
                unclear.append(word[:80])
    every = tuple(names.values())
    return Pasted(
        every[:MOST], tuple(found_shops), tuple(unclear[:MOST]), max(0, len(every) - MOST)
    )


def _name(word: str) -> str:
    """The name in a word, "" where there is none."""
    if _ADDRESS.fullmatch(word):
        found = _IN_ADDRESS.search(word)
        word = unquote(found[1]) if found else ""
    return word if _NAME.fullmatch(word) else ""
