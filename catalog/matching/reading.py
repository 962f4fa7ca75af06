"""Names taken apart for comparison: words, members of a group, nicknames, numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from catalog.matching.folding import fold, latin, raw, words
from catalog.matching.keys import ARTICLES, suffix_of
from catalog.matching.lexicon import CONNECTORS, MEANINGS, SMALL_WORDS

_NUMBERS = {
    name: str(value)
    for value, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen".split()
    )
}
_ORDINALS = {
    name: f"{value}"
    for value, name in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1
    )
}
_ROMANS = {
    name: str(value)
    for value, name in enumerate(
        "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii xxiii "
        "xxiv xxv".split(),
        start=2,
    )
}
_NTH = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_ASIDE = re.compile(
    r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]|(?<!\w)['‘’]([^'‘’]+)['‘’](?!\w)|\(([^()]*)\)"
)
_ALIAS = re.compile(r"[\s(](?:a\.?k\.?a\.?|alias|p\.?k\.?a\.?|also known as)\s", re.IGNORECASE)
_JOINTS = re.compile(
    r"\s*(?:[&/+;×]|\s(?:and|with|feat\.?|featuring|ft\.?|vs\.?|versus|meets|presents|pres\.?|"
    r"x|y|und|et|en|och|og|con|mit|avec|met)\s)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """A name as it is compared. `tokens` are its words in their order without articles and
    connectors, numbers as digits; `asides` what stood in brackets or quotes."""

    text: str
    suffix: str
    tokens: tuple[str, ...]
    plain: tuple[str, ...]
    asides: tuple[tuple[str, ...], ...]
    aliases: tuple[tuple[str, ...], ...]
    members: frozenset[tuple[str, ...]]

    @property
    def unbroken(self) -> str:
        """All words in one, articles of other languages too: "LaMonte" is "La Monte"."""
        return "".join(word for word in words(turned(self.text)) if word != "the")

    @property
    def sorted(self) -> tuple[str, ...]:
        return tuple(sorted(self.tokens))

    @property
    def joined(self) -> str:
        whole = "".join(self.tokens)
        return whole[3:] if whole.startswith("the") and len(whole) > 8 else whole


@lru_cache(maxsize=4096)
def read_name(text: str) -> Name:
    """Take a name apart; every name has at least one token."""
    suffix = suffix_of(text)
    bare = re.sub(r"\s\(\d{1,4}\)\s*$", "", text) if suffix else text
    aliases = [part for part in _ALIAS.split(f" {bare.strip('() ')} ") if part.strip()]
    asides = tuple(
        found for groups in _ASIDE.findall(bare) if (found := tokens_of(" ".join(groups)))
    )
    nothing = (raw(text) or " ",)  # signs only, or an empty text
    without = _ASIDE.sub(" ", bare)
    return Name(
        text=text,
        suffix=suffix,
        tokens=tokens_of(turned(bare)) or nothing,
        plain=tokens_of(turned(without)) or tokens_of(turned(bare)) or nothing,
        asides=asides,
        aliases=tuple(tokens_of(part.strip(" ()")) for part in aliases) if len(aliases) > 1 else (),
        members=frozenset(
            tuple(sorted(found)) for part in _members(bare) if (found := tokens_of(part))
        ),
    )


def turned(text: str) -> str:
    """ "Miller, Glenn & His Band" as "Glenn Miller & His Band": the catalogues' own order. Names
    with several commas, and "Tyler, The Creator", stay."""
    if text.count(",") != 1:
        return text
    last, _comma, rest = text.partition(",")
    first, joint, others = _split_at_joint(rest.strip())
    if not last.strip() or not first or (first.split()[0].casefold() in ARTICLES and " " in first):
        return text
    return f"{first} {last.strip()}{joint}{others}"


def tokens_of(text: str, *, ordinals: bool = True) -> tuple[str, ...]:
    """Words without articles and connectors, numbers as digits; all words if none is left."""
    found = [_number(word, ordinals) for word in words(text)]
    kept = [
        word
        for at, word in enumerate(found)
        if word != "the" and not (word in CONNECTORS and 0 < at < len(found) - 1)
    ]
    while kept and kept[0] in ARTICLES and len(kept) > (1 if kept[0] in ("los", "las") else 2):
        kept = kept[1:]
    return tuple(kept or found)


def meaning(name: Name) -> tuple[str, ...]:
    """The words of a name by what they mean, sorted: "Berliner Philharmoniker" and "Orquesta
    Filarmónica de Berlín" are one. Words are of many languages, so this compares, it keys nothing.
    """
    found: list[str] = []
    for word in words(name.text):
        found += MEANINGS.get(word, () if word in SMALL_WORDS else (word,))
    return tuple(sorted(set(found)))


def latinised(name: Name) -> Name:
    """The name in Latin letters, for comparing across scripts."""
    return replace(
        name,
        tokens=in_latin(name.tokens),
        plain=in_latin(name.plain),
        members=frozenset(tuple(sorted(in_latin(one))) for one in name.members),
    )


def in_latin(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens in Latin letters. The small tsu of Japanese only doubles what follows."""
    return tuple(
        re.sub(r"[^a-z0-9]", "", fold(latin(re.sub("[ッっー]", "", token)))) or token
        for token in tokens
    )


def has_han(name: Name) -> bool:
    """Whether the name has Chinese characters: what they are read as, letters cannot tell."""
    return bool(re.search(r"[\u3400-\u9fff]", name.text))


def _number(word: str, ordinals: bool) -> str:
    nth = _NTH.match(word)
    if nth:
        return nth[1]
    if word in _NUMBERS or (ordinals and word in _ORDINALS):
        return _NUMBERS.get(word) or _ORDINALS[word]
    return _ROMANS.get(word, word) if len(word) > 1 else word


def _members(text: str) -> list[str]:
    """The people of a credit. Of "Cave, Nick & Warren Ellis" both readings of the comma."""
    credits = [turned(part) for part in _JOINTS.split(f" {text} ") if part.strip()]
    several = len(credits) > 1 or text.count(",") > 1
    whole = re.split(r"\s*,\s*|\s*&\s*", text) if several else []
    turned_round = _JOINTS.split(f" {turned(text)} ")
    return [part for part in (*credits, *whole, *turned_round) if part.strip()]


def _split_at_joint(text: str) -> tuple[str, str, str]:
    found = re.search(r"\s(?:&|\+|/|and|with|y|und|et|en|och)\s", text, re.IGNORECASE)
    if not found:
        return text, "", ""
    return text[: found.start()].strip(), f" {found.group().strip()} ", text[found.end() :]
