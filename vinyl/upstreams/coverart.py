"""Cover Art Archive: front covers of MusicBrainz release groups.

The archive redirects to archive.org and on to one of its machines; both are on the host list.
Addresses there are never built by hand. The images stay copyrighted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from vinyl.upstreams.base import BaseClient, path
from vinyl.upstreams.errors import BadAnswer, NotFound

SIZES = (250, 500, 1200)


@dataclass(frozen=True)
class CoverImage:
    """`width` is the size asked for, None for the original. `page` is where it comes from."""

    content: bytes = field(repr=False)
    media_type: str
    width: int | None
    page: str


class Client(BaseClient):
    """The archive for one caller. Needs no key."""

    upstream = "coverart"

    def front(self, release_group_mbid: str, *, size: int = 500) -> CoverImage | None:
        """The front cover, as stored there (not re-encoded: callers do that before showing it);
        None where there is none."""
        found = self._image(release_group_mbid, f"front-{size}", size)
        # A thumbnail may be missing where the original is there.
        return found or self._image(release_group_mbid, "front", None)

    def _image(self, mbid: str, which: str, width: int | None) -> CoverImage | None:
        try:
            answer = self._call(
                path("release-group", mbid, which),
                expects="anything",
                # Covers are added by hand, so a missing one stays missing for days.
                remember_missing=timedelta(days=1),
            )
        except NotFound:
            return None
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not media_type.startswith("image/") or media_type == "image/svg+xml":
            raise BadAnswer(self.upstream, status=answer.status, detail="no picture")
        page = f"https://musicbrainz.org/release-group/{mbid}/cover-art"
        return CoverImage(answer.body, media_type, width, page)
