"""Recommended albums, their reasons, and what people said to them."""

from recommendations.models.content import ContentSpace, ContentVector, SoundDescriptor
from recommendations.models.feedback import Dismissal, Lean, Lock, Shown
from recommendations.models.seeds import Seed
from recommendations.models.sets import Recommendation, RecommendationSet
from recommendations.models.settings import TasteSettings
from recommendations.models.similarity import ListenFile, OpenListen, SimilarityModel

__all__ = [
    "ContentSpace", "ContentVector", "Dismissal", "Lean", "ListenFile", "Lock", "OpenListen",
    "Recommendation", "RecommendationSet", "Seed", "Shown", "SimilarityModel", "SoundDescriptor",
    "TasteSettings",
]  # fmt: skip
