"""Recommended albums, their reasons, and what people said to them."""

from recommendations.models.content import ContentSpace, ContentVector, SoundDescriptor
from recommendations.models.feedback import Dismissal, Lean, Lock, Shown
from recommendations.models.seeds import Seed
from recommendations.models.sets import Recommendation, RecommendationSet
from recommendations.models.settings import TasteSettings

__all__ = [
    "ContentSpace", "ContentVector", "Dismissal", "Lean", "Lock", "Recommendation",
    "RecommendationSet", "Seed", "Shown", "SoundDescriptor", "TasteSettings",
]  # fmt: skip
