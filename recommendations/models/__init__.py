"""Recommended albums, their reasons, and what people said to them."""

from recommendations.models.feedback import Dismissal, Lock
from recommendations.models.seeds import Seed
from recommendations.models.sets import Recommendation, RecommendationSet

__all__ = [
    "Dismissal", "Lock", "Recommendation", "RecommendationSet", "Seed",
]  # fmt: skip
