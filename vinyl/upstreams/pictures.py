"""Pictures from elsewhere, drawn anew: what we keep and show was written by us. Pure.

A file that a browser would take for a picture can hold more than one: a script, somebody's
whereabouts, or a size that fills our memory when it is unpacked.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
LONGEST = 1_200
MOST_PIXELS = 40_000_000
QUALITY = 85


class NotAPicture(ValueError):
    """Not one of the four formats, damaged, or too large to unpack."""


@dataclass(frozen=True)
class Picture:
    """A JPEG without anything but the picture."""

    body: bytes = field(repr=False)
    width: int
    height: int
    kind: str = "image/jpeg"


def redraw(body: bytes, *, longest: int = LONGEST) -> Picture:
    """The picture (the first of several), upright, its longer side at most `longest` pixels, as
    JPEG. NotAPicture as `drawn`."""
    image = drawn(body, longest=longest)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Picture(written.getvalue(), image.width, image.height)


def drawn(body: bytes, *, longest: int = LONGEST) -> Image.Image:
    """The same as an image to be written elsewhere: RGB, with nothing of the file but its pixels.
    NotAPicture; the size that the file claims is read before anything is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise NotAPicture(f"{opened.width} x {opened.height} pixels")
                opened.draft("RGB", (longest, longest))
                upright = ImageOps.exif_transpose(opened)
                upright.thumbnail((longest, longest))
                return _on_white(upright)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError,
            Image.DecompressionBombWarning) as error:  # fmt: skip
        if isinstance(error, NotAPicture):
            raise
        raise NotAPicture(type(error).__name__) from None


def _on_white(image: Image.Image) -> Image.Image:
    """A fresh RGB image with nothing of the old one but its pixels."""
    fresh = Image.new("RGB", image.size, "white")
    with_alpha = image.convert("RGBA")
    fresh.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return fresh
