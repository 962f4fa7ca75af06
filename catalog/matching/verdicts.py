"""What a comparison answers: a confidence with its named parts, and one of three verdicts. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from catalog.matching.weights import BANDS, DOUBTFUL, WEIGHTS


class Verdict(StrEnum):
    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Part:
    """One piece of evidence: `weight` per unit of `value`, in log odds; `says` in English."""

    name: str
    weight: float
    value: float
    says: str


@dataclass(frozen=True)
class Match:
    """How sure it is that two texts mean one thing: `score` from 0 to 1, calibrated so that of
    pairs with 0.8 about four of five are the same. `kind` names the row of the table of weights;
    between its two bands a person decides, and where a part contradicts what would be the same."""

    score: float
    kind: str = "artist"
    parts: tuple[Part, ...] = ()

    @property
    def verdict(self) -> Verdict:
        band = BANDS[self.kind]
        if self.score >= band.ask_from and any(part.name in DOUBTFUL for part in self.parts):
            return Verdict.ASK
        if self.score >= band.same_from:
            return Verdict.SAME
        return Verdict.ASK if self.score >= band.ask_from else Verdict.DIFFERENT

    @property
    def evidence(self) -> list[dict[str, str | float]]:
        """The parts as plain rows, for storing beside a decision."""
        return [
            {"name": one.name, "weight": one.weight, "value": round(one.value, 3), "says": one.says}
            for one in self.parts
        ]


def certain(kind: str, says: str) -> Match:
    """The same by an equal key or identifier."""
    return Match(1.0, kind, (Part("identical", 0.0, 1.0, says),))


def weigh(kind: str, values: Mapping[str, float]) -> Match:
    """The confidence of these values by the kind's weights, the logistic of their sum.

    Below 1 always: certainty is for equal keys. KeyError for a value without a weight.
    """
    table = WEIGHTS[kind]
    parts = tuple(
        Part(name, table[name].weight, value, table[name].says)
        for name, value in values.items()
        if value
    )
    total = table["base"].weight + sum(part.weight * part.value for part in parts)
    return Match(min(0.999, logistic(total)), kind, parts)


def logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
