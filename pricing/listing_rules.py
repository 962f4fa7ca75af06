"""Which marketplace listings are the record that was asked for. Pure.

A search in the vinyl category also finds CDs, tapes, empty sleeves, reprints of covers, lots,
singles and posters, and things that only mention the record. Words of the artist and the title
themselves are no evidence (an album may well be called "Cassette"), so they are taken out before
the rest is judged. Titles are read in English, German, French, Spanish and Italian;
bench/listing_filter measures it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from catalog.matching import normalise_title, parse_listing

CD, CASSETTE, SLEEVE, LOT = "cd", "cassette", "sleeve", "lot"
SINGLE, REPRINT, OTHER, ANOTHER = "single", "reprint", "other", "another"

_INCHES = re.compile(r"\b(7|10|12)\s?(?:\"|''|”|″|-?inch(?:es)?\b|in\b|zoll\b|pouces\b|pulgadas\b)")
_VINYL = re.compile(
    r"\b(?:(?:\d+ ?x? ?)?lps?|vinyl\w*|vinilo\w*|vinile\w*|schallplatte\w*|disque|maxi|33 ?tours|"
    r"33t|33 giri|(?:7|10|12)inch)\b"
)
_LONG_PLAYER = re.compile(r"\b(?:(?:\d+ ?x? ?)?lps?|album|33 ?tours|33 giri|box ?set)\b")
_CD = re.compile(
    r"\b(?:(?:\d+ ?x? ?)?(?:cds?|dvds?)|xrcd\d*|hdcd|sacd|compact ?dis[ck]s?|digipac?k|digisleeve|"
    r"jewel case|blu ?ray|mini ?disc|laser ?disc|vhs|download code only)\b"
)
_SMALL_CD = re.compile(
    r"\b(?:mini lp|lp replica|lp sleeve replica|vinyl replica|cardboard sleeve)\b"
)
_CASSETTE = re.compile(
    r"\b(?:cass?ettes?|(?:musik)?kassetten?|casetes?|cintas?|musicassett[ae]|kaset[ay]|mc|k7|tapes?|"
    r"8 ?track|reel to reel|open reel)\b"
)
_PLATE = (
    r"(?:vinyls?|vinyles?|vinilos?|vinile|records?|lps?|platten?|schallplatten?|dis[ck]s?|disques?|"
    r"disc[oi]s?)"
)
_COVER = (
    r"(?:sleeves?|covers?|jackets?|hulle|portadas?|fundas?|caratulas?|pochettes?|copertin[ae]|hoes)"
)
_GRADE_NEXT = r"(?! (?:vg|ex|nm|g|f|p|m|fair|good|poor)\b)"
_SLEEVE = re.compile(
    rf"\b(?:empty|leere?[ns]?|vacia|vide|vuota) (?:\w+ ){{0,2}}{_COVER}\b"
    rf"|\b{_COVER} (?:\w+ )?(?:empty|leer|vacia|vide|vuota)\b"
    rf"|\b(?:only|nur|solo|just|sola) (?:das |the |la |le )?{_COVER}\b"
    rf"|\b{_COVER} (?:(?:and|\+) inner[s]? )?(?:only|seule|sola)\b{_GRADE_NEXT}"
    rf"|\b(?:and|\+) inners? only\b|\binners only\b"
    rf"|\b(?:no|ohne|sin|sans|senza|without|manca|missing) (?:the |el |le |il |lo )?{_PLATE}\b"
    rf"|\b{_PLATE} (?:not included|missing|fehlt|manquant|mancante)\b"
    r"|\bleerhulle\b|\bleercover\b"
)
_LOT = re.compile(
    r"\b(?:job ?lot|lots?|lotes?|lotto|konvolut|sammlung|bundle|paket|coleccion de|collection of)\b"
    r"|\b(?:carton|caisse|box|kiste|caja|stock|scatola) (?:of |de |di |mit )?\d+\b"
    r"|\b\d+ (?:more|different|diferentes|verschiedene) (?:lps?|vinyls?|records|discos)\b"
    r"|\b(?:[3-9]|\d\d)x? (?:lps|vinyls|discos|albums|alben|dischi|schallplatten)\b"
    r"|\b(?:[3-9]|\d\d) ?x ?lps? collection\b"
)
_SEVERAL = re.compile(r"\b[3-9] ?x ?lps?\b[^,]*,[^&+]*[&+]")
_TRIBUTE = re.compile(
    r"\btributes?\b|\bhomenaje a\b|\bhommage a\b|\bomaggio a\b|\bperformed by\b|\bkaraoke\b|"
    r"\bstring quartet\b|\bcovering\b|\brenditions?\b|\blullab(?:y|ies)\b|\bin the style of\b|"
    r"\bsoundalike\b"
)
_REPRINT = re.compile(
    r"\breproduc?k?tions?\b|\bnachdruck\b|\breprint\w*\b|\breplacement (?:cover|sleeve)\b|"
    r"\breproduccion\b|\briproduzione\b|\b(?:art|giclee|canvas|poster|cover) prints?\b|\bcanvas\b|"
    r"\bkunstdruck\b|\bprint (?:un)?framed\b"
)
_THINGS = (
    r"posters?|affiches?|plakate?|filmplakat|stickers?|aufkleber|pegatinas?|adesiv[oi]|decals?|"
    r"t ?shirts?|camisetas?|magliett[ae]|tee|hoodie|magazine|songbook|spartit[oi]|partituras?|"
    r"sheet music|books?|hardback|paperback|libros?|libri|buch|livres?|tickets?|tour ?book|"
    r"programmes?|badges?|patch|mugs?|tasse|taza|jigsaw|puzzle|flag|banner|"
    r"street sign|metal (?:plate|sign)|award|slipmats?|turntable|needle|clock|keyring|magnet|"
    r"coasters?|frame only|(?:gold|platinum) disc award|guitar tab"
)
_OTHER = re.compile(rf"\b(?:{_THINGS})\b")
# What comes with the record: "with posters and stickers", "mit Poster und Aufkleber", "+ book".
_WITH = re.compile(
    rf"(?:\b(?:with|incl\w*|inkl\w*|mit|con|avec|plus|w)\b|[+&])\s*(?:\w+\s+){{0,2}}(?:{_THINGS})\b"
    rf"(?:\s*(?:,|and|und|et|y|e|&|\+)\s*(?:\w+\s+){{0,1}}(?:{_THINGS})\b)*"
)
_ONLY = re.compile(rf"\b(?:{_THINGS}) only\b")
_LIVE = re.compile(r"(?<!bonus )(?<!with )(?<!plus )(?<!incl )(?<!extra )\blive\b")
_SINGLE = re.compile(
    r"\b7inch\b|\b45 ?tours\b|\b45 giri\b|\bsingles?\b|\bmaxi\b|\bb w\b|"
    r"\b12inch (?:\w+ )?(?:ep|extended|remix|mix|single)\b|\bep\b"
)
_STOP = frozenset(
    "the a an and und y e et of de del la le les el los las il lo der die das feat ft with".split()
)
_VARIOUS = frozenset(("various", "various artists", "varios", "varios artistas"))
_SELF_TITLED = re.compile(r"\b(?:self titled|s t|same|eponymous|homonym\w*|omonimo)\b")
# Shorter words are told apart by one letter ("Post" and "Host").
_MISSPELT_FROM = 6
# Of an artist's telling words so many must stand there: "Bob Marley" is "& The Wailers" too.
_ARTIST_SHARE = 0.5
# eBay lets a title have 80 characters: one that long may end within a word.
_CUT_FROM = 79
_TOLD_FROM = 3
# Words that tell against a record, alone or after what stands before them; some with what follows.
_TELLING = (
    "empty sleeve",
    "only",
    "leere hulle",
    "leerhulle",
    "leercover",
    "vacia",
    "portada vacia",
    "vide",
    "vuota",
    "without vinyl",
    "without record",
    "ohne platte",
    "sin disco",
    "sans disque",
    "senza disco",
    "missing",
    "vinyl",
    "record",
    "records",
    "schallplatte",
    "included",
    "konvolut",
    "sammlung",
    "bundle",
    "lote",
    "lotto",
    "reproduction",
    "reprint",
    "nachdruck",
    "replacement sleeve",
    "replacement cover",
    "cassette",
    "kassette",
    "compact disc",
    "poster",
    "t-shirt",
    "sticker",
    "songbook",
    "magazine",
    "tribute",
    "karaoke",
)


def unfit_because(listing: str, *, artist: str, title: str, single: bool = False) -> str:
    """Why a listing is not a vinyl copy of that album: cd, cassette, sleeve, lot, single, reprint,
    other, another; "" when it may well be one. `single`: the album itself is one. A title that was
    cut off within a word is judged by what the word may have been, too."""
    found = _unfit(listing, artist, title, single=single)
    for one in () if found else _cut_off(listing):
        found = found or _unfit(one, artist, title, single=single)
    return found


def _unfit(listing: str, artist: str, title: str, *, single: bool) -> str:
    words = _words(listing)
    if not (_names_title(words, artist, title) and _names_artist(listing, words, artist)):
        return ANOTHER
    rest = _without(words, _words(artist), _words(title))
    if _LOT.search(rest) or _SEVERAL.search(_plain(listing)):
        return LOT
    if _REPRINT.search(rest):
        return REPRINT
    if _SLEEVE.search(rest):
        return SLEEVE
    if _is_thing(listing, rest):
        return OTHER
    return _other_record(rest, single=single)


def _cut_off(listing: str) -> list[str]:
    """The title as it may have gone on, where the marketplace cut it off: its last word completed
    to each word that tells against a record. "EMPT" of "EMPTY SLEEVE" is no proof, but a doubt."""
    title = listing.strip()
    if len(title) < _CUT_FROM or not title[-1].isalpha():
        return []
    head, _space, last = _plain(title).rpartition(" ")
    return [
        f"{head} {word}" for word in _TELLING if word.startswith(last) and len(last) >= _TOLD_FROM
    ]


def _other_record(rest: str, *, single: bool) -> str:
    """The reason where what is sold sounds, but is no copy of the album on vinyl."""
    vinyl = _VINYL.search(rest) is not None
    if _CD.search(rest) and (not vinyl or _SMALL_CD.search(rest)):
        return CD
    if _CASSETTE.search(rest) and not vinyl:
        return CASSETTE
    if _TRIBUTE.search(rest) or _LIVE.search(rest):
        return ANOTHER
    if not single and _SINGLE.search(rest) and not _LONG_PLAYER.search(rest):
        return SINGLE
    return ""


def _is_thing(listing: str, rest: str) -> bool:
    """A poster, a shirt, a book: unless it comes with the record."""
    if not _OTHER.search(rest):
        return False
    if _ONLY.search(rest):
        return True
    accompanied = _WITH.sub(" ", _signs(listing))
    return _OTHER.search(accompanied) is not None


def _plain(text: str) -> str:
    """Lower case without accents, signs kept."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


@lru_cache(maxsize=512)
def _signs(text: str) -> str:
    """Plain, with sizes as words and dashes as spaces: "7inch"."""
    sized = _INCHES.sub(r"\1inch ", _plain(text))
    return re.sub(r"[-/().:]+", " ", sized)


def _words(text: str) -> list[str]:
    sized = _INCHES.sub(r"\1inch ", _plain(text).replace("’", "'"))
    return re.findall(r"\w+", re.sub(r"(?<=\w)'(?=\w)", "", sized))


def _names_title(words: Sequence[str], artist: str, title: str) -> bool:
    """Every word of the title stands there, a longer one perhaps misspelt."""
    told = _words(title)
    if not told:
        return normalise_title(title) in _plain(" ".join(words)) or not title.strip()
    by_artist = _words(artist)
    if set(told) <= set(by_artist):
        return _names_itself(words, by_artist, told)
    telling = [word for word in told if word not in _STOP] or told
    return all(_stands(word, words) for word in telling)


def _names_itself(words: Sequence[str], artist: Sequence[str], title: Sequence[str]) -> bool:
    """An album called like its artist: named twice, or nothing else is named."""
    text = " ".join(words)
    if _SELF_TITLED.search(text):
        return True
    rest = _without(list(words), list(artist)).split()
    if all(word in rest for word in title):
        return True
    shown = _words(parse_listing(text).title)
    return set(shown) <= set(title) | set(artist)


def _names_artist(listing: str, words: Sequence[str], artist: str) -> bool:
    if not artist.strip() or _plain(artist).strip() in _VARIOUS:
        return True
    told = _words(artist)
    telling = [word for word in told if word not in _STOP]
    if not telling:
        # "!!!" and "The The" are nothing but signs and little words.
        return _plain(artist).strip() in _plain(listing)
    found = sum(_stands(word, words) for word in telling)
    return found >= len(telling) * _ARTIST_SHARE or "".join(told) in "".join(words)


def _stands(word: str, words: Sequence[str]) -> bool:
    if word in words:
        return True
    if any(first + second == word for first, second in pairwise(words)):
        return True  # "WHAT S" is "What's"
    if len(word) < _MISSPELT_FROM:
        return False
    return any(
        abs(len(one) - len(word)) <= 1 and OSA.distance(one, word, score_cutoff=1) <= 1
        for one in words
    )


def _without(words: Sequence[str], *names: Sequence[str]) -> str:
    """The listing's words without one occurrence of each name."""
    left = list(words)
    for name in names:
        for word in name:
            if word in left:
                left.remove(word)
    return " ".join(left)
