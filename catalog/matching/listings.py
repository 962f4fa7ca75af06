"""Offers of shops and marketplaces read into fields. Pure.

"PINK FLOYD - Animals LP UK 1977 Harvest SHVL 815 VG+/EX" says who, what, when, where, on which
label, in which state. What a text does not say is empty, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from catalog.matching.editions import COLOURS, Edition, colours_of, read_edition
from catalog.matching.offer_facts import SEPARATOR, SIZE, take_facts
from catalog.matching.title_reading import read_title

# The count in front touches its size: the number of "Anthology 4 LP (3)" is the title's.
_COUNT_BEHIND = re.compile(
    rf"\s+((?:\d{{1,2}}x?|\d{{1,2}}\sx\s)?(?:{SIZE}))\s*\((\d{{1,2}})\)$", re.IGNORECASE
)
_FORMAT = re.compile(
    rf"(?:[\s,]|(?<=\s)-)+((?:colou?red\s+)?(?:\d{{1,2}}|\d{{1,2}}\s?x\s?)?(?:{SIZE}|box\s?set|picture\s+disc|ost)\)?"
    rf"(?:\s*(?:\+|\||/|\s)\s*(?:\d?\s?x?\s?(?:{SIZE}|CD|DVD|blu-?\s?ray|album|record|records)))*)$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    rf"[(\[]\s*((?:\d{{1,2}}\s?x?\s?)?(?:[^()\[\]]*(?:{SIZE}))[^()\[\]]*)[)\]]", re.IGNORECASE
)
# Format words in front: 'Disco vinilo LP Los Pasos - Ayer', '7" Single ...'. Some of them begin
# names as well, so that only the sure ones carry the others.
_FORMAT_WORD = (
    r"(?:\d{1,2}\s?x\s?)?(?:(?:7|10|12)(?:\"|''|-?inch)|\d{0,2}lps?|ep|vin[iy]los?|vinyle|vinile|"
    r"single|maxi|discos?|schallplatte|de)(?!\w)"
)
_LEADING = re.compile(
    rf"^({_FORMAT_WORD}(?:[\s,/]+{_FORMAT_WORD})*)(?:\s*[-–—:|]\s+|\s+)(?=[^\W\d]|\d+\S*\s+\S)",
    re.I,
)
_SURE_WORD = re.compile(r"\d\s?(?:\"|''|-?inch)|\d*lps?(?!\w)|vinilos?|schallplatte", re.I)
# "Big Star- Radio City": no dash before, so that it closes no remark between dashes.
_GLUED = re.compile(r"^([^-–—]*[^\W_])[-–—] (.*\S.*)$")
# "(LP) Pink Vinyl", "-PD-": behind the format, and in short.
_COLOUR_BEHIND = re.compile(
    rf"(?<=[)\]])\s+((?:(?:{'|'.join(sorted(COLOURS))}|colou?red)\s+)+(?:vinyl|vinilo|lp))$", re.I
)
_PICTURE_DISC = re.compile(r"(?<=[-(])PD(?=[-)])")
_SIZES = {"12": '12"', "10": '10"', "7": '7"'}


@dataclass(frozen=True)
class Listing:
    """What an offer's title says. `country` as two letters (EU for Europe), `format` one of LP,
    12", 10", 7", box, picture disc or "", `condition` and `sleeve` by Goldmine's grades,
    `hand` how the shop writes its formats: two texts of one hand differ on purpose."""

    text: str
    artist: str
    title: str
    year: int | None
    country: str
    label: str
    catno: str
    condition: str
    sleeve: str
    format: str
    edition: Edition
    hand: str

    @property
    def discs(self) -> int | None:
        return self.edition.discs


@lru_cache(maxsize=4096)
def parse_listing(text: str) -> Listing:
    """Read one offer's title. Artist and title need a dash between them, or quotes round the
    title; else all of it is the title and the artist is ""."""
    rest = _PICTURE_DISC.sub("picture disc", " ".join(text.split()))
    facts = dict.fromkeys(("label", "catno", "country", "condition", "sleeve", "edition"), "")
    rest, leading = _leading_format(rest)
    rest, form, hand = _format(rest)
    rest, year = take_facts(rest, facts, is_offer=bool(leading))
    if not form:
        rest, form, hand = _format(rest)
    form = form or leading
    artist, title = split_artist_title(rest)
    read = read_title(title)
    bracketed = " ".join(_IN_BRACKETS.findall(title))
    edition = read_edition(*filter(None, (form, *read.set_apart, facts["edition"])))
    return Listing(
        text=text,
        artist=artist,
        title=read.shown or rest or text.strip(),
        year=year or edition.year,
        country=facts["country"],
        label=facts["label"],
        catno=facts["catno"],
        condition=facts["condition"],
        sleeve=facts["sleeve"],
        format=_kind(f"{form} {bracketed} {edition.text}"),
        edition=edition,
        hand=_hand(text, artist, hand or ("bracket" if bracketed else "")),
    )


def split_artist_title(text: str) -> tuple[str, str]:
    """("Can", "Tago Mago") of "Can - Tago Mago" with any dash, or of 'Can "Tago Mago"'.

    A long dash goes before a short one, which names have as well. ("", text) where none is.
    """
    for sign in (" – ", " — ", " - ", "– ", " – "):
        artist, dash, title = text.partition(sign)
        if dash and artist.strip() and title.strip():
            return artist.strip(), title.strip()
    glued = _GLUED.match(text)
    if glued:
        return glued[1], glued[2].strip()
    quoted = re.match(r"^([^\"“”]+?)\s+[\"“]([^\"“”]+)[\"”](.*)$", text)
    if quoted:
        return quoted[1].strip(), f"{quoted[2]}{quoted[3]}".strip()
    return "", text.strip()


def _leading_format(text: str) -> tuple[str, str]:
    """(rest, format) with the format taken off the front. "LP - Ayer" is by somebody called LP, but
    "LP - Los Pasos - Ayer" is not."""
    found = _LEADING.match(text)
    if found is None or not _SURE_WORD.search(found[1]):
        return text, ""
    rest = text[found.end() :]
    if re.fullmatch(r"lps?", found[1], re.I) and SEPARATOR.match(text[found.end(1) :]):
        return (rest, found[1]) if SEPARATOR.search(rest) else (text, "")
    return rest, found[1]


def _format(text: str) -> tuple[str, str, str]:
    """(rest, format, hand) with the format taken off the end."""
    coloured = _COLOUR_BEHIND.search(text)
    if coloured:
        return text[: coloured.start()], coloured[1], "plain"
    behind = _COUNT_BEHIND.search(text)
    if behind:
        return text[: behind.start()], f"{behind[2]}x{behind[1]}", "count behind"
    plain = None if text.endswith(")") and "(" in text else _FORMAT.search(text)
    if plain and text[: plain.start()].strip(" -–"):
        return text[: plain.start()].rstrip(" ,"), plain[1].strip(" )"), "plain"
    return text, "", ""


def _hand(text: str, artist: str, format_style: str) -> str:
    """How a shop writes: its dash, its capitals, its formats."""
    dash = next((sign for sign in "–—-" if f" {sign} " in text), "")
    return f"{dash} {'capitals' if artist.isupper() else 'plain'} {format_style}"


def _kind(text: str) -> str:
    folded = text.casefold().replace("''", '"')
    if re.search(r"box", folded):
        return "box"
    if "picture" in folded:
        return "picture disc"
    for size, name in _SIZES.items():
        if re.search(rf"(?<!\d){size}(?:\"|-?inch)", folded) and "lp" not in folded:
            return name
    if re.search(r"lp(?!\w)|album", folded):
        return "LP"
    return '7"' if "single" in folded else ""


def shown_colours(listing: Listing) -> frozenset[str]:
    """Colours that the edition names; black is what is not said, and so none."""
    return colours_of(listing.edition.text) - {"black"}
