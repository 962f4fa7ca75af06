"""Short clips that Deezer and iTunes let people hear, for measuring their sound.

Only with ALLOW_PREVIEW_ANALYSIS, because both services allow previews for other ends (see their
pages under docs/upstreams). An address is asked for right before it is used and never stored, and
whoever measures a clip keeps the numbers and throws the clip away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.errors import LABELS, BadAnswer, NotConfigured

# Thirty seconds are about half a megabyte; a wave of the same length is five.
MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Preview:
    """A clip of some thirty seconds. `media_type` as the service says, e.g. "audio/mpeg"."""

    content: bytes = field(repr=False)
    media_type: str


class PreviewClient(BaseClient):
    """A client of a service that has clips."""

    def _must_be_allowed(self) -> None:
        """NotConfigured unless the operator switched ALLOW_PREVIEW_ANALYSIS on."""
        if not settings.ALLOW_PREVIEW_ANALYSIS:
            text = gettext("This site does not fetch sound from %(service)s.")
            raise NotConfigured(self.upstream, text % {"service": LABELS[self.upstream]})

    def _clip(self, url_key: str, address: str) -> Preview:
        """The clip at an address that the service gave just now. BadAnswer when it is no sound.

        The address's query is a signature, so the log shows its path only.
        """
        answer = self._call(
            urlsplit(address).path,
            url_key=url_key,
            address=address,
            expects="anything",
            max_bytes=MAX_BYTES,
        )
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not media_type.startswith("audio/") or not answer.body:
            raise BadAnswer(answer.upstream, status=answer.status, detail="no sound")
        return Preview(answer.body, media_type)
