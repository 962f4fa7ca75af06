"""The fourteen families of drawn sleeves, and the decades they feel at home in.

Each takes dice, colours, artist and title and returns the drawing without its ground. The order
in which a family throws its dice is part of its drawing: changing it changes every sleeve.
"""

from __future__ import annotations

from collections.abc import Callable

from catalog.sleeves.dice import Dice
from catalog.sleeves.lettered import column, echo, fields, initial, plain
from catalog.sleeves.pictured import (
    bands,
    currents,
    cutouts,
    dots,
    horizon,
    moire,
    ridges,
    tiles,
    turning,
)
from catalog.sleeves.shapes import Colours

Family = Callable[[Dice, Colours, str, str], str]

# Families by the decade they feel at home in; every family stays possible everywhere.
FAMILIES: dict[int, list[Family]] = {
    1950: [column, fields, cutouts, plain, initial, bands],
    1960: [column, cutouts, fields, horizon, tiles, echo, plain],
    1970: [horizon, ridges, tiles, turning, moire, initial, bands],
    1980: [bands, tiles, currents, dots, echo, column, turning],
    1990: [dots, moire, ridges, currents, fields, echo, horizon],
    2000: [currents, dots, initial, echo, ridges, plain, tiles],
}
EVERY: list[Family] = [
    tiles, horizon, ridges, bands, dots, initial, moire, cutouts, echo, turning, fields, currents,
    column, plain,
]  # fmt: skip
