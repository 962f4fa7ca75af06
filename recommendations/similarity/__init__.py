"""Artists who are near to each other, learned from listening that may be learned from."""

from recommendations.similarity.serving import (
    ModelInfo,
    NearArtist,
    model_in_use,
    near_artists,
)

__all__ = ["ModelInfo", "NearArtist", "model_in_use", "near_artists"]
