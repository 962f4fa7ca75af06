"""Cover Art Archive: front covers of MusicBrainz release groups.

The archive redirects to archive.org and on to one of its machines; both are on the host list.
Addresses there are never built by hand. The images stay copyrighted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from vinyl.upstreams import reading
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


@dataclass(frozen=True)
class Listed:
    """One picture of a release. `thumbnails` maps a name ("250", "500", "1200"; "small" and
    "large" in old answers) to an address. Some addresses still say http: nothing here follows
    them; `front` asks the archive by id instead."""

    id: str
    image: str
    front: bool = False
    back: bool = False
    types: tuple[str, ...] = ()
    approved: bool = False
    comment: str = ""
    thumbnails: Mapping[str, str] = field(default_factory=dict)


class Client(BaseClient):
    """The archive for one caller. Needs no key."""

    upstream = "coverart"

    def front(self, release_group_mbid: str, *, size: int = 500) -> CoverImage | None:
        """The front cover, as stored there (not re-encoded: callers do that before showing it);
        None where there is none."""
        found = self._image(release_group_mbid, f"front-{size}", size)
        # A thumbnail may be missing where the original is there.
        return found or self._image(release_group_mbid, "front", None)

    def release_front(self, release_mbid: str, *, size: int = 500) -> CoverImage | None:
        """The same for one release instead of the whole release group."""
        found = self._image(release_mbid, f"front-{size}", size, of="release")
        return found or self._image(release_mbid, "front", None, of="release")

    def images(self, release_mbid: str) -> tuple[Listed, ...]:
        """All pictures of a release; empty where there is none."""
        try:
            with self._reading():
                answer = self._call(
                    path("release", release_mbid), remember_missing=timedelta(days=1)
                )
                data = reading.mapping(answer.json())
                return reading.each(data.get("images"), _listed)
        except NotFound:
            return ()

    def _image(
        self, mbid: str, which: str, width: int | None, *, of: str = "release-group"
    ) -> CoverImage | None:
        try:
            answer = self._call(
                path(of, mbid, which),
                expects="anything",
                # Covers are added by hand, so a missing one stays missing for days.
                remember_missing=timedelta(days=1),
            )
        except NotFound:
            return None
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not media_type.startswith("image/") or media_type == "image/svg+xml":
            raise BadAnswer(self.upstream, status=answer.status, detail="no picture")
        page = f"https://musicbrainz.org/{of}/{mbid}/cover-art"
        return CoverImage(answer.body, media_type, width, page)


def _listed(data: Mapping[str, Any]) -> Listed:
    named = reading.sub(data, "thumbnails")
    return Listed(
        # A number today, a string in old answers.
        id=reading.required_text(data.get("id"), "picture id"),
        image=reading.text(data.get("image")),
        front=data.get("front") is True,
        back=data.get("back") is True,
        types=reading.texts(data.get("types")),
        approved=data.get("approved") is True,
        comment=reading.text(data.get("comment")),
        thumbnails={name: reading.text(address) for name, address in named.items()},
    )
