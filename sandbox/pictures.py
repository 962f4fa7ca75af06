"""Tiny PNG pictures made by code: a plain field with a band, coloured by a name."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from sandbox.room import mixed


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@lru_cache(maxsize=256)
def png(name: str, size: int) -> bytes:
    """A valid square PNG with two palette colours, a few hundred bytes."""
    seed = mixed("picture", name)
    palette = bytes([40 + seed % 170, 40 + seed // 7 % 170, 40 + seed // 49 % 170, 235, 225, 205])
    rows = bytearray()
    band = size // 3 + seed % (size // 3)
    for y in range(size):
        bit = 0xFF if band <= y < band + size // 9 else 0x00
        rows += b"\x00" + bytes([bit]) * ((size + 7) // 8)
    header = struct.pack(">IIBBBBB", size, size, 1, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + _chunk(b"IEND", b"")
    )
