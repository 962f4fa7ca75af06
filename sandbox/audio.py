"""Short synthesised clips that stand for previews: a beat, a bass and a few chords.

Nothing recorded is in them. Tempo, drums and timbre follow the track's genre and style, key and
small differences its number, so that descriptors of one style lie near each other and those of
others far away. The same track always gives the same bytes.
"""

from __future__ import annotations

import array
import math
import random
import sys
from dataclasses import dataclass
from functools import lru_cache

from sandbox.people import Track
from sandbox.room import mixed

RATE = 22_050
SECONDS = 12
TURN = 2 * math.pi
SCALES = {"major": (0, 4, 7, 9, 5), "minor": (0, 3, 7, 8, 5), "blue": (0, 3, 7, 10, 5)}


@dataclass(frozen=True)
class Recipe:
    """``bpm`` at the middle; ``kick``, ``snare``, ``hat``: places in a bar of 16 steps.

    ``harmonics``: strengths of a tone's partials (bright when many are strong). ``noise``: hiss
    under all. ``note_steps``: how long a tone of the melody lasts. ``decay``: how fast tones fade
    (per second, 0 for a held pad). ``octave``: of the chords.
    """

    bpm: float
    kick: tuple[int, ...]
    snare: tuple[int, ...]
    hat: tuple[int, ...]
    harmonics: tuple[float, ...]
    scale: str = "minor"
    noise: float = 0.0
    note_steps: int = 2
    decay: float = 3.0
    octave: int = 3


SINE, TRIANGLE = (1.0,), (1.0, 0.0, 0.11, 0.0, 0.04)
PLUCK = (1.0, 0.5, 0.33, 0.2, 0.12, 0.06)
SAW = tuple(1 / n for n in range(1, 13))
SQUARE = tuple(1 / n if n % 2 else 0.0 for n in range(1, 16))
FUZZ = tuple(0.9 / math.sqrt(n) for n in range(1, 19))
EVERY, EIGHTHS, FOUR = tuple(range(16)), tuple(range(0, 16, 2)), (0, 4, 8, 12)
BACKBEAT = (4, 12)

RECIPES: tuple[tuple[frozenset[str], Recipe], ...] = (
    (frozenset({"Ambient", "Berlin-School", "New Age", "Drone"}),
     Recipe(62, (), (), (), TRIANGLE, "major", 0.0, 8, 0.2)),
    (frozenset({"Techno", "House", "Deep House", "Acid", "Minimal", "UK Garage", "Electro"}),
     Recipe(127, FOUR, BACKBEAT, (2, 6, 10, 14), SAW, "minor", 0.01, 1, 7.0)),
    (frozenset({"Drum n Bass", "Jungle", "Breakbeat", "IDM", "Big Beat"}),
     Recipe(168, (0, 10), BACKBEAT, EVERY, SAW, "minor", 0.02, 1, 9.0)),
    (frozenset({"Downtempo", "Trip Hop", "Instrumental Hip-Hop", "Abstract"}),
     Recipe(84, (0, 7, 10), BACKBEAT, EIGHTHS, TRIANGLE, "minor", 0.03, 4, 1.5)),
    (frozenset({"Heavy Metal", "Thrash", "Death Metal", "Black Metal", "Speed Metal"}),
     Recipe(172, EIGHTHS, BACKBEAT, FOUR, FUZZ, "minor", 0.08, 1, 2.0, 3)),
    (frozenset({"Punk", "Hardcore", "Post-Punk", "Garage Rock", "No Wave", "Goth Rock"}),
     Recipe(158, (0, 8), BACKBEAT, EIGHTHS, SQUARE, "minor", 0.04, 1, 4.0)),
    (frozenset({"Krautrock", "Kosmische"}),
     Recipe(136, (0, 2, 8, 10), BACKBEAT, EVERY, SQUARE, "major", 0.02, 1, 3.0)),
    (frozenset({"Bossa Nova", "Samba", "MPB"}),
     Recipe(132, (0, 6, 8, 14), (3, 10), EIGHTHS, PLUCK, "major", 0.01, 2, 5.0, 4)),
    (frozenset({"Dub", "Roots Reggae", "Reggae", "Dancehall", "Ska", "Rocksteady"}),
     Recipe(76, (8,), (8,), (2, 6, 10, 14), PLUCK, "minor", 0.01, 4, 6.0)),
    (frozenset({"Disco", "Dance-pop", "Electropop", "Synth-pop", "Europop"}),
     Recipe(118, FOUR, BACKBEAT, (2, 6, 10, 14), SQUARE, "major", 0.0, 2, 5.0)),
)  # fmt: skip
BY_GENRE = {
    "Jazz": Recipe(144, (0, 10), (), (0, 4, 7, 8, 12, 15), TRIANGLE, "blue", 0.02, 1, 4.0, 4),
    "Electronic": Recipe(122, FOUR, BACKBEAT, EIGHTHS, SAW, "minor", 0.0, 1, 6.0),
    "Hip Hop": Recipe(91, (0, 3, 10), BACKBEAT, EIGHTHS, SINE, "minor", 0.03, 4, 2.0, 2),
    "Funk / Soul": Recipe(106, (0, 6, 9), BACKBEAT, EVERY, PLUCK, "blue", 0.01, 1, 8.0),
    "Reggae": Recipe(76, (8,), (8,), (2, 6, 10, 14), PLUCK, "minor", 0.01, 4, 6.0),
    "Classical": Recipe(72, (), (), (), PLUCK, "major", 0.0, 2, 1.0, 4),
    "Folk, World, & Country": Recipe(98, (), (), (), PLUCK, "major", 0.01, 1, 5.0, 4),
    "Blues": Recipe(88, (0, 8), BACKBEAT, (0, 3, 4, 7, 8, 11, 12, 15), SQUARE, "blue", 0.02, 3),
    "Latin": Recipe(102, (0, 6), (3, 10), EIGHTHS, PLUCK, "minor", 0.01, 1, 6.0, 4),
    "Pop": Recipe(116, (0, 8), BACKBEAT, EIGHTHS, TRIANGLE, "major", 0.0, 2, 3.0),
}
ROCK = Recipe(124, (0, 8, 10), BACKBEAT, EIGHTHS, SQUARE, "blue", 0.03, 2, 2.5)


def recipe_of(track: Track) -> Recipe:
    """By the album's first telling style, else by its genre, else rock."""
    for style in track.album.styles:
        for styles, recipe in RECIPES:
            if style in styles:
                return recipe
    found = (BY_GENRE[genre] for genre in track.album.genres if genre in BY_GENRE)
    return next(found, ROCK)


def tempo(track: Track) -> float:
    """Beats a minute: the recipe's, up to five in a hundred slower or faster."""
    shift = mixed("tempo", track.album.number, track.position) % 101 - 50
    return round(recipe_of(track).bpm * (1 + shift / 1000), 1)


def _wave(harmonics: tuple[float, ...]) -> list[float]:
    """One period, 256 steps, at most 1 high."""
    wave = [
        sum(part * math.sin(TURN * n * i / 256) for n, part in enumerate(harmonics, 1))
        for i in range(256)
    ]
    peak = max(abs(value) for value in wave)
    return [value / peak for value in wave]


def _add_tone(
    mix: list[float], wave: list[float], hertz: float, start: int, count: int, loud: float,
    decay: float,
) -> None:  # fmt: skip
    step, phase = hertz * 256 / RATE, 0.0
    fade, level = math.exp(-decay / RATE), loud
    attack = min(200, count)
    for i in range(start, min(start + count, len(mix))):
        ramp = min(1.0, (i - start) / attack)
        mix[i] += wave[int(phase) & 255] * level * ramp
        phase += step
        level *= fade


def _add_drum(mix: list[float], sound: list[float], start: int) -> None:
    for i, value in enumerate(sound[: max(0, len(mix) - start)], start):
        mix[i] += value


def _drums() -> tuple[list[float], list[float], list[float]]:
    rng = random.Random(7)
    kick = [
        0.9 * math.exp(-i / 1800) * math.sin(TURN * (48 + 80 * math.exp(-i / 500)) * i / RATE)
        for i in range(4400)
    ]
    snare = [0.5 * math.exp(-i / 1100) * rng.uniform(-1, 1) for i in range(3300)]
    previous, hat = 0.0, []
    for i in range(1100):
        # The difference of neighbours leaves the high part of the noise.
        now = rng.uniform(-1, 1)
        hat.append(0.18 * math.exp(-i / 260) * (now - previous))
        previous = now
    return kick, snare, hat


def _bars(track: Track, count: int) -> list[float]:
    recipe, rng = recipe_of(track), random.Random(mixed("clip", track.album.number, track.position))
    step = 60 / tempo(track) / 4 * RATE
    mix = [0.0] * round(step * 16 * count)
    wave, low = _wave(recipe.harmonics), _wave(TRIANGLE)
    root = 55 * 2 ** (rng.randrange(12) / 12)
    scale = SCALES[recipe.scale]
    kick, snare, hat = _drums()
    for bar in range(count):
        chord = 2 ** (scale[(0, 3, 4, 1)[bar % 4]] / 12)
        begin = bar * 16
        for places, sound in ((recipe.kick, kick), (recipe.snare, snare), (recipe.hat, hat)):
            for place in places:
                _add_drum(mix, sound, round((begin + place) * step))
        for place in range(0, 16, 4):
            where, length = round((begin + place) * step), round(step * 4)
            _add_tone(mix, low, root * chord, where, length, 0.4, 2.0)
        for place in range(0, 16, recipe.note_steps):
            tone = root * chord * 2 ** (recipe.octave - 1 + rng.choice(scale) / 12)
            where = round((begin + place) * step)
            length = round(step * recipe.note_steps)
            _add_tone(mix, wave, tone, where, length, 0.3, recipe.decay)
    if recipe.noise:
        mix = [value + recipe.noise * rng.uniform(-1, 1) for value in mix]
    return mix


@lru_cache(maxsize=32)
def clip(track: Track) -> bytes:
    """A WAV file: one channel, 16 bits, twelve seconds."""
    bars = _bars(track, 2)
    peak = max(max(bars), -min(bars), 0.01)
    loop = array.array("h", (round(value / peak * 26_000) for value in bars))
    whole = (loop * (RATE * SECONDS // len(loop) + 1))[: RATE * SECONDS]
    if sys.byteorder == "big":
        whole.byteswap()
    data = whole.tobytes()
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + b"\x10\0\0\0\1\0\1\0"
    head += RATE.to_bytes(4, "little") + (RATE * 2).to_bytes(4, "little") + b"\2\0\x10\0data"
    return head + len(data).to_bytes(4, "little") + data
