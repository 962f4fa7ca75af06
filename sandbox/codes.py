"""ISRC and UPC of the sandbox's tracks and albums, the same at every service that names them.

The code carries the album's number and the track's place, so that a lookup needs no index. The
registrant ``VIN`` belongs to nobody: no real recording is meant.
"""

from __future__ import annotations

from sandbox.people import Track
from sandbox.titles import track_titles
from sandbox.world import Album, World

PREFIX = "XSVIN"
PLACES = 64
UPC_BASE = 60_000_000_000


def track_number(album: Album, position: int) -> int:
    """One number for a track of the whole catalogue."""
    return album.number * PLACES + position


def track_numbered(world: World, number: int) -> Track | None:
    album_number, position = divmod(number, PLACES)
    if not 0 <= album_number < len(world.albums):
        return None
    album = world.albums[album_number]
    titles = track_titles(album)
    return Track(album, position, titles[position]) if position < len(titles) else None


def isrc(track: Track) -> str:
    """Twelve signs: country, registrant, two digits for the year, five for the recording."""
    return f"{PREFIX}{track_number(track.album, track.position):07d}"


def track_with_isrc(world: World, code: str) -> Track | None:
    code = code.upper().replace("-", "")
    digits = code.removeprefix(PREFIX)
    if len(code) != 12 or digits == code or not digits.isdigit():
        return None
    return track_numbered(world, int(digits))


def upc(album: Album) -> str:
    """Twelve digits, the last of them the check digit."""
    body = f"{UPC_BASE + album.number:011d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def album_with_upc(world: World, code: str) -> Album | None:
    code = code.lstrip("0") if len(code) > 12 else code
    if len(code) != 12 or not code.isdigit():
        return None
    number = int(code[:11]) - UPC_BASE
    album = world.albums[number] if 0 <= number < len(world.albums) else None
    return album if album and upc(album) == code else None
