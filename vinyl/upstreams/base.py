"""What all clients share: who asks, in which lane, and how odd answers become typed errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from requests import PreparedRequest
from requests.auth import AuthBase

from vinyl.upstreams import door
from vinyl.upstreams.door import Answer, Ask, Lane
from vinyl.upstreams.errors import BadAnswer
from vinyl.upstreams.reading import Malformed


class HeaderAuth(AuthBase):
    """Puts a value into the Authorization header and never into a repr."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return "HeaderAuth(***)"


def path(*parts: object) -> str:
    """A path of parts that people or services gave, each quoted: no part can add a slash."""
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


class BaseClient:
    """One caller of one service. `person_id` is whose wish this is, for the request log."""

    upstream: ClassVar[str]

    def __init__(self, *, lane: Lane = Lane.BACKGROUND, person_id: int | None = None) -> None:
        self._lane = lane
        self._person_id = person_id

    def __repr__(self) -> str:
        return f"<{self.upstream} client, {self._lane}, person {self._person_id}>"

    def _call(
        self,
        where: str,
        params: Mapping[str, str] | None = None,
        *,
        url_key: str = "",
        remember_missing: timedelta = timedelta(minutes=10),
        **more: Any,
    ) -> Answer:
        return door.call(
            Ask(
                upstream=self.upstream,
                url_key=url_key or self.upstream,
                path=where,
                params=params or {},
                lane=self._lane,
                person_id=self._person_id,
                remember_missing=remember_missing,
                **more,
            )
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turns a shape that cannot be read into BadAnswer; the detail names the field only."""
        try:
            yield
        except Malformed as error:
            raise BadAnswer(self.upstream, detail=str(error)) from error
