"""Which marketplace listings are the record that was asked for. Pure.

A search in the vinyl category also finds CDs, cassettes, empty sleeves, lots and posters, and
things that only mention the record. Words of the artist and the title themselves are no evidence
(an album may well be called "Cassette"), so they are taken out before the rest is judged.
"""

from __future__ import annotations

import re
import unicodedata

CD, CASSETTE, SLEEVE, LOT, OTHER, ANOTHER = "cd", "cassette", "sleeve", "lot", "other", "another"

_VINYL = re.compile(
    r"\b(\d*lps?|vinyl\w*|vinilo\w*|vinile|schallplatte\w*|disque|maxi|(?:7|10|12)(?=\W|$))"
)
_CD = re.compile(r"\b(\d*cds?|compact ?discs?|sacd|dvds?|blu ?ray)\b")
_CASSETTE = re.compile(
    r"\b(cass?ettes?|kassetten?|casetes?|musicassette|mc|k7|tape|8 ?track|reel)\b"
)
_SLEEVE = re.compile(
    r"\b(?:empty|only|no|leere?|nur|sin|solo|sans|senza|vacia|seule)\b.{0,12}"
    r"\b(?:sleeve|cover|jacket|vinyl|record|disc|disco|hulle|portada|funda|pochette|copertina)\b"
    r"|\b(?:sleeve|cover|jacket|hulle|portada|funda|pochette|copertina)\b.{0,8}"
    r"\b(?:only|vacia|seule|empty)\b|\bleerhulle\b|\bleercover\b"
)
_LOT = re.compile(
    r"\b(?:job ?lot|lots?|lote|konvolut|sammlung|bundle|paket|coleccion de|collection of)\b"
    r"|\b\d+ (?:more|x|different|diferentes|verschiedene) (?:lps?|vinyls?|records|discos)\b"
)
_OTHER = re.compile(
    r"\b(?:t ?shirt|magazine|songbook|sheet music|ticket|tour ?book|programme|badge|mug|"
    r"frame only|slipmat|turntable|needle|book)\b"
)
_POSTER = re.compile(r"\bposter\b")
_WITH_POSTER = re.compile(
    r"(?:\bwith|\bincl\w*|\bmit|\bcon|\bavec|&|\+)\s*(?:the |original )?poster\b"
)


def unfit_because(listing: str, *, artist: str, title: str) -> str:
    """Why a listing is not a vinyl copy of that album: cd, cassette, sleeve, lot, other, another;
    "" when it may well be one."""
    words = _words(listing)
    if not _holds(words, _words(title)):
        return ANOTHER
    rest = _without(words, _words(artist), _words(title))
    if _SLEEVE.search(rest):
        return SLEEVE
    if _LOT.search(rest):
        return LOT
    if _OTHER.search(rest) or (_POSTER.search(rest) and not _WITH_POSTER.search(_plain(listing))):
        return OTHER
    vinyl = _VINYL.search(rest) is not None
    if _CD.search(rest) and not vinyl:
        return CD
    if _CASSETTE.search(rest) and not vinyl:
        return CASSETTE
    return ""


def _plain(text: str) -> str:
    """Lower case without accents, signs kept."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", _plain(text).replace("'", "").replace("’", ""))


def _holds(listing: list[str], title: list[str]) -> bool:
    present = set(listing)
    return all(word in present for word in title)


def _without(words: list[str], *names: list[str]) -> str:
    """The listing's words without one occurrence of each name."""
    left = list(words)
    for name in names:
        for word in name:
            if word in left:
                left.remove(word)
    return " ".join(left)
