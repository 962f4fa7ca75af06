"""Families of sleeves in which the letters are the picture."""

from __future__ import annotations

import re

from catalog.sleeves.dice import Dice
from catalog.sleeves.lettering import cap, fit, line, names, stack, width
from catalog.sleeves.shapes import (
    MARGIN,
    SIDE,
    Colours,
    contrast,
    disc,
    mix,
    readable,
    rect,
    ring,
    shape,
)


def initial(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """One letter far too large, cropped; names small and exact."""
    ground, ink, loud = colours.ground, colours.ink, colours.loud
    face = dice.one(["clarendon", "condensed", "clarendon"])
    bare = re.sub(r"^(the|a|el|la|los|las)\s+", "", title, flags=re.I)
    letter = next((c for c in bare if c.isalnum()), title[:1]).upper()
    size = dice.span(560, 640) if face == "clarendon" else dice.span(640, 720)
    long = width(face, letter, size)
    left = dice.one([SIDE - long * 0.86, -long * 0.1, (SIDE - long) / 2])
    art = line(face, letter, left, SIDE + cap(face, size) * 0.1, size, loud)
    strip = rect(0, 0, SIDE, 92, ground)
    text = names(
        "grotesque", artist, title, MARGIN, MARGIN, SIDE - 2 * MARGIN, 58, ink, big=24, small=15
    )
    return art + strip + text


def echo(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """The title said again and again, fading towards the ground."""
    ground, ink, loud = colours.ground, colours.ink, colours.loud
    words = title.upper()
    size, rows = fit(
        "condensed", words, SIDE - 2 * MARGIN, 150, 128, 26, leading=0.86, rows_at_most=3
    )
    high = cap("condensed", size) + (len(rows) - 1) * size * 0.86
    room = SIDE - 2 * MARGIN - 40
    total = max(2, int((room + 14) / (high + 14)))
    gap = (room - total * high) / (total - 1)
    if gap > 46:
        gap = 22
    art, y = [], float(MARGIN)
    for step in range(total):
        drawn, bottom = stack(
            "condensed", rows, MARGIN, y, size, mix(loud, ground, 0.82 * step / total), 0.86
        )
        art.append(drawn)
        y = bottom + gap
    small, credit = fit("grotesque", artist, SIDE - 2 * MARGIN, 18, 21, 11, rows_at_most=1)
    return "".join(art) + line("grotesque", credit[0], MARGIN, SIDE - MARGIN, small, ink)


def fields(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Two or three plain fields of colour and a centred Clarendon: the liner-note cover."""
    loud, mid = colours.loud, colours.mid
    inset = 24
    split = dice.span(0.5, 0.66)
    tall = (SIDE - 2 * inset) * split
    art = [rect(inset, inset, SIDE - 2 * inset, tall, loud)]
    lower = inset + tall + 8
    art.append(rect(inset, lower, SIDE - 2 * inset, SIDE - inset - lower, mid))
    on = readable(loud, colours)
    size, rows = fit(
        "clarendon", title, SIDE - 2 * inset - 48, tall - 56, 64, 16, leading=1.06, rows_at_most=4
    )
    high = cap("clarendon", size) + (len(rows) - 1) * size * 1.06
    text, _ = stack(
        "clarendon", rows, SIDE / 2, inset + (tall - high) / 2, size, on, 1.06, "middle"
    )
    below = readable(mid, colours)
    small, credit = fit(
        "clarendon", artist, SIDE - 2 * inset - 48, 50, 23, 12, rows_at_most=2, leading=1.15
    )
    room = SIDE - inset - lower
    high = cap("clarendon", small) + (len(credit) - 1) * small * 1.15
    who, _ = stack(
        "clarendon", credit, SIDE / 2, lower + (room - high) / 2, small, below, 1.15, "middle"
    )
    return "".join(art) + text + who


def column(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """A tall block beside a condensed title: the jazz way."""
    ground, ink, loud = colours.ground, colours.ink, colours.loud
    wide = dice.span(104, 136)
    right = dice.next() < 0.5
    x = SIDE - wide if right else 0
    art = [rect(x, 0, wide, SIDE, loud)]
    kind = dice.one(["bars", "moons", "notch"])
    dark = max((ink, ground), key=lambda c: contrast(c, loud))
    if kind == "bars":
        for step in range(7):
            art.append(rect(x, 26 + step * 52, wide, 4 + step * 5.2, dark))
    elif kind == "moons":
        for step in range(4):
            cy = SIDE / 8 + step * SIDE / 4
            art.append(disc(x + wide / 2, cy, wide * 0.36, dark))
            art.append(disc(x + wide / 2 + wide * (-0.36 + 0.22 * step), cy, wide * 0.36, loud))
    else:
        for step in range(4):
            art.append(
                shape([(x, step * 100), (x + wide, step * 100 + 50), (x, step * 100 + 100)], dark)
            )
    left = MARGIN if right else wide + 22
    room = SIDE - wide - MARGIN - 22
    size, rows = fit("condensed", title, room, 250, 104, 24, leading=0.9, rows_at_most=6)
    text, _ = stack("condensed", rows, left, MARGIN, size, ink, 0.9)
    small, credit = fit("condensed", artist, room, 60, 30, 15, rows_at_most=2, leading=1.0)
    high = cap("condensed", small) + (len(credit) - 1) * small
    who, _ = stack(
        "condensed",
        credit,
        left,
        SIDE - MARGIN - high,
        small,
        loud if contrast(loud, ground) > 3 else ink,
        1.0,
    )
    return "".join(art) + text + who


def plain(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """A company sleeve: no picture, a disc-sized window and its label."""
    ground, loud, soft = colours.ground, colours.loud, colours.soft
    cx = cy = SIDE / 2
    art = [disc(cx, cy, 176, soft), disc(cx, cy, 122, loud)]
    art += [ring(cx, cy, r, mix(soft, ground, 0.5), 1.2) for r in (132, 141, 150, 159, 168)]
    on = readable(loud, colours)
    size, rows = fit("clarendon", title, 168, 62, 30, 12, leading=1.06, rows_at_most=3)
    high = cap("clarendon", size) + (len(rows) - 1) * size * 1.06
    text, _ = stack("clarendon", rows, cx, cy - 30 - high, size, on, 1.06, "middle")
    small, credit = fit("grotesque", artist, 150, 34, 16, 10, rows_at_most=2, leading=1.15)
    who, _ = stack("grotesque", credit, cx, cy + 34, small, on, 1.15, "middle")
    return "".join(art) + text + who + disc(cx, cy, 7, ground)
