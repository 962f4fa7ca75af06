"""Offers of shops and marketplaces read into fields. Pure.

"PINK FLOYD - Animals LP UK 1977 Harvest SHVL 815 VG+/EX" says who, what, when, where, on which
label, in which state. What a text does not say is empty, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from catalog.matching.editions import COLOURS, Edition, colours_of, read_edition
from catalog.matching.title_reading import read_title

_NOISE = re.compile(
    r"(?<!\w)(?:l@@k|rare|mega rare|very rare|brand new|new sealed|sealed|factory sealed|"
    r"still sealed|free p&p|free uk post|uk post free|fast post|trusted seller|nuevo|precintado|"
    r"neu|ovp|new)(?!\w)|[★☆✩✪♫♪►◄■●!]{2,}|[★☆♫♪►◄■●]",
    re.IGNORECASE,
)
_SEALED = re.compile(r"(?<!\w)(?:sealed|precintado|ovp|brand new)(?!\w)", re.IGNORECASE)
_GRADE = r"(?:NM|EX|VG|M|G|F|P)(?:\+\+?|-)?"
# One letter is a grade only beside another grade, or "M-": "G" alone is a word of a title.
_CONDITION = re.compile(
    rf"(?<![\w+])(?:(?P<media>{_GRADE})\s*/\s*(?P<sleeve>{_GRADE})|(?P<only>(?:NM|EX|VG)(?:\+\+?|-)?|"
    rf"M-))(?![\w+])"
)
_WORDS_OF_CONDITION = re.compile(
    r"(?<!\w)(near mint|excellent|very good(?: plus)?|mint)(?!\w)", re.I
)
_COUNTRIES = {
    "uk": "GB", "gb": "GB", "england": "GB", "us": "US", "usa": "US", "germany": "DE",
    "german": "DE", "deutschland": "DE", "france": "FR", "french": "FR", "spain": "ES",
    "españa": "ES", "spanish": "ES", "italy": "IT", "italian": "IT", "japan": "JP",
    "japanese": "JP", "holland": "NL", "netherlands": "NL", "dutch": "NL", "canada": "CA",
    "australia": "AU", "sweden": "SE", "brazil": "BR", "mexico": "MX", "argentina": "AR",
    "portugal": "PT", "greece": "GR", "jamaica": "JM", "eu": "EU", "europe": "EU",
}  # fmt: skip
_LABELS = (
    "Harvest|EMI|Columbia|Parlophone|Apple|Capitol|Atlantic|Elektra|Asylum|Warner Bros|Reprise|"
    "Island|Virgin|Polydor|Philips|Vertigo|Fontana|Mercury|Verve|Impulse|Blue Note|Prestige|"
    "Riverside|Motown|Tamla|Stax|Chess|CBS|Epic|RCA|RCA Victor|Decca|Deram|London|A&M|Chrysalis|"
    "Charisma|Factory|Mute|4AD|Rough Trade|Creation|Sub Pop|Matador|Domino|XL|Warp|Ninja Tune|"
    "Hispavox|Movieplay|Ariola|Zafiro|Geffen|MCA|Arista|Sire|Def Jam|Trojan|ECM|MPS|Pablo|Fantasy"
)
_LABEL = re.compile(rf"(?<!\w)(?:{_LABELS})(?:\s(?:Records|label))?(?!\w)")
_CATNO = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,6}[- ]?\d{2,6}(?:[-/ ]\d{1,3})?[A-Z]?|\d{1,2}C \d{3}-\d{5}|"
    r"\d{4,6}[- ]\d{1,3}[A-Z]?)(?![\w-])"
)
_BRACKETED_YEAR = re.compile(r"[(\[]\s*((?:19[4-9]|20[0-4])\d)\s*[)\]]")
_YEAR = re.compile(r"(?<![\w'-])((?:19[4-9]|20[0-4])\d)(?![\w-])")
_SIZE = r"12\"|10\"|7\"|12''|7''|12-?inch|10-?inch|7-?inch|LP|EP|vinyl|vinilo|single|maxi"
# The count in front touches its size: the number of "Anthology 4 LP (3)" is the title's.
_COUNT_BEHIND = re.compile(
    rf"\s+((?:\d{{1,2}}x?|\d{{1,2}}\sx\s)?(?:{_SIZE}))\s*\((\d{{1,2}})\)$", re.IGNORECASE
)
_FORMAT = re.compile(
    rf"(?:[\s,]|(?<=\s)-)+((?:colou?red\s+)?(?:\d{{1,2}}x?|\d{{1,2}}\sx\s?)?(?:{_SIZE}|box\s?set|picture\s+disc|ost)\)?"
    rf"(?:\s*(?:\+|\||/|\s)\s*(?:\d?\s?x?\s?(?:{_SIZE}|CD|DVD|blu-?\s?ray|album|record|records)))*)$",
    re.IGNORECASE,
)
_MIDDLE_FORMAT = re.compile(
    rf"(?<=\s)(?:\d{{1,2}}\s?x?\s?)?(?:{_SIZE})(?![\w])(?:\s(?:album|record|single))?",
    re.IGNORECASE,
)
_SPEED = re.compile(r"RPM ?\d+|LP ?\d+|CD ?\d+|EP ?\d+", re.IGNORECASE)
_IN_BRACKETS = re.compile(
    rf"[(\[]\s*((?:\d{{1,2}}\s?x?\s?)?(?:[^()\[\]]*(?:{_SIZE}))[^()\[\]]*)[)\]]", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s+[–—]\s+|\s+-\s+|\s+[|~]\s+|\s*–\s+")
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
    facts = {"label": "", "catno": "", "country": "", "condition": "", "sleeve": ""}
    rest, form, hand = _format(rest)
    rest, year = _facts(rest, facts)
    if not form:
        rest, form, hand = _format(rest)
    artist, title = split_artist_title(rest)
    read = read_title(title)
    bracketed = " ".join(_IN_BRACKETS.findall(title))
    edition = read_edition(*filter(None, (form, *read.set_apart)))
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


def _facts(text: str, facts: dict[str, str]) -> tuple[str, int | None]:
    """Take what only offers say off the text. Year, country, label and number go only where
    something else shows that this is an offer's tail: "Live In Dallas 1991" keeps its year."""
    rest = text
    sealed = bool(_SEALED.search(rest))
    grade = _CONDITION.search(rest)
    if grade:
        facts["condition"] = grade["media"] or grade["only"]
        facts["sleeve"] = grade["sleeve"] or ""
        rest = rest[: grade.start()] + " " + rest[grade.end() :]
    elif sealed:
        facts["condition"] = "M"
    else:
        spoken = _WORDS_OF_CONDITION.search(rest)
        if spoken and _YEAR.search(rest):
            names = {"near mint": "NM", "excellent": "EX", "mint": "M", "very good": "VG"}
            facts["condition"] = names.get(spoken[1].casefold(), "VG+")
            rest = rest[: spoken.start()] + " " + rest[spoken.end() :]
    head, tail = _behind_artist(rest)
    bracketed = _BRACKETED_YEAR.search(tail)
    year = int(bracketed[1]) if bracketed else None
    if bracketed:
        tail = tail[: bracketed.start()] + " " + tail[bracketed.end() :]
    label = _LABEL.search(tail)
    catno = next((one for one in _CATNO.finditer(tail) if _is_catno(one, tail)), None)
    country = _country(tail)
    plain_year = next((one for one in _YEAR.finditer(tail) if one.start() > 0), None)
    said = [one for one in (label, catno, country, plain_year) if one]
    if grade or sealed or len(said) > 1:
        tail = _take(tail, facts, label=label, catno=catno, country=country)
        if plain_year and year is None:
            year = int(plain_year[1])
            tail = re.sub(rf"(?<![\w'-]){year}(?![\w-])", " ", tail, count=1)
        tail = _behind_format(_NOISE.sub(" ", tail), facts)
    rest = " ".join(f"{head}{tail}".split()).strip(" –,|~").removeprefix("- ")
    return re.sub(r"(?:\s+[-–]+)+$", "", rest), year


def _is_catno(found: re.Match[str], tail: str) -> bool:
    """A number in front is a title ("1999"); "UK 1977" is a country and a year."""
    word = re.match(r"[A-Za-z]*", found[0])
    in_front = tail[: found.start()].strip(" -")
    is_year = bool(re.fullmatch(r"(?:19[4-9]|20[0-4])\d", found[0][-4:]))
    of_country = word is not None and word[0].casefold() in _COUNTRIES
    spaced = " " in found[0]  # "AIR 1998" ends a title in capitals
    return (
        bool(in_front)
        and not (is_year and (of_country or spaced))
        and not _SPEED.fullmatch(found[0])
    )


def _behind_format(tail: str, facts: dict[str, str]) -> str:
    """The title up to its format; words behind the format name the label, if nothing else did."""
    middle = _MIDDLE_FORMAT.search(tail)
    if middle is None or not tail[: middle.start()].strip():
        return tail
    words = tail[middle.end() :].strip(" -–,|~()/")
    if words and not facts["label"] and len(words.split()) < 4 and words[:1].isupper():
        facts["label"] = " ".join(words.split())
    return tail[: middle.end()]


def _take(tail: str, facts: dict[str, str], **found: re.Match[str] | None) -> str:
    """The text without the parts that were found, which go into the facts."""
    for name, one in sorted(found.items(), key=lambda item: -item[1].start() if item[1] else 0):
        if one is not None and one.start() > 0:
            facts[name] = _COUNTRIES[one[0].casefold()] if name == "country" else one[0].strip()
            tail = tail[: one.start()] + " " * len(one[0]) + tail[one.end() :]
    return tail


def _country(tail: str) -> re.Match[str] | None:
    """The last word that names a country, in capitals where it is short."""
    for one in reversed(list(re.finditer(r"(?<![\w'])[^\W\d_]{2,11}(?![\w'])", tail))):
        if one[0].casefold() in _COUNTRIES and (len(one[0]) > 3 or one[0].isupper()):
            return one
    return None


def _behind_artist(text: str) -> tuple[str, str]:
    """The text in front of the title and the rest: an artist's name keeps its numbers."""
    dash = _SEPARATOR.search(text)
    return (text[: dash.end()], text[dash.end() :]) if dash else ("", text)


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
