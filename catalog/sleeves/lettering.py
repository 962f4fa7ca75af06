"""Text as outlines: widths, line breaks, fitting a title into its box."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

_COMMANDS = re.compile(r"([MLHVQCZ])([^MLHVQCZ]*)")
_NUMBER = re.compile(r"-?\d+")


@lru_cache(maxsize=1)
def _faces() -> dict[str, Any]:
    """Faces by name: capital height and {character: [advance, path]} in thousandths of the size."""
    return json.loads((Path(__file__).parent / "glyphs.json").read_text("utf8"))


def _glyph(face: str, char: str) -> tuple[float, str] | None:
    table = _faces()[face]["g"]
    if char not in table:
        char = unicodedata.normalize("NFKD", char)[0]
    found = table.get(char)
    return (found[0], found[1]) if found else None


def _drawable(face: str, text: str) -> bool:
    return all(_glyph(face, char) for char in text)


def width(face: str, text: str, size: float, tracking: float = 0.0) -> float:
    """Advance of the text; scripts we hold no outlines for count as square."""
    units = sum((_glyph(face, char) or (1000, ""))[0] for char in text)
    return units * size / 1000 + tracking * size * max(len(text) - 1, 0)


def cap(face: str, size: float) -> float:
    """Height of capitals."""
    return _faces()[face]["cap"] * size / 1000


def clean(text: str) -> str:
    """The text without what XML forbids (control characters, lone surrogates), on one line."""
    kept = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text
    )
    kept = "".join(char for char in kept if ord(char) & 0xFFFE != 0xFFFE)
    return " ".join(kept.split())


def line(
    face: str, text: str, x: float, y: float, size: float, fill: str, anchor: str = "start",
    tracking: float = 0.0,
) -> str:  # fmt: skip
    """One line of outlined text with its baseline at y; other scripts become system text."""
    long = width(face, text, size, tracking)
    x -= {"start": 0, "middle": long / 2, "end": long}[anchor]
    if not _drawable(face, text):
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size * 0.94:.1f}" fill="{fill}" '
            f'font-family="system-ui,sans-serif" font-weight="600">{html.escape(text)}</text>'
        )
    scale, parts = size / 1000, []
    for char in text:
        advance, path = _glyph(face, char) or (0, "")
        parts.append(_move(path, scale, x, y))
        x += advance * scale + tracking * size
    return f'<path fill="{fill}" d="{"".join(parts)}"/>'


def line_of_uses(
    face: str, text: str, x: float, y: float, size: float, fill: str, used: dict[str, str]
) -> str:
    """As :func:`line`, but each glyph is a reference; ``used`` collects their definitions by id.

    For drawings with much small text: a shelf of fifty spines becomes a tenth of the size.
    """
    if not _drawable(face, text):
        return line(face, text, x, y, size, fill)
    at, parts = 0.0, []
    for char in text:
        advance, path = _glyph(face, char) or (0, "")
        if path:
            key = f"{face[:2]}{ord(char):x}"
            used.setdefault(key, f'<path id="{key}" d="{path}"/>')
            parts.append(f'<use href="#{key}" x="{at:.0f}"/>')
        at += advance
    move = f"translate({x:.1f} {y:.1f}) scale({size / 1000:.5f})"
    return f'<g fill="{fill}" transform="{move}">{"".join(parts)}</g>'


def _move(path: str, scale: float, dx: float, dy: float) -> str:
    """Scale and shift a path made of absolute M L H V Q C Z commands."""
    out = []
    for command, body in _COMMANDS.findall(path):
        numbers = [int(n) for n in _NUMBER.findall(body)]
        if command == "H":
            moved = [numbers[0] * scale + dx]
        elif command == "V":
            moved = [numbers[0] * scale + dy]
        else:
            moved = [n * scale + (dx, dy)[i % 2] for i, n in enumerate(numbers)]
        out.append(command + " ".join(f"{n:.1f}".removesuffix(".0") for n in moved))
    return "".join(out)


def wrap(face: str, text: str, room: float, size: float, tracking: float = 0.0) -> list[str] | None:
    """Greedy lines; None when a single word is wider than the room."""
    rows, row = [], ""
    for word in text.split():
        if width(face, word, size, tracking) > room:
            return None
        longer = f"{row} {word}".strip()
        if width(face, longer, size, tracking) <= room:
            row = longer
        else:
            rows.append(row)
            row = word
    return [*rows, row]


def fit(
    face: str, text: str, room: float, tall: float, biggest: float, smallest: float = 13,
    leading: float = 1.0, tracking: float = 0.0, rows_at_most: int = 9,
) -> tuple[float, list[str]]:  # fmt: skip
    """The largest size at which the text fills the box, and its lines."""
    size = biggest
    while size > smallest:
        rows = wrap(face, text, room, size, tracking)
        tall_now = cap(face, size) + (len(rows or ()) - 1) * size * leading
        if rows and len(rows) <= rows_at_most and tall_now <= tall:
            return size, rows
        size *= 0.96
    return smallest, _cut(face, text, room, smallest, tracking, rows_at_most)


def _cut(
    face: str, text: str, room: float, size: float, tracking: float, at_most: int
) -> list[str]:
    """What does not fit even at the smallest size ends in an ellipsis, never outside its box."""
    rows = wrap(face, text, room, size, tracking) or [text]
    if len(rows) > at_most:
        rows = [*rows[: at_most - 1], " ".join(rows[at_most - 1 :])]
    last = rows[-1]
    if width(face, last, size, tracking) > room:
        while last and width(face, last + "…", size, tracking) > room:
            last = last[:-1]
        rows[-1] = last.rstrip() + "…"
    return rows


def stack(
    face: str, rows: list[str], x: float, top: float, size: float, fill: str, leading: float = 1.0,
    anchor: str = "start", tracking: float = 0.0,
) -> tuple[str, float]:  # fmt: skip
    """Lines set downwards, capitals of the first touching ``top``: art and last baseline."""
    baseline = top + cap(face, size)
    art = []
    for row in rows:
        art.append(line(face, row, x, baseline, size, fill, anchor, tracking))
        baseline += size * leading
    return "".join(art), baseline - size * leading


def names(
    face: str, artist: str, title: str, x: float, top: float, room: float, tall: float, ink: str,
    big: float = 40, small: float = 15, leading: float = 1.04,
) -> str:  # fmt: skip
    """Title large, artist under it: the plain and reliable way to name a sleeve."""
    small *= 1.22
    size, rows = fit(
        face, title, room, tall - small * 1.9, big * 1.12, leading=leading, rows_at_most=4
    )
    art, bottom = stack(face, rows, x, top, size, ink, leading)
    second, who = fit(face, artist, room, small * 2.6, small, 11, rows_at_most=2)
    more, _ = stack(face, who, x, bottom + small * 0.85, second, ink, 1.15)
    return art + more
