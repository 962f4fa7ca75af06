"""Edition words of titles, recognised and set apart: year, remaster, colour, weight, discs. Pure.

"Rumours (2013 Remaster) [180g]" is the work "Rumours" in an edition. Live, remix and demo albums
and further volumes are other works, whatever else their brackets say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

# What makes an edition whatever stands beside it, by the name of the field that it sets.
_SIGNS: dict[str, str] = {
    "remaster": r"re-?master(?:ed|izad[oa]|isé|s)?|mastered|remix/remaster",
    "deluxe": r"(?:super\s?)?de\s?luxe|expanded|bonus(?:\stracks?)?|extra tracks|collector'?s",
    "limited": r"limited|limitada|limitée|ltd|numbered|numerada",
    "anniversary": r"anniversary|aniversario|anniversaire|anniv|ann|jubil[äa]um",
    "reissue": r"re-?issue[ds]?|re-?press(?:ing)?|reedici[óo]n|réédition|repress|2nd press(?:ing)?",
    "exclusive": r"indie(?:\s(?:only|exclusive|stores?))*|exclusive|rsd|record store day|"
    r"black friday|retailers?|d2c|webstore",
    "signed": r"signed|firmado|autographed",
    "picture": r"picture\s?(?:disc|vinyl|lp)|pic\.?\s?disc",
    "box": r"box\s?sets?|(?:lp|cd)\s?box|coffret",
    "half_speed": r"half[- ]speed(?:\smaster(?:ed)?)?",
    "mono": r"mono",
    "stereo": r"stereo",
    "audiophile": r"audiophile|tone poets?|blue note|hq|uhqr|acoustic sounds|analogue productions|"
    r"verve by request|mofi|one[- ]step",
    "plain": r"edition|edtion|edición|edicion|édition|ausgabe|vinyl|vinilo|vinyle|lp|"
    r"[2-9]\s?x?\s?lp|\d{1,2}lps?|cd|gatefold|explicit|clean|original recording|legacy|special|"
    r"obi|slipmat|poster|alt\.?\s?cover|tote\s?bag|hardback|standaard|standard|import",
    "coloured": r"colou?red|colou?r|farbig|de color|couleur",
}
_WEIGHT = r"(?P<weight>1[2-9]\d|2[0-4]\d)\s?(?:g|gr|gram|grams|gramos|gramm)"
_DISCS = r"(?P<discs>\d{1,2})\s?x?\s?(?:lps?|12\"|vinyl)"
_MEDIA = r"cds?|dvds?|blu-?\s?ray|book|7\"|10\"|cassette|mc"
_STRONG = re.compile(
    rf"(?<!\w)(?:{'|'.join(_SIGNS.values())}|{_WEIGHT}|\d{{1,2}}\s?x?\s?lps?)(?![\w])",
    re.IGNORECASE,
)
_FIELD = {
    name: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
    for name, pattern in _SIGNS.items()
}
# Inside words that are known to be about the edition, a shorter sign will do.
_FIELD["box"] = re.compile(r"box|coffret", re.IGNORECASE)
COLOURS = frozenset(
    "red blue green yellow orange purple violet pink white black grey gray brown gold golden "
    "silver clear transparent transparant translucent crystal turquoise turqoise teal cyan magenta "
    "cream beige bone ivory amber ruby emerald cobalt lavender lilac mint peach coral maroon "
    "burgundy marble marbled splatter smoke smoky smokey swirl swirled oxblood bronze copper "
    "olive neon rojo azul negro blanco verde amarillo rosa morado dorado plata transparente "
    "rot blau schwarz weiss weiß grün gelb lila grau rouge bleu noir blanc vert jaune "
    "rood blauw zwart wit groen geel roze oranje paars".split()
)
_SAME_COLOUR = {
    "gray": "grey", "golden": "gold", "transparant": "clear", "transparent": "clear",
    "translucent": "clear", "crystal": "clear", "turqoise": "turquoise", "marbled": "marble",
    "smoky": "smoke", "smokey": "smoke", "swirled": "swirl",
}  # fmt: skip
_TINTS = frozenset(
    "light dark baby sky forest solid opaque metallic mix eco recycled frosted hot bright pastel "
    "multi tri bi two-tone sea ocean royal navy deep pale candy ice "
    "alternative galaxy glow in the and with & half standard".split()
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|\"")
_YEAR = re.compile(r"(?<!\d)(?:19[4-9]\d|20[0-4]\d)(?!\d)")
_NTH = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|º|\.)", re.IGNORECASE)
# Words that make another work of the same title.
OTHER_WORK = re.compile(
    r"(?<!\w)(live|en vivo|en directo|remix(?:es|ed)?|rmxs?|demos?|instrumentals?|acoustic|"
    r"unplugged|karaoke|sessions?|vol(?:ume|umen)?\.?\s*\w+|part[es]?\s*\w+|pt\.?\s*\w+|"
    r"tom[eo]\s*\w+|teil\s*\w+)(?!\w)",
    re.IGNORECASE,
)
# Share of words that must be edition words: in brackets, and behind a dash, where titles go on.
MOSTLY, NEARLY_ALL = 0.5, 0.75
_MARKS = re.compile(r"[)\]]\s*$|[-–—]\s*$|\s[-–—/:]\s")
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_DASH = re.compile(r"^(.+?)\s+[-–—/:]\s+([^-–—]+)$")
_FENCED = re.compile(r"^(.*?\S)\s*(?<![^\s.])-\s?((?:[^-]|(?<=\w)-(?=\w))+)-\s*$")


@dataclass(frozen=True)
class Edition:
    """What the edition words of one text say. Unknown is None, False or empty; `words` are the
    texts that were set apart, in their order. `weight` in grams, `anniversary` in years (0: an
    anniversary of unknown age)."""

    words: tuple[str, ...] = ()
    year: int | None = None
    anniversary: int | None = None
    weight: int | None = None
    discs: int | None = None
    colours: frozenset[str] = frozenset()
    coloured: bool = False
    remaster: bool = False
    deluxe: bool = False
    limited: bool = False
    reissue: bool = False
    exclusive: bool = False
    signed: bool = False
    picture: bool = False
    box: bool = False
    half_speed: bool = False
    mono: bool = False
    stereo: bool = False
    audiophile: bool = False
    media: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return ", ".join(self.words)


def strip_edition(title: str) -> tuple[str, str]:
    """("OK Computer", "Deluxe Edition") from "OK Computer (Deluxe Edition)".

    Takes edition words off the end: in brackets, behind a dash or between dashes. "" for no
    edition; a title that consists of edition words stays whole. What is cautious here decides
    the key of a title, so a bracket of nothing but a colour stays: it may name the album.
    """
    rest = title.strip()
    if not _MARKS.search(rest):
        return rest, ""
    found: list[str] = []
    while True:
        start, tail, fenced = _last_part(rest)
        share = MOSTLY if fenced else NEARLY_ALL
        if not tail or not is_edition(tail, share) or not rest[:start].strip():
            return rest, ", ".join(found)
        found.insert(0, tail)
        rest = rest[:start].strip()


def read_edition(*texts: str) -> Edition:
    """The structured reading of texts that are known to be about the edition."""
    text = " ".join(texts)
    signs = {name: True for name, sign in _FIELD.items() if name != "plain" and sign.search(text)}
    nth = _NTH.search(text)
    anniversary = (int(nth[1]) if nth else 0) if signs.pop("anniversary", False) else None
    years = _YEAR.findall(text)
    weight = re.search(rf"(?<!\d){_WEIGHT}(?!\w)", text, re.IGNORECASE)
    discs = re.search(rf"(?<!\d){_DISCS}", text, re.IGNORECASE)
    known = {field.name for field in fields(Edition)}
    return Edition(
        words=texts,
        year=int(years[-1]) if years else None,
        anniversary=anniversary,
        weight=int(weight["weight"]) if weight else None,
        discs=int(discs["discs"]) if discs else None,
        colours=colours_of(text),
        media=frozenset(re.findall(rf"(?<!\w)(?:{_MEDIA})(?!\w)", text.casefold())),
        **{name: value for name, value in signs.items() if name in known},
    )


def colours_of(text: str) -> frozenset[str]:
    """The colour words of a text, one spelling each: "grey" and "gray" are one colour."""
    found = (word for word in re.findall(r"[^\W\d_]+", text.casefold()) if word in COLOURS)
    return frozenset(_SAME_COLOUR.get(word, word) for word in found)


def is_edition(text: str, share: float = MOSTLY) -> bool:
    """Whether the text tells of an edition, and not of another work: this share of its words at
    least are edition words, colours or numbers, so that "The Special Place" is a title."""
    if OTHER_WORK.search(text):
        return False
    if not _STRONG.search(text):
        return False
    return len(unknown_words(text)) <= (1 - share) * len(_WORD.findall(text))


def unknown_words(*texts: str) -> list[str]:
    """The words that are no edition words, colours or numbers: "zurich" of "Zurich Edition"."""
    rest = _STRONG.sub(" ", " ".join(texts).casefold())
    return [
        word for word in _WORD.findall(rest) if word[0].isalpha() and word not in COLOURS | _TINTS
    ]


def is_colour(text: str) -> bool:
    """Whether the text consists of colours and what goes with them: "Light Blue/Cobalt"."""
    words = [word.casefold() for word in _WORD.findall(text.replace("/", " "))]
    return any(word in COLOURS for word in words) and all(
        word in COLOURS or word in _TINTS for word in words
    )


def _last_part(text: str) -> tuple[int, str, bool]:
    """Where the last bracketed or dashed part begins, its words, and whether something closes it
    behind; (0, "", False) for none."""
    bracket = _BRACKET.search(text)
    if bracket:
        return bracket.start(), bracket[1].strip(), True
    fenced = _FENCED.match(text)
    if fenced:
        return fenced.end(1), fenced[2].strip(), True
    dash = _DASH.match(text)
    if dash:
        return dash.end(1), dash[2].strip(), False
    return 0, "", False
