"""A picture from elsewhere, drawn anew as WebP in the two sizes that pages show. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image

from vinyl.upstreams import pictures

# The longer side in pixels: twice what a card takes, and twice the album page's column.
SMALL, LARGE = 360, 1_000
QUALITY = 80
CONTENT_TYPE = "image/webp"


@dataclass(frozen=True)
class Encoded:
    """Both files; width and height in pixels are the large one's."""

    small: bytes = field(repr=False)
    large: bytes = field(repr=False)
    width: int
    height: int


def encode(body: bytes) -> Encoded:
    """The whole picture, uncropped, in both sizes; never larger than it came. Raises
    `pictures.NotAPicture` for what is none, is damaged, or is too large to unpack."""
    large = pictures.drawn(body, longest=LARGE)
    small = large.copy()
    small.thumbnail((SMALL, SMALL))
    return Encoded(_webp(small), _webp(large), large.width, large.height)


def _webp(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=4)
    return written.getvalue()
