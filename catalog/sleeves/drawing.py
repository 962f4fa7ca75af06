"""A sleeve, a spine, a shelf: which family and palette a name gets, and the whole document."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from catalog.sleeves.dice import Dice
from catalog.sleeves.families import EVERY, FAMILIES, Family
from catalog.sleeves.lettered import column, echo, fields, initial
from catalog.sleeves.lettering import cap, clean, line_of_uses, width
from catalog.sleeves.pictured import cutouts, moire
from catalog.sleeves.shapes import PALETTES, SIDE, Colours, contrast, rect

# Goes into the sleeves' ETag: raise it when a change alters drawings.
VERSION = 1
UNTITLED = "?"


def _seed(artist: str, title: str) -> str:
    folded = unicodedata.normalize("NFKC", f"{artist}\n{title}").casefold()
    return re.sub(r"[^\S\n]+", " ", folded).strip()


def choose(artist: str, title: str, year: int | None = None) -> tuple[Dice, Colours, Family]:
    """The palette and family of a name; the decade only weighs the choice of family."""
    dice = Dice(_seed(artist, title))
    colours = dice.one(PALETTES)
    decade = min(max((year or 1980) // 10 * 10, 1950), 2000)
    family = dice.one(FAMILIES[decade]) if dice.next() < 0.75 else dice.one(EVERY)
    if family is moire:
        # A wall of moire tires the eye.
        second = Dice(_seed(title, artist))
        if second.next() < 0.6:
            family = Dice(_seed(title, artist)).one([column, cutouts])
    if family in (echo, initial) and len(title) > 26:
        family = fields
    return dice, colours, family


def sleeve(artist: str, title: str, year: int | None = None) -> str:
    """The drawing as a complete SVG document of 400 x 400 units.

    Any text is accepted: what XML forbids is left out, a name of nothing else becomes "?".
    """
    artist, title = clean(artist) or UNTITLED, clean(title) or UNTITLED
    dice, colours, family = choose(artist, title, year)
    body = family(dice, colours, artist, title)
    name = html.escape(f"{artist}: {title}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'role="img" aria-label="{name}">'
        f'<clipPath id="c"><path d="M0 0H{SIDE}V{SIDE}H0Z"/></clipPath><g clip-path="url(#c)">'
        f"{rect(0, 0, SIDE, SIDE, colours.ground)}{body}</g></svg>"
    )


def spine(
    artist: str, title: str, x: float, high: float, used: dict[str, str]
) -> tuple[str, float]:
    """A spine standing on its foot at x: its drawing and its width. Same palette as its sleeve.

    ``used`` collects the glyphs that the drawing refers to, as :func:`shelf` defines them.
    """
    artist, title = clean(artist) or UNTITLED, clean(title) or UNTITLED
    dice, colours, _ = choose(artist, title)
    wide = dice.one([17, 19, 19, 21, 23, 28])
    face = dice.one(["grotesque", "condensed", "condensed", "clarendon"])
    size = {"grotesque": 10.5, "condensed": 13.5, "clarendon": 10.5}[face]
    art = [rect(x, 0, wide, high, colours.ground)]
    if dice.next() < 0.35:
        art.append(rect(x, high - 26, wide, 26, colours.loud))
    elif dice.next() < 0.2:
        art.append(rect(x, 0, wide, 12, colours.mid) + rect(x, high - 12, wide, 12, colours.mid))
    room = high - 66
    both = width(face, artist, size) + width(face, title, size) + 22
    baseline = x + wide / 2 - cap(face, size) / 2
    tint = colours.loud if contrast(colours.loud, colours.ground) > 4 else colours.ink
    if both > room:
        size *= max(0.72, room / both)
    parts = line_of_uses(face, artist, 0, 0, size, colours.ink, used)
    parts += line_of_uses(face, title, width(face, artist, size) + 14, 0, size, tint, used)
    art.append(f'<g transform="translate({baseline:.1f} 18) rotate(90)">{parts}</g>')
    art.append(rect(x + wide - 0.8, 0, 0.8, high, "#000000", ' opacity=".28"'))
    return "".join(art), wide


def shelf(albums: Iterable[tuple[str, str]], high: float = 300, align: str = "xMinYMid") -> str:
    """A row of spines as one SVG, (artist, title) from left to right, cut where room ends.

    ``align`` is the SVG's own: "xMinYMid" keeps the left end in sight, "xMaxYMid" the right.
    Nothing but paint: it says the names again that stand beside it, so it is hidden from readers.
    """
    x, art, used = 0.0, [], dict[str, str]()
    for artist, title in albums:
        drawn, wide = spine(artist, title, x, high, used)
        art.append(drawn)
        x += wide
    x = max(x, 1.0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x:.0f} {high:.0f}" '
        f'width="{x:.0f}" height="{high:.0f}" preserveAspectRatio="{align} slice" '
        f'aria-hidden="true"><defs>{"".join(used.values())}</defs>{"".join(art)}</svg>'
    )
