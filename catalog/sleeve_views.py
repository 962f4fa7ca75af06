"""The pictures of albums: stored covers at ``/covers/<content>.webp``, and drawn sleeves at
``/sleeves/<album id>.svg`` for all others."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from catalog import sleeves
from catalog.covers import encoding, storage
from catalog.models import Album

# A day without asking, a week while asking again: names change rarely, drawings never do.
CACHE = "public, max-age=86400, stale-while-revalidate=604800"
# The address names the content, so it never shows anything else.
FOR_EVER = "public, max-age=31536000, immutable"

# Five milliseconds each and 10 KB: the latest thousand cost 10 MB and no time.
_drawn = lru_cache(maxsize=1000)(sleeves.sleeve)


def _etag(artist: str, title: str, year: int | None) -> str:
    facts = f"{sleeves.VERSION}\n{artist}\n{title}\n{year}".encode("utf-8", "surrogatepass")
    return f'"{hashlib.sha256(facts).hexdigest()[:20]}"'


@require_safe
def album_sleeve(request: HttpRequest, album_id: int) -> HttpResponse:
    """The sleeve drawn from the album's artist, title and year; 304 where the browser has it."""
    album = get_object_or_404(Album, pk=album_id)
    facts = (album.artist_line, album.title, album.year)
    etag = _etag(*facts)
    kept = get_conditional_response(request, etag=etag)
    response = kept or HttpResponse(_drawn(*facts), content_type="image/svg+xml; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = CACHE
    return response


@require_safe
def cover(request: HttpRequest, picture: str) -> HttpResponse:
    """A stored picture by the name of its content ("<key>-small"). Asks no database; 304 where
    the browser has it."""
    etag = f'"{picture}"'
    body = storage.read(picture)
    if body is None:
        raise Http404
    kept = get_conditional_response(request, etag=etag)
    response = kept or HttpResponse(body, content_type=encoding.CONTENT_TYPE)
    response["ETag"] = etag
    response["Cache-Control"] = FOR_EVER
    return response
