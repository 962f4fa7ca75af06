"""SVG marks and colours: strings in, strings out. Lengths are units of a 400 x 400 sleeve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SIDE = 400
MARGIN = 26
DARK, PALE = "#14120F", "#F6F1E6"


class Colours(NamedTuple):
    """One palette: ``ink`` reads on ``ground`` (5.3 or more); ``loud`` and ``mid`` carry shapes."""

    ground: str
    ink: str
    loud: str
    mid: str
    soft: str


PALETTES = [
    Colours("#16233F", "#F3EBDC", "#E2762F", "#5D86A0", "#2A3C60"),
    Colours("#EDE7DB", "#1B1916", "#C7341F", "#8B8578", "#D5CCBA"),
    Colours("#E0A526", "#1D1A14", "#F6EEDC", "#9A3B1C", "#C88A14"),
    Colours("#0F4845", "#F2E8D2", "#E6763C", "#7FB0A0", "#1C605B"),
    Colours("#EAC9BB", "#2A1C2D", "#B53A2C", "#7A5474", "#DDB0A0"),
    Colours("#5F6138", "#F2EACF", "#DDA63F", "#23241A", "#767849"),
    Colours("#1D43A0", "#F5F2EA", "#F0B411", "#0D1A3A", "#4A6FC6"),
    Colours("#3A2140", "#F2DFD0", "#D95B3E", "#A788A6", "#533259"),
    Colours("#BDD6C6", "#15302B", "#DF5330", "#4E8472", "#A2C2B0"),
    Colours("#CBC9C3", "#1C1C1B", "#6A6863", "#F3F2EE", "#B2B0A9"),
    Colours("#9E3A1F", "#F5E6CC", "#1E1512", "#E2A656", "#B65334"),
    Colours("#A9C6D6", "#172836", "#D6502E", "#F4F0E5", "#83AABF"),
    Colours("#151413", "#EEEBE3", "#BA9A5C", "#6B675F", "#2A2826"),
    Colours("#E6A5AC", "#14382C", "#C23F3B", "#F7ECDF", "#D58A93"),
    Colours("#F1EFE9", "#18243B", "#2D6BB0", "#D8AE35", "#DCD8CD"),
    Colours("#24352C", "#EFE9D6", "#C9D36A", "#6F8F77", "#34493D"),
]


def rect(x: float, y: float, w: float, h: float, fill: str, extra: str = "") -> str:
    """A rectangle by its upper left corner."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{fill}"{extra}/>'


def disc(x: float, y: float, r: float, fill: str) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{fill}"/>'


def ring(x: float, y: float, r: float, stroke: str, thick: float) -> str:
    """A circle's line."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="none" '
        f'stroke="{stroke}" stroke-width="{thick:.1f}"/>'
    )


def shape(points: Iterable[tuple[float, float]], fill: str) -> str:
    """A closed polygon."""
    return f'<path fill="{fill}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}Z"/>'


def mix(one: str, two: str, share: float) -> str:
    """The colour ``share`` of the way from one to the other."""
    first, second = (_channels(colour) for colour in (one, two))
    return "#" + "".join(
        f"{round(a + (b - a) * share):02X}" for a, b in zip(first, second, strict=True)
    )


def contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(background: str, colours: Colours) -> str:
    """Whichever of the palette's text colours, black and white stands out most."""
    return max((colours.ink, colours.ground, DARK, PALE), key=lambda c: contrast(c, background))


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
