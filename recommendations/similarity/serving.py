"""Artists near to a profile, by the model in use. No model, no artists: nothing breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NearArtist:
    """An artist whom a profile leads to.

    `score` is 1 for the best of this profile and falls to 0. `because` names artists of the
    profile with what each contributed (same unit as each other, largest first), read off the
    model's own sum.
    """

    artist_id: int
    score: float
    because: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model that serves just now."""

    version: str
    created: datetime
    artists: int
    listeners: int


def near_artists(profile: Mapping[int, float], *, limit: int = 300) -> list[NearArtist]:
    """The `limit` artists nearest to a profile (artist id to a plays-like weight of 0 or more),
    best first, none of the profile's own. [] where no model is in use."""
    return []


def model_in_use() -> ModelInfo | None:
    """What is known of the model that serves, or None where none does."""
    return None
