"""Edition words of titles, recognised and set apart: year, remaster, colour, weight, discs. Pure.

"Rumours (2013 Remaster) [180g]" is the work "Rumours" in an edition. Live, remix and demo albums
and further volumes are other works, whatever else their brackets say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache

from catalog.matching.tails import bare_tail

# What makes an edition whatever stands beside it, by the name of the field that it sets.
_SIGNS: dict[str, str] = {
    "remaster": r"re-?master(?:ed|izad[oa]|isé|isée|is|iert|s|ing|izzato|izzata)?|mastered|"
    r"remix/remaster|neu gemastert|newly mastered|(?:new|direct metal|lacquer) master(?:ing)?",
    "deluxe": r"(?:super\s?|ultra\s?|ultimate\s?)?de\s?luxe|expanded|bonus(?:\stracks?)?|"
    r"(?:\d+\s)?extra tracks?|collector'?s|coleccionista|collecteur|sammler(?:edition)?|"
    r"definitive|ampliada|erweiterte?|augmentée|uitgebreide?|special|especial|spéciale|speciale|complete",
    "limited": r"limited|limitada|limitado|limitée|limité|limitata|limitiert(?:e|es)?|"
    r"gelimiteerde?|ltd\.?|lim\.?\s?ed\.?|numbered|numerada|numérotée|nummeriert(?:e)?|genummerde?|"
    r"one[- ]time pressing|hand[- ]?numbered",
    "anniversary": r"anniversary|aniversario|anniversaire|anniversario|anniv\.?|ann\.?|"
    r"jubil[äa]um(?:s?(?:edition|ausgabe))?|jubileum|\d+\s(?:years?|jahre|años|ans|jaar)",
    "reissue": r"re-?issue[ds]?|re-?press(?:ing|ed)?|re-?edici[óo]n|réédition|riedizione|"
    r"re-?edition|neuauflage|nachpressung|heruitgave|ristampa|2nd press(?:ing)?|new press(?:ing)?",
    "exclusive": r"indies?(?:\s(?:only|exclusive|retail|stores?))*|exclusiv[eao]?|"
    r"rsd(?:\s?\d{2,4})?|record store day|black friday|retailers?|d2c|webstore|store only|"
    r"tour edition|essential(?:s)? edition|love record stores|national album day|exklusiv(?:e|es)?",
    "signed": r"signed|firmado|firmada|autographed|signiert(?:e|es)?|gesigneerd|signé|autografato",
    "picture": r"picture\s?(?:disc|disk|vinyl|lp)|pic\.?\s?dis[ck]|bildplatte|fotodisco",
    "box": r"box\s?sets?|(?:lp|cd)[\s-]?box|coffret|caja|cofanetto|schuber",
    "half_speed": r"half[- ]speed(?:\smaster(?:ed|ing)?)?|45\s?rpm|33\s?rpm|33 1/3(?:\s?rpm)?",
    "mono": r"mono|monaural",
    "stereo": r"stereo|quadr[ao]phonic|quadio|dolby|atmos",
    "audiophile": r"audiophile|tone poets?|blue note|hq|uhqr|acoustic sounds|analogue productions|"
    r"verve by request|mofi|mobile fidelity|mfsl|one[- ]step|craft small batch|original master|"
    r"direct to disc|hqcd|speakers corner|music on vinyl|movlp",
    "plain": r"edition|edtion|edición|edicion|edizione|édition|editie|ausgabe|auflage|uitgave|"
    r"vinyl|vinilo|vinyle|vinile|lp|(?:7|10|12)\s?(?:\"|''|-?\s?inch)(?:\s(?:single|maxi|ep))?|"
    r"[2-9]\s?x?\s?lp|\d{1,2}lps?|cd|gatefold|explicit|clean|original recording|legacy|heavyweight|"
    r"obi|slipmat|slipcase|poster|alt(?:ernat(?:e|ive))?\.?\s?(?:cover|artwork|sleeve)|tote\s?bag|"
    r"hardback|standaard|standard|import|importación|booklet|insert|download(?:\scode)?|mp3|"
    r"die[- ]cut|etched|embossed|foil|lenticular|sealed|"
    r"promo(?:tional)?|test pressing|white label|advance|sampler|jewel case|digipak|mediabook|"
    r"audio\s?cd|pressing|prensaje|pressung|persing|klapphülle|doppel-?lp|double\s?(?:lp|vinyl)|"
    r"dubbel-?lp|doble\s?(?:lp|vinilo)|doppio|stickers?|postcards?|prints?|turntable mat",
    "coloured": r"colou?red|colou?r|colou?rs|farbig(?:e|es)?|gefärbt|de color|a color|couleur|"
    r"colorato|colorata|gekleurde?|bunt(?:e|es)?",
}
_WEIGHT = r"(?P<weight>1[2-9]\d|2[0-4]\d)\s?(?:g|gr|gram|grams|gramos|gramm)"
_DISCS = r"(?P<discs>\d{1,2})\s?x?\s?(?:lps?|12\"|vinyl)"
_MEDIA = r"cds?|dvds?|blu-?\s?ray|book|(?<=[+&|])\s?(?:7|10)\"|bonus 7\"|cassette|mc"
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
# Names of colours in the languages of our shops, and of what pressing plants call a colour.
COLOURS = frozenset(
    "red blue green yellow orange purple violet pink white black grey gray brown gold golden "
    "silver clear transparent transparant transparente transparants translucent crystal turquoise "
    "turqoise teal cyan magenta aqua aquamarine azure indigo mauve plum fuchsia cerise crimson "
    "scarlet vermilion burgundy maroon claret wine rose ruby cherry raspberry strawberry coral "
    "salmon peach apricot tangerine amber honey mustard lemon lime mint peppermint olive moss "
    "emerald jade khaki cobalt sapphire denim lavender lilac orchid amethyst cream beige bone "
    "ivory pearl opal sand tan caramel chocolate coffee cognac rust copper bronze platinum chrome "
    "charcoal slate onyx oxblood neon glow marble marbled splatter splattered splash smoke smoky "
    "smokey smog swirl swirled galaxy nebula tiedye sunburst starburst cornetto zoetrope glitter "
    "iridescent rainbow pumpkin eggplant aubergine ochre magnolia vanilla butter bubblegum "
    "cotton ice iceberg lava ultraviolet "
    "rojo roja azul negro negra blanco blanca verde amarillo amarilla rosa morado morada naranja "
    "dorado plata plateado gris marron violeta turquesa celeste granate "
    "rot rote roter rotes blau blaue schwarz schwarze weiss weiß weisse weiße grün grüne gruen "
    "gelb gelbe lila grau braun durchsichtig türkis farblos "
    "rouge bleu bleue noir noire blanc blanche vert verte jaune violette orangé argent argenté "
    "doré translucide marbré rosso rossa blu nero nera bianco bianca giallo gialla arancione viola "
    "trasparente argento oro rood rode blauw blauwe zwart zwarte wit witte groen groene geel gele "
    "roze oranje paars doorzichtig doorzichtige zilver goud gouden bruin grijs turkoois "
    "vermelho preto branco amarelo roxo laranja dourado prata röd blå svart vit grön gul".split()
)
_SAME_COLOUR = {
    "gray": "grey", "golden": "gold", "transparant": "clear", "transparent": "clear",
    "translucent": "clear", "crystal": "clear", "turqoise": "turquoise", "marbled": "marble",
    "transparente": "clear", "transparants": "clear", "translucide": "clear",
    "trasparente": "clear", "durchsichtig": "clear", "doorzichtig": "clear",
    "smoky": "smoke", "smokey": "smoke", "swirled": "swirl", "splattered": "splatter",
    "rojo": "red", "roja": "red", "rot": "red", "rote": "red", "rouge": "red", "rood": "red",
    "rode": "red", "rosso": "red", "azul": "blue", "blau": "blue", "bleu": "blue", "blu": "blue",
    "blauw": "blue", "blauwe": "blue", "blaue": "blue", "negro": "black", "schwarz": "black",
    "schwarze": "black", "noir": "black", "zwart": "black", "zwarte": "black", "nero": "black",
    "preto": "black", "blanco": "white", "weiss": "white", "weiß": "white", "weiße": "white",
    "blanc": "white", "wit": "white", "witte": "white", "bianco": "white", "verde": "green",
    "grün": "green", "grüne": "green", "vert": "green", "groen": "green", "groene": "green",
    "amarillo": "yellow", "gelb": "yellow", "gelbe": "yellow", "jaune": "yellow", "geel": "yellow",
    "gele": "yellow", "giallo": "yellow", "roze": "pink", "paars": "purple", "morado": "purple",
    "violet": "purple", "lila": "purple", "oranje": "orange", "naranja": "orange",
    "zilver": "silver", "plata": "silver", "argent": "silver", "goud": "gold", "dorado": "gold",
    "bruin": "brown", "braun": "brown", "grijs": "grey", "gris": "grey", "grau": "grey",
}  # fmt: skip
# Series whose names have colours in them.
_SERIES = re.compile(
    r"\b(?:blue note|blu[- ]?ray|black saint|blue horizon|red label|black friday)\b", re.I
)
_TINTS = frozenset(
    "light dark baby sky forest solid opaque metallic mix eco recycled frosted hot bright pastel "
    "colour color coloured colored coke bottle glass random re-vinyl biovinyl bio nugget blood "
    "cloudy milky lemonade cola curacao apple pine sea-glass seaglass butterfly side a b "
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
# Mixed and mastered anew: an edition, not a remix album.
_REMIXED = re.compile(
    r"remix(?:ed)?\s*(?:[/&+,]|and)\s*re-?master(?:ed)?|re-?master(?:ed)?\s*(?:[/&+,]|and)\s*remix(?:ed)?|"
    r"(?:19|20)\d\d\s+(?:stereo\s+)?mix",
    re.IGNORECASE,
)
# As many signs as a title here has at most.
LONGEST = 1000
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

    Takes edition words off the end: in brackets, behind a dash, between dashes, or bare where they
    can be nothing else. "" for no edition; a title that consists of edition words stays whole. They
    are looked for among the last LONGEST signs.
    """
    return _stripped(title.strip(), bare=True)


def strip_marked_edition(title: str) -> tuple[str, str]:
    """As strip_edition, but what no sign sets apart stays. What is cautious here decides the key
    of a title, so a bracket of nothing but a colour stays as well: it may name the album."""
    rest = title.strip()
    return _stripped(rest, bare=False) if _MARKS.search(rest) else (rest, "")


def _stripped(rest: str, *, bare: bool) -> tuple[str, str]:
    found: list[str] = []
    begins, rest = rest[:-LONGEST], rest[-LONGEST:]
    while True:
        start, tail, fenced = _last_part(rest)
        share = MOSTLY if fenced else NEARLY_ALL
        if tail and is_edition(tail, share) and rest[:start].strip():
            rest = rest[:start].rstrip()
        elif bare and (parts := bare_tail(rest)):
            rest, tail = parts
        else:
            return begins + rest, ", ".join(found)
        found.insert(0, tail)


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
        media=frozenset(
            found.strip().removeprefix("bonus ")
            for found in re.findall(rf"(?<!\w)(?:{_MEDIA})(?!\w)", text.casefold())
        ),
        **{name: value for name, value in signs.items() if name in known},
    )


def colours_of(text: str) -> frozenset[str]:
    """The colour words of a text, one spelling each: "grey" and "gray" are one colour."""
    said = _SERIES.sub(" ", text.casefold())
    found = (word for word in re.findall(r"[^\W\d_]+", said) if word in COLOURS)
    return frozenset(_SAME_COLOUR.get(word, word) for word in found)


@lru_cache(maxsize=4096)
def is_edition(text: str, share: float = MOSTLY) -> bool:
    """Whether the text tells of an edition, and not of another work: this share of its words at
    least are edition words, colours or numbers, so that "The Special Place" is a title."""
    if OTHER_WORK.search(_REMIXED.sub(" ", text)):
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
