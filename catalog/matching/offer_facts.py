"""What only offers say: year, country, label, number and state, taken off their titles. Pure."""

from __future__ import annotations

import re
from itertools import takewhile

from catalog.matching.editions import COLOURS, is_edition
from catalog.matching.tails import bare_tail

_NOISE = re.compile(
    r"(?<!\w)(?:l@@k|rare|mega rare|very rare|brand new|new sealed|sealed|factory sealed|"
    r"still sealed|free p&p|free uk post|uk post free|fast post|trusted seller|nuevo|precintado|"
    r"neu|ovp|new|(?:1st|first|original|orig\.?) press(?:ing)?|erstpressung|primera edici[óo]n|"
    r"1ª edici[óo]n)(?!\w)|(?<!^)(?<!!)[★☆✩✪♫♪►◄■●!]{2,}|[★☆♫♪►◄■●]",
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
# "S-26.450" has a dot for thousands; the 12 of 'FAC 73 12"' is no part of the number.
_CATNO = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,6}[- .]?\d{1,3}(?:\.\d{3})+(?:[-/]\d{1,3})?[A-Z]?|"
    r"[A-Z]{1,6}[- ]?\d{2,6}(?:[-/ ]\d{1,3})?[A-Z]?|(?:[A-Z] |\d{1,2}C )?\d{3}-\d{5}|"
    r"\d{3} \d{3}-\d{1,2}|\d{4,6}[- ]\d{1,3}[A-Z]?)(?![\w\"-])"
)
_BRACKETED_YEAR = re.compile(r"[(\[]\s*((?:19[4-9]|20[0-4])\d)\s*[)\]]")
_YEAR = re.compile(r"(?<![\w'-])((?:19[4-9]|20[0-4])\d)(?![\w-])")
SIZE = r"12\"|10\"|7\"|12''|7''|12-?inch|10-?inch|7-?inch|LP|EP|vinyl|vinilo|single|maxi"
_MIDDLE_FORMAT = re.compile(
    rf"(?<=[\s(\[])(?:\d{{1,2}}\s?x?\s?)?(?:{SIZE})(?![\w])(?:\s(?:album|record|single))?",
    re.IGNORECASE,
)
# A word of this kind is hardly a title's, so that what stands behind it is an offer's.
_SURE_FORMAT = re.compile(
    r"(?<=[\s(\[])(?:\d{1,2}\s?x?\s?)?(?:(?:7|10|12)(?:\"|''|-?inch)|lps?|vinilo)(?!\w)", re.I
)
# What stands beside labels' names.
_NO_LABEL = re.compile(
    rf"{SIZE}|maxi-?single|\d{{1,2}}x?lps?|vinyle|vinile|lps|cds?|dvds?|album|records?|original|orig\.?|og|1st|"
    r"press|inner|sleeve|cover|copy|reprint|audio|music|stereo|mono|bildhülle|top|zustand|sehr|gut|"
    r"great|nice|very|good|condition|muy|buen|estado|bon|état|ottimo|ottime|stato|\W+",
    re.IGNORECASE,
)
_SPEED = re.compile(r"RPM ?\d+|LP ?\d+|CD ?\d+|EP ?\d+", re.IGNORECASE)
SEPARATOR = re.compile(r"\s+[–—]\s+|\s+-\s+|\s+[|~]\s+|\s*–\s+")


def take_facts(text: str, facts: dict[str, str], *, is_offer: bool) -> tuple[str, int | None]:
    """(rest, year): take what only offers say off the text, into the facts. Year, country, label
    and number go only where something else shows that this is an offer's tail, or they stand
    behind a format: "Live In Dallas 1991" keeps its year. `is_offer`: something has shown it."""
    rest, graded = _without_state(text, facts)
    head, tail = _behind_artist(rest)
    bracketed = _BRACKETED_YEAR.search(tail)
    year = int(bracketed[1]) if bracketed else None
    if bracketed:
        tail = tail[: bracketed.start()] + " " + tail[bracketed.end() :]
    found = {
        "label": _LABEL.search(tail),
        "catno": next((one for one in _CATNO.finditer(tail) if _is_catno(one, tail)), None),
        "country": _country(tail),
        "year": _plain_year(tail),
    }
    said = [one for one in found.values() if one]
    if graded or len(said) > 1 or (said and (is_offer or _behind(tail, said))):
        tail = _take(tail, facts, found, formatted=is_offer)
        if found["year"] and year is None:
            year = int(found["year"][1])
        tail = _behind_format(_NOISE.sub(" ", tail), facts)
        tail = re.sub(r"\s*,(?:\s*,)+", ",", tail)
    rest = " ".join(f"{head}{tail}".split()).strip(" –,|~").removeprefix("- ")
    return re.sub(r"(?:\s+[-–]+)+$", "", rest), year


def _without_state(text: str, facts: dict[str, str]) -> tuple[str, bool]:
    """The text without its grades, and whether it tells of the state as offers do."""
    sealed = bool(_SEALED.search(text))
    grade = _CONDITION.search(text)
    if grade:
        facts["condition"] = grade["media"] or grade["only"]
        facts["sleeve"] = grade["sleeve"] or ""
        return text[: grade.start()] + " " + text[grade.end() :], True
    if sealed:
        facts["condition"] = "M"
        return text, True
    spoken = _WORDS_OF_CONDITION.search(text)
    if spoken and _YEAR.search(text):
        names = {"near mint": "NM", "excellent": "EX", "mint": "M", "very good": "VG"}
        facts["condition"] = names.get(spoken[1].casefold(), "VG+")
        text = text[: spoken.start()] + " " + text[spoken.end() :]
    return text, False


def _plain_year(tail: str) -> re.Match[str] | None:
    """The year behind the format, else the first one that does not begin the title."""
    years = [one for one in _YEAR.finditer(tail) if one.start() > 0]
    form = _SURE_FORMAT.search(tail)
    behind = [one for one in years if form and one.start() > form.end()]
    return next(iter(behind or years), None)


def _behind(tail: str, said: list[re.Match[str]]) -> bool:
    """Whether one of these stands behind a format, in no brackets and in no remark on an edition:
    an offer's tail, whatever else it says."""
    form = _SURE_FORMAT.search(tail)
    if form is None or not tail[: form.start()].strip(" ([-–"):
        return False
    edition = bare_tail(tail)
    ends = len(edition[0]) if edition else len(tail)
    return any(
        form.end() <= one.start() < ends and _opened(tail[: one.start()]) == ""
        for one in said
        if not re.search(r"(?<!\S)-[^-\s]*[^-]*$", tail[form.end() : one.start()])
    )


def _opened(text: str) -> str:
    """The bracket that closes what the text leaves open; "" for none."""
    return next((end for start, end in ("()", "[]") if text.count(start) > text.count(end)), "")


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
    """The title up to its format. Words behind the format tell of the edition, and others name the
    label, if nothing else did."""
    middle = _MIDDLE_FORMAT.search(tail)
    if middle is None or not tail[: middle.start()].strip(" (["):
        return tail
    end = middle.end()
    closing = _opened(tail[:end])
    if closing and closing in tail[end:]:
        end = tail.index(closing, end) + 1
    words = tail[end:]
    named = _named(words)
    facts["label"] = facts["label"] or named
    more = " ".join(words.replace(named, " ", 1).split()).strip(" -–,|~/")
    facts["edition"] = more if is_edition(more, 1.0) else ""
    return tail[:end]


def _named(words: str) -> str:
    """The label that the words behind a format or a year name, up to three in capitals; else ""."""
    told = [
        word
        for word in words.strip(" -–,|~()[]/").split()
        if not (
            _NO_LABEL.fullmatch(word.strip("(),[]"))
            or is_edition(word)
            or word.casefold() in COLOURS
        )
    ]
    kept = list(takewhile(lambda word: word[:1].isupper() or not word[:1].isalnum(), told))
    text = " ".join(kept)
    fits = 0 < len(kept) < 4 and text[:1].isupper() and not words.strip().startswith("+")
    return text if fits and text in " ".join(words.split()) else ""


def _label_behind_year(
    tail: str, found: dict[str, re.Match[str] | None], *, formatted: bool
) -> tuple[int, int] | None:
    """Where the label stands of "LP 1988 Nocturne" and "1971 Novola NLX-1053": behind the year up
    to the number or the end, where a format stands before it or the number behind."""
    year, catno = found["year"], found["catno"]
    if year is None or found["label"]:
        return None
    others = [one.start() for one in found.values() if one and one.start() >= year.end()]
    form = _MIDDLE_FORMAT.search(tail)
    if form and form.start() >= year.end():
        others.append(form.start())
    end = min(others, default=len(tail))
    shown = formatted or (form is not None and form.end() <= year.start())
    if not (shown or (catno and catno.start() == end)):
        return None
    words = _NOISE.sub(" ", tail[year.end() : end]).strip(" -–,|~/").split()
    whole = _named(" ".join(words)).split() == words
    return (year.end(), end) if words and whole and all(w[:1].isupper() for w in words) else None


def _take(
    tail: str, facts: dict[str, str], found: dict[str, re.Match[str] | None], *, formatted: bool
) -> str:
    """The text without the parts that were found, which go into the facts."""
    spans = [(name, one.span()) for name, one in found.items() if one and one.start() > 0]
    label = _label_behind_year(tail, found, formatted=formatted)
    if label:
        spans.append(("label", label))
    for name, (start, end) in spans:
        said = tail[start:end]
        # "NEW 42" is a number, "new Nocturne" a label.
        said = (_NOISE.sub(" ", said) if name == "label" else said).strip(" -–,|~/")
        if name != "year":
            facts[name] = _COUNTRIES[said.casefold()] if name == "country" else said
    for _name, (start, end) in spans:
        tail = tail[:start] + " " * (end - start) + tail[end:]
    return tail


def _country(tail: str) -> re.Match[str] | None:
    """The last word that names a country, in capitals where it is short."""
    for one in reversed(list(re.finditer(r"(?<![\w'])[^\W\d_]{2,11}(?![\w'])", tail))):
        if one[0].casefold() in _COUNTRIES and (len(one[0]) > 3 or one[0].isupper()):
            return one
    return None


def _behind_artist(text: str) -> tuple[str, str]:
    """The text in front of the title and the rest: an artist's name keeps its numbers."""
    dash = SEPARATOR.search(text)
    return (text[: dash.end()], text[dash.end() :]) if dash else ("", text)
