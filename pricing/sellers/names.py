"""Sellers' names out of pasted text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    `unclear` are pieces that are no name; `too_many` how many were beyond the limit; `not_read` are
    names of shops whose stock is not read."""

    names: tuple[str, ...]
    shops: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    too_many: int = 0
    not_read: tuple[str, ...] = ()


def read_names(text: str, shops: Mapping[str, str]) -> Pasted:
    """One seller a line, or several with commas between them: names, or addresses of their pages at
    Discogs. `shops` are slugs by name in small letters, "" for those whose stock is not read. A
    piece with blanks is a shop's name or no name: it is never torn into names of others."""
    names: dict[str, str] = {}
    found_shops: dict[str, None] = {}
    unclear: list[str] = []
    not_read: list[str] = []
    for piece in _pieces(text, shops):
        slug = shops.get(piece.casefold())
        if slug:
            found_shops[slug] = None
        elif slug == "" and " " in piece:
            not_read.append(piece[:80])
        elif name := _name(piece):
            names.setdefault(name.casefold(), name)
        else:
            unclear.append(piece[:80])
    every = tuple(names.values())
    return Pasted(
        every[:MOST],
        tuple(found_shops),
        tuple(unclear[:MOST]),
        max(0, len(every) - MOST),
        tuple(not_read[:MOST]),
    )


def _pieces(text: str, shops: Mapping[str, str]) -> Iterator[str]:
    """What stands alone in a line or between commas; a shop's name may have commas itself."""
    for line in text.splitlines():
        whole = _plain(line)
        for piece in [whole] if whole.casefold() in shops else re.split(r"[,;]+", line):
            if plain := _plain(piece):
                yield plain


def _plain(piece: str) -> str:
    return " ".join(piece.split()).strip("\"'@ ")


def _name(word: str) -> str:
    """The name in a word, "" where there is none."""
    if _ADDRESS.fullmatch(word):
        found = _IN_ADDRESS.search(word)
        word = unquote(found[1]) if found else ""
    return word if _NAME.fullmatch(word) else ""
