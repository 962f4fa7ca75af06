"""Families of sleeves in which shapes are the picture and the names stand beside it."""

from __future__ import annotations

import math

from catalog.sleeves.dice import Dice
from catalog.sleeves.lettering import fit, line, names, stack
from catalog.sleeves.shapes import MARGIN, SIDE, Colours, disc, mix, rect, ring, shape


def tiles(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Quarter discs on a square grid, a title strip below."""
    ground, ink, loud, mid, soft = (
        colours.ground,
        colours.ink,
        colours.loud,
        colours.mid,
        colours.soft,
    )
    across = dice.one([3, 4])
    cell = SIDE / across
    deep = across - 1
    art = []
    fills = [loud, mid, ink, soft, loud]
    for row in range(deep):
        for col in range(across):
            x, y = col * cell, row * cell
            back, front = dice.one([soft, ground, ground, mid]), dice.one(fills)
            if back == front:
                front = ink
            art.append(rect(x, y, cell + 0.4, cell + 0.4, back))
            turn = dice.whole(0, 4)
            if turn == 4:
                art.append(disc(x + cell / 2, y + cell / 2, cell / 2, front))
                continue
            cx, cy = x + cell * (turn in (1, 2)), y + cell * (turn in (2, 3))
            ex, ey = x + cell * (turn in (0, 3)), y + cell * (turn in (0, 1))
            sweep = 1 if turn in (0, 2) else 0
            art.append(
                f'<path fill="{front}" d="M{cx:.1f} {cy:.1f}L{ex:.1f} {cy:.1f}'
                f'A{cell:.1f} {cell:.1f} 0 0 {sweep} {cx:.1f} {ey:.1f}Z"/>'
            )
    top = deep * cell
    art.append(rect(0, top, SIDE, SIDE - top, ground))
    name = names(
        "grotesque",
        artist,
        title,
        MARGIN,
        top + 22,
        SIDE - 2 * MARGIN,
        SIDE - top - 40,
        ink,
        big=34 if across == 3 else 27,
    )
    return "".join(art) + name


def horizon(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """One sun, a few bands of land or water, small quiet type above."""
    ground, ink, loud, mid, soft = (
        colours.ground,
        colours.ink,
        colours.loud,
        colours.mid,
        colours.soft,
    )
    level = dice.span(238, 290)
    radius = dice.span(66, 112)
    sx = dice.one([SIDE * 0.5, SIDE * 0.66, SIDE * 0.34])
    art = [disc(sx, level - radius * dice.span(0.05, 0.55), radius, loud)]
    bands = dice.whole(4, 6)
    y = level
    for step in range(bands):
        deep = (SIDE - level) * (step + 1) / (bands * (bands + 1) / 2)
        art.append(rect(0, y, SIDE, deep + 1, mix(mid, ground if step % 2 else soft, step / bands)))
        y += deep
    name = names(
        "geometric", artist, title, MARGIN, MARGIN, SIDE - 2 * MARGIN, 84, ink, big=30, small=16
    )
    return "".join(art) + name


def ridges(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Layered hills, one hue in steps; type in the sky."""
    ground, ink, loud, mid, soft = (
        colours.ground,
        colours.ink,
        colours.loud,
        colours.mid,
        colours.soft,
    )
    near, far = dice.one([(loud, soft), (mid, soft), (ink, mid)])
    layers = dice.whole(5, 7)
    art = []
    if dice.next() < 0.5:
        art.append(
            disc(
                dice.span(120, 300),
                dice.span(126, 150),
                dice.span(22, 34),
                loud if near != loud else ink,
            )
        )
    for layer in range(layers):
        base = 190 + layer * (210 / layers)
        waves = [
            (dice.span(0.004, 0.012) * (1 + layer * 0.2), dice.span(0, 7), dice.span(10, 26))
            for _ in range(3)
        ]
        points: list[tuple[float, float]] = [(0, SIDE)]
        for x in range(0, SIDE + 1, 8):
            points.append((x, base - sum(math.sin(x * f + p) * h for f, p, h in waves)))
        points.append((SIDE, SIDE))
        art.append(shape(points, mix(mix(far, ground, 0.45), near, layer / (layers - 1))))
    name = names(
        "geometric", artist, title, MARGIN, MARGIN, SIDE - 2 * MARGIN, 84, ink, big=27, small=15
    )
    return "".join(art) + name


def bands(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Stripes that grow, the title in the open field."""
    ink, loud, mid = colours.ink, colours.loud, colours.mid
    art, y = [], 160.0
    thick, grow = dice.span(2.5, 5), dice.span(1.22, 1.34)
    order = [ink, loud, mid] if dice.next() < 0.5 else [loud, loud, ink]
    step = 0
    while y < SIDE:
        art.append(rect(0, y, SIDE, thick, order[step % 3]))
        y += thick + max(6, thick * 0.9)
        thick *= grow
        step += 1
    if dice.next() < 0.4:
        art = [f'<g transform="rotate(180 200 200)">{"".join(art)}</g>']
        name = names(
            "condensed",
            artist,
            title,
            MARGIN,
            262,
            SIDE - 2 * MARGIN,
            112,
            ink,
            big=62,
            small=22,
            leading=0.96,
        )
    else:
        name = names(
            "condensed",
            artist,
            title,
            MARGIN,
            MARGIN,
            SIDE - 2 * MARGIN,
            112,
            ink,
            big=62,
            small=22,
            leading=0.96,
        )
    return "".join(art) + name


def dots(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """A halftone field: one wave or a moon, in dots."""
    ink, loud = colours.ink, colours.loud
    count = dice.one([13, 15, 17])
    pitch = (SIDE - 2 * MARGIN) / count
    mode = dice.one(["moon", "wave", "slope"])
    cx, cy, reach = dice.span(150, 250), dice.span(120, 170), dice.span(120, 150)
    phase, fx, fy = dice.span(0, 6), dice.span(0.012, 0.024), dice.span(0.012, 0.026)
    rows = round((SIDE - 2 * MARGIN - 76) / pitch)
    art = []
    for row in range(rows):
        for col in range(count):
            x, y = MARGIN + (col + 0.5) * pitch, MARGIN + (row + 0.5) * pitch
            if mode == "moon":
                value = 1.02 - min(1, math.hypot(x - cx, y - cy) / reach) ** 1.6
            elif mode == "wave":
                value = 0.52 + 0.48 * math.sin(x * fx + phase + 1.7 * math.sin(y * fy))
            else:
                value = 0.1 + 0.9 * (x + y - 2 * MARGIN) / (2 * SIDE - 4 * MARGIN - 76)
            radius = pitch * 0.47 * max(0.1, value)
            art.append(disc(x, y, radius, loud if value > 0.62 else ink))
    name = names(
        "grotesque",
        artist,
        title,
        MARGIN,
        SIDE - MARGIN - 52,
        SIDE - 2 * MARGIN,
        58,
        ink,
        big=26,
        small=14,
    )
    return "".join(art) + name


def moire(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Two families of circles that disturb each other; the name on a solid label."""
    ground, ink, loud, mid = colours.ground, colours.ink, colours.loud, colours.mid
    gap = dice.span(13, 17)
    ax, ay = dice.span(60, 160), dice.span(70, 190)
    bx, by = ax + dice.span(60, 160), ay + dice.span(30, 120)
    art = []
    for cx, cy, colour in ((ax, ay, mid), (bx, by, loud)):
        for step in range(1, int(470 / gap)):
            art.append(ring(cx, cy, step * gap, colour, gap * 0.4))
    art.append(rect(0, SIDE - 104, SIDE, 104, ground))
    name = names(
        "grotesque", artist, title, MARGIN, SIDE - 82, SIDE - 2 * MARGIN, 66, ink, big=29, small=15
    )
    return "".join(art) + name


def cutouts(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Paper shapes cut freehand, few and large."""
    ink, loud, mid = colours.ink, colours.loud, colours.mid
    art = []
    spots = [(130.0, 176.0, 74), (276.0, 158.0, 62), (214.0, 262.0, 58), (92.0, 284.0, 38)]
    spots.append((316.0, 282.0, 42))
    for (cx, cy, radius), colour in zip(spots, (loud, mid, ink, mid, loud), strict=True):
        cx, cy = cx + dice.span(-14, 14), cy + dice.span(-10, 10)
        lobes, phase, lean = dice.whole(2, 4), dice.span(0, 6), dice.span(0.8, 1.25)
        points = []
        for step in range(120):
            turn = step / 120 * math.tau
            swell = (
                1
                + 0.24 * math.sin(lobes * turn + phase)
                + 0.05 * math.sin((lobes + 1) * turn - phase)
            )
            points.append(
                (
                    cx + math.cos(turn) * radius * swell * lean,
                    cy + math.sin(turn) * radius * swell / lean,
                )
            )
        art.append(shape(points, colour))
    size, rows = fit("clarendon", title, SIDE - 2 * MARGIN, 50, 38, rows_at_most=2, leading=1.05)
    top, _ = stack("clarendon", rows, MARGIN, MARGIN, size, ink, 1.05)
    small, credit = fit("clarendon", artist, SIDE - 2 * MARGIN, 18, 22, 11, rows_at_most=1)
    return "".join(art) + top + line("clarendon", credit[0], MARGIN, SIDE - MARGIN, small, ink)


def turning(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Squares inside squares, each a little further round."""
    ground, ink, loud, mid, soft = (
        colours.ground,
        colours.ink,
        colours.loud,
        colours.mid,
        colours.soft,
    )
    art, count = [], dice.whole(9, 14)
    angle, half = dice.span(3, 7) * dice.one([-1, 1]), 138.0
    cx, cy = SIDE / 2, 166
    pair = dice.one([(loud, ground), (loud, soft), (ink, loud), (mid, ground)])
    for step in range(count):
        fill = pair[step % 2]
        square = rect(cx - half, cy - half, half * 2, half * 2, fill)
        art.append(f'<g transform="rotate({angle * step:.1f} {cx:.0f} {cy:.0f})">{square}</g>')
        half *= 0.86
    name = names(
        "geometric", artist, title, MARGIN, SIDE - 68, SIDE - 2 * MARGIN, 60, ink, big=27, small=15
    )
    return "".join(art) + name


def currents(dice: Dice, colours: Colours, artist: str, title: str) -> str:
    """Many fine lines, bent by one thing passing under them."""
    ink, loud = colours.ink, colours.loud
    count = dice.whole(26, 34)
    bx, by, push, spread = (
        dice.span(130, 270),
        dice.span(110, 210),
        dice.span(26, 48),
        dice.span(52, 88),
    )
    art = []
    for row in range(count):
        y0 = MARGIN + row * (SIDE - 2 * MARGIN - 74) / (count - 1)
        points = []
        for x in range(MARGIN, SIDE - MARGIN + 1, 6):
            pull = math.exp(-(((x - bx) / spread) ** 2) - ((y0 - by) / (spread * 0.9)) ** 2)
            points.append(f"{x} {y0 - push * pull * math.sin((x - bx) / spread * 2.1 + 0.6):.1f}")
        colour = loud if abs(y0 - by) < spread * 0.55 else ink
        art.append(
            f'<path fill="none" stroke="{colour}" stroke-width="2.6" d="M{"L".join(points)}"/>'
        )
    name = names(
        "grotesque",
        artist,
        title,
        MARGIN,
        SIDE - MARGIN - 48,
        SIDE - 2 * MARGIN,
        54,
        ink,
        big=25,
        small=14,
    )
    return "".join(art) + name
