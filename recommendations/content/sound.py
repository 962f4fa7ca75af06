"""Sound in thirty numbers: tempo, timbre, harmony, dynamics. Pure.

They are measured from audio by librosa, where this installation has it, or read from the
low-level documents of AcousticBrainz (CC0). The two measure on different scales, so each source
is put on one scale by its own mean and spread before they meet in a vector.
"""

from __future__ import annotations

import importlib.util
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
RATE = 22_050
LONGEST_SECONDS = 60
LEAST_SECONDS = 3
TIMBRE, HARMONY = 12, 12
NUMBERS = 1 + TIMBRE + HARMONY + 5
# Beyond this many spreads from the mean nothing more is said.
FARTHEST = 3.0
# How strongly the notes of a scale belong to its key, from C: Krumhansl and Kessler 1982,
# "Tracing the dynamic changes in perceived tonal organization", the probe tone ratings.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


class NoSound(ValueError):
    """The data are no sound that can be measured; the text says why."""


class NoLibrosa(RuntimeError):
    """The optional part for sound is not installed."""

    def __str__(self) -> str:
        return "sound is not measured here: install requirements-audio.txt"


@dataclass(frozen=True, slots=True)
class Descriptors:
    """`tempo` in beats a minute; `timbre` MFCC 2 to 13; `harmony` the share of each note of the
    scale, counted from the key's own; `minor` from -1 (clearly major) to 1 (clearly minor);
    `loudness` and `spread` as the source measures them; `brightness` in hertz; `onsets` a second.
    """

    tempo: float
    timbre: tuple[float, ...]
    harmony: tuple[float, ...]
    minor: float
    loudness: float
    spread: float
    brightness: float
    onsets: float

    def numbers(self) -> list[float]:
        """NUMBERS floats in a fixed order; tempo and brightness by octaves, as ears hear them."""
        return [
            math.log2(max(self.tempo, 1.0)),
            *self.timbre,
            *self.harmony,
            self.minor,
            self.loudness,
            self.spread,
            math.log2(max(self.brightness, 1.0)),
            self.onsets,
        ]


def is_available() -> bool:
    """Whether audio can be measured here."""
    return importlib.util.find_spec("librosa") is not None


def from_audio(audio: bytes | Path) -> Descriptors:
    """Measure a clip, or the first minute of a file. NoSound, or NoLibrosa."""
    if not is_available():
        raise NoLibrosa
    # Half a gigabyte that most installations do not have, and seconds to load where they do.
    import librosa

    source: Any = io.BytesIO(audio) if isinstance(audio, bytes) else str(audio)
    try:
        wave, _rate = librosa.load(source, sr=RATE, mono=True, duration=LONGEST_SECONDS)
    except Exception as error:  # each of its decoders has errors of its own
        raise NoSound("this is no audio file that can be read") from error
    if len(wave) < LEAST_SECONDS * RATE:
        raise NoSound(f"shorter than {LEAST_SECONDS} seconds")
    if float(np.abs(wave).max()) < 1e-4:
        raise NoSound("it is silent")
    tempo, _beats = librosa.beat.beat_track(y=wave, sr=RATE)
    spectrum = np.abs(librosa.stft(wave))
    chroma = librosa.feature.chroma_stft(S=spectrum**2, sr=RATE).mean(axis=1)
    mel = librosa.feature.melspectrogram(S=spectrum**2, sr=RATE)
    timbre = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=TIMBRE + 1).mean(axis=1)
    loudness = librosa.amplitude_to_db(librosa.feature.rms(S=spectrum)[0])
    onsets = librosa.onset.onset_detect(y=wave, sr=RATE)
    harmony, minor = _in_key([float(one) for one in chroma])
    return Descriptors(
        tempo=float(np.atleast_1d(tempo)[0]),
        timbre=tuple(float(one) for one in timbre[1:]),
        harmony=harmony,
        minor=minor,
        loudness=float(loudness.mean()),
        spread=float(loudness.std()),
        brightness=float(librosa.feature.spectral_centroid(S=spectrum, sr=RATE).mean()),
        onsets=len(onsets) * RATE / len(wave),
    )


def from_acousticbrainz(document: Mapping[str, Any]) -> Descriptors:
    """Read a low-level document of AcousticBrainz. NoSound where a number is missing or none."""
    try:
        low, rhythm, tonal = document["lowlevel"], document["rhythm"], document["tonal"]
        bins = [float(one) for one in tonal["hpcp"]["mean"]]
        size = len(bins) // HARMONY
        # Its profile has 36 bins, three to a note; the first is A.
        notes = [sum(bins[at : at + size]) for at in range(0, size * HARMONY, size)]
        harmony, minor = _in_key(notes[3:] + notes[:3])
        found = Descriptors(
            tempo=float(rhythm["bpm"]),
            timbre=tuple(float(one) for one in low["mfcc"]["mean"][1 : TIMBRE + 1]),
            harmony=harmony,
            minor=minor,
            loudness=float(low["average_loudness"]),
            spread=float(low["dynamic_complexity"]),
            brightness=float(low["spectral_centroid"]["mean"]),
            onsets=float(rhythm["onset_rate"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise NoSound("a number is missing") from error
    numbers = found.numbers()
    if len(numbers) != NUMBERS or not all(math.isfinite(one) for one in numbers):
        raise NoSound("a number is missing")
    return found


def _in_key(notes: Sequence[float]) -> tuple[tuple[float, ...], float]:
    """Notes from C turned so that the key's own comes first, as shares, and how minor it is."""
    total = sum(notes)
    if len(notes) != HARMONY or total <= 0:
        raise NoSound("no notes in it")
    shares = [one / total for one in notes]
    turns = [shares[at:] + shares[:at] for at in range(HARMONY)]
    major = [_likeness(turn, MAJOR) for turn in turns]
    minor = [_likeness(turn, MINOR) for turn in turns]
    best = max(range(HARMONY), key=lambda at: max(major[at], minor[at]))
    return tuple(turns[best]), max(minor) - max(major)


def _likeness(notes: Sequence[float], profile: Sequence[float]) -> float:
    """Correlation; 0 of notes that are all alike."""
    if max(notes) - min(notes) < 1e-12:
        return 0.0
    return float(np.corrcoef(notes, profile)[0, 1])


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and spread of each number over all that one source measured."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> Scale:
        """Of at least one row."""
        table = np.asarray(rows, dtype=np.float32)
        spread = table.std(axis=0)
        return cls(table.mean(axis=0), np.where(spread < 1e-6, 1.0, spread).astype(np.float32))

    def place(self, numbers: Sequence[float]) -> Floats:
        """The numbers in spreads from the mean, none beyond FARTHEST."""
        found = (np.asarray(numbers, dtype=np.float32) - self.mean) / self.spread
        return np.clip(found, -FARTHEST, FARTHEST)
