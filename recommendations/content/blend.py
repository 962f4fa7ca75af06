"""Tags and sound in one vector of length 1. Pure.

The cosine of two blended vectors is TAGS times the cosine of their tags plus SOUND times that of
their sound. Where one of the two was never heard, it is the root of TAGS times the tags' alone,
which is what a pair of middling likeness in sound gets: not having been heard is no fault.
"""

from __future__ import annotations

import math

import numpy as np

from recommendations.content import sound, space
from recommendations.content.space import Floats

DIMENSIONS = 128
TAGS, SOUND = 0.7, 0.3
SOUND_FROM = space.DIMENSIONS


def blend(tags: Floats, heard: Floats | None) -> Floats:
    """DIMENSIONS floats of space.DIMENSIONS for tags and sound.NUMBERS for sound (on one scale,
    or None); all 0 where neither says anything."""
    found = np.zeros(DIMENSIONS, dtype=np.float32)
    found[:SOUND_FROM] = math.sqrt(TAGS) * space.unit(tags)
    if heard is not None:
        found[SOUND_FROM : SOUND_FROM + sound.NUMBERS] = math.sqrt(SOUND) * space.unit(heard)
    return space.unit(found)


def likeness_in_sound(one: Floats, other: Floats) -> float | None:
    """Cosine of the sound of two blended vectors; None where one of them was never heard."""
    left, right = one[SOUND_FROM:], other[SOUND_FROM:]
    lengths = float(np.linalg.norm(left)) * float(np.linalg.norm(right))
    return float(left @ right) / lengths if lengths else None
