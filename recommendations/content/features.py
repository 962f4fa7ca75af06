"""From facts about an album to weighted tokens. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# A style says more than a genre, which half of the shelf shares; who made an artist known in a
# decade or on a label is a hint. Weights of token kinds before the weight of rarity.
WEIGHTS: Mapping[str, float] = {"style": 1.0, "genre": 0.6, "decade": 0.5, "label": 0.5}
MOST_LABELS = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue knows of an album that says how it sounds or where it belongs."""

    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    year: int | None = None
    labels: tuple[str, ...] = ()


def tokens(facts: Facts) -> dict[str, float]:
    """Tokens "kind:name" with their weights; empty where nothing is known."""
    found: dict[str, float] = {}
    for kind, names in (
        ("style", facts.styles),
        ("genre", facts.genres),
        ("label", facts.labels[:MOST_LABELS]),
        ("decade", decade(facts.year)),
    ):
        for name in _clean(names):
            found[f"{kind}:{name}"] = WEIGHTS[kind]
    return found


def decade(year: int | None) -> tuple[str, ...]:
    """("1970",) of 1973; nothing of a year that no record was pressed in."""
    return (str(year // 10 * 10),) if year is not None and 1890 <= year <= 2100 else ()


def _clean(names: Iterable[str]) -> list[str]:
    folded = (" ".join(name.casefold().split()) for name in names)
    return [name for name in folded if name]
