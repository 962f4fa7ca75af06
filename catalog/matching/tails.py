"""Edition words at the end of a title, without brackets or a dash before them. Pure.

"Nevermind 2011 Remaster" and "Nevermind LP 180g" are "Nevermind". Only what can hardly be a title's
own words begins such an end; words like "gatefold" or "vinyl" count behind it alone. Nothing comes
off a title that is edition words as a whole ("Deluxe", "2011 Remaster"), nor behind a word that
needs the next one ("The Special Edition").
"""

from __future__ import annotations

import re
from functools import cache

# Signs at the end of a title among which its edition is looked for.
LONGEST = 250
_YEAR = r"(?:19[4-9]|20[0-4])\d"
# Nothing was remastered before: "Live in Paris 1975 Remastered" keeps its year.
_YEAR_OF_REMASTER = r"(?:198[3-9]|199\d|20[0-4]\d)"
_REMASTERED = (
    r"(?:re-?master(?:ed|s|ing|izad[oa]|isé|isée|is|iert|izzat[oa])?|remasterisad[oa])(?!\w)"
)
_NOUN = (
    r"(?:edition|edtion|edición|edicion|edizione|édition|editie|ausgabe|auflage|uitgave|pressing)"
)
_EDITION = (
    r"(?:(?:super\s|ultra\s)?de\s?luxe|limited|special|expanded|collector['’]?s|legacy|definitive|"
    r"numbered|exclusive|anniversary|signed|import|audiophile|remastered|reissue|"
    r"limitad[ao]|especial|aniversario|coleccionista|ampliada|numerada|remasterizada|"
    r"limitée?|spéciale|anniversaire|collector|limitata|speciale|"
    r"limitierte|erweiterte|nummerierte|gelimiteerde|speciale)"
)
_NTH = r"\d{1,3}(?:st|nd|rd|th|º|ª|\.|e|ème)?"
_WEIGHT = r"(?:1[2-9]\d|2[0-4]\d)\s?(?:gr?|grams?|gramos|gramm|grammes?)\.?"
_COUNTED = (
    r"\d{1,2}\s?[x×]\s?(?:lps?|vin[iy]l\w?|12\"|10\"|7\")|\d{1,2}lps?|lps?|(?:double|doble|triple|"
    r"dubbel|doppel)[\s-]?(?:lp|vin[iy]lo?)|(?:7|10|12)(?:\"|''|”|″)|(?:7|10|12)[\s-]?inch"
)
# What begins the end. An adjective needs its noun: "Something Special" is a title.
_STRONG = (
    rf"(?:(?:{_YEAR_OF_REMASTER}\s)?(?:(?:digitally|newly|digital)\s)?"
    rf"(?:remix(?:ed)?\s?(?:&|\+|/|and)\s?)?{_REMASTERED}"
    rf"(?:\s{_EDITION})*(?:\s(?:{_NOUN}|version|versión))?(?:\s{_YEAR})?"
    rf"|(?:{_YEAR}\s|{_NTH}\s)?(?:{_EDITION}\s)+{_NOUN}(?:\s{_YEAR})?"
    rf"|{_NOUN}(?:\s(?:de|del|du|d'))?(?:\s{_NTH})?(?:\s{_EDITION})+(?:\s{_YEAR})?"
    r"|(?:super\s|ultra\s)?de\s?luxe\s(?:version|versión|box(?:\s?set)?|set|vinyl|vinilo|\d?lp)"
    rf"|(?:re-?issue|re-?press(?:ing)?|reedición|réédition|neuauflage)(?:\s{_YEAR})?"
    rf"|{_YEAR}\s(?:re-?issue|re-?press(?:ing)?|reedición|pressing|mix)"
    rf"|(?:rsd|record store day)(?:\s?(?:{_YEAR}|\d\d))?(?:\s(?:exclusive|edition|release))*"
    r"|half[\s-]speed(?:\smaster(?:ed|ing)?)?|picture\s(?:disc|vinyl)|gatefold\s(?:lp|vinyl|vinilo)"
    rf"|{_WEIGHT}|{_COUNTED})"
)
# What may go on with it.
_MORE = (
    rf"(?:{_STRONG}|(?:{_NTH}\s)?{_EDITION}|{_NOUN}|gatefold|vin[iy]lo?|vinyle|vinile|cd|dvd|heavyweight|"
    r"audiophile|mono|stereo|colou?red|download|obi|insert|poster|booklet|box\s?set)"
)
# Atomic: a text of many such words is read once, not in every way that it can be parted.
_NEXT = rf"(?>(?>\s*[,;/+&]\s*|\s+)(?>{_MORE}(?!\w)))*+"
_TAIL = (
    rf"^(?P<rest>.*?[^\s,;+&/-])(?:\s*[,;]\s*|\s+)"
    rf"(?P<tail>(?>{_STRONG}(?!\w)){_NEXT})[\s.,;]*$"
)
_WHOLE = rf"(?>{_MORE}(?!\w)){_NEXT}"
# Behind these the words belong to the title.
_NEEDS_MORE = re.compile(
    r"(?:^|\s)(?:a|an|the|of|in|into|on|at|to|for|from|with|and|or|my|your|our|his|her|their|this|"
    r"that|no|el|la|los|las|un|una|de|del|en|con|mi|tu|su|y|o|le|les|des|du|et|une|mon|ma|der|die|"
    r"das|ein|eine|im|von|mit|und|mein|meine|il|lo|di|e|het|een|van|&|\+)$",
    re.IGNORECASE,
)


def bare_tail(title: str) -> tuple[str, str] | None:
    """("Nevermind", "2011 Remaster") of "Nevermind 2011 Remaster"; None where the end of the title
    may be its own words."""
    begins, end = title[:-LONGEST], title[-LONGEST:]
    tail, whole = _patterns()
    found = tail.match(end)
    if found is None or whole.fullmatch(title.strip()) or _NEEDS_MORE.search(found["rest"]):
        return None
    return begins + found["rest"], found["tail"]


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds an end, and what is one as a whole. Made for the first title that is asked for: it
    takes as long as importing 2,000 records, and who makes keys alone asks for none."""
    return re.compile(_TAIL, re.IGNORECASE), re.compile(_WHOLE, re.IGNORECASE)
