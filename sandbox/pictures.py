"""Small PNG pictures made by code: flat shapes in few colours, chosen by a name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from math import isqrt

from sandbox.room import mixed

# Ground and three inks each.
PALETTES = (
    ("e9dcc3", "b5402a", "1f3b4d", "d99a2b"), ("20222b", "e0b04c", "c8553d", "f1e9da"),
    ("d8e0da", "2f5d50", "e07a5f", "22313f"), ("f2c14e", "30343f", "d1495b", "fffaf0"),
    ("3d405b", "f4f1de", "e07a5f", "81b29a"), ("f6efe6", "4b3f72", "1b998b", "e84855"),
    ("5c1a1b", "f3d9b1", "c29979", "1e1e24"), ("bcd4de", "0b3954", "ff6663", "fefffe"),
)  # fmt: skip
Spans = list[tuple[int, int]]  # (colour, how many pixels)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _rings(y: int, size: int, seed: int) -> Spans:
    """Circles in one another, off the middle."""
    middle, high = size * (35 + seed % 30) // 100, size * (35 + seed // 30 % 30) // 100
    row = bytearray(size)
    for colour, share in ((1, 48), (2, 34), (3, 20), (0, 8)):
        radius = size * share // 100
        if abs(y - high) < radius:
            half = isqrt(radius * radius - (y - high) ** 2)
            left, right = max(0, middle - half), min(size, middle + half)
            row[left:right] = bytes([colour]) * (right - left)
    return [(colour, 1) for colour in row]


def _stripes(y: int, size: int, seed: int) -> Spans:
    """Upright stripes, cut by a field of the ground."""
    if y > size * (62 + seed % 20) // 100:
        return [(0, size)]
    count = 5 + seed // 7 % 6
    edges = [size * n // count for n in range(count + 1)]
    return [((n + seed) % 3 + 1, edges[n + 1] - edges[n]) for n in range(count)]


def _land(y: int, size: int, seed: int) -> Spans:
    """A disc over bands of land."""
    ground = size * (52 + seed % 16) // 100
    if y >= ground:
        return [((y - ground) * 5 // size % 2 + 1, size)]
    radius, middle, high = size * 17 // 100, size * (30 + seed % 40) // 100, size * 30 // 100
    if abs(y - high) >= radius:
        return [(0, size)]
    half = isqrt(radius * radius - (y - high) ** 2)
    return [(0, middle - half), (3, 2 * half), (0, size - middle - half)]


def _tiles(y: int, size: int, seed: int) -> Spans:
    """A board of squares."""
    count = 3 + seed % 3
    edges = [size * n // count for n in range(count + 1)]
    row = y * count // size
    return [(mixed("tile", seed, row, n) % 4, edges[n + 1] - edges[n]) for n in range(count)]


_DRAWINGS: tuple[Callable[[int, int, int], Spans], ...] = (_rings, _stripes, _land, _tiles)


@lru_cache(maxsize=256)
def png(name: str, size: int) -> bytes:
    """A valid square PNG in four flat colours, a few kilobytes at most."""
    seed = mixed("picture", name)
    draw, colours = _DRAWINGS[seed % 4], PALETTES[seed // 4 % len(PALETTES)]
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # no filter
        for colour, count in draw(y, size, seed // 64 % 9973):
            rows += bytes([colour]) * count
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", bytes.fromhex("".join(colours)))
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + _chunk(b"IEND", b"")
    )
