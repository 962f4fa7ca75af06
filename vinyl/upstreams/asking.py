"""A call and its answer, as the door passes them on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from vinyl.upstreams.errors import BadAnswer, UpstreamError


class Lane(StrEnum):
    """Whether a person waits for this. People go first; background work leaves them a share."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Answer:
    """A whole answer. `status` is below 400 unless a client's judge let another one pass."""

    upstream: str
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict, repr=False)
    from_cache: bool = False
    url: str = field(default="", repr=False)

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as Decimal (a price must not pass through a
        float). BadAnswer when it is none (an error page, a body cut short)."""
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        try:
            return json.loads(self.body.decode("utf-8-sig"), parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            bad = BadAnswer(self.upstream, status=self.status, detail=f"no JSON: {error}"[:120])
            bad.passing = True
            raise bad from None


Judge = Callable[["Ask", Answer], UpstreamError | None]


@dataclass(frozen=True)
class Ask:
    """One call to be made.

    upstream, url_key  which service, and which of its hosts (a key of settings.UPSTREAM_URLS)
    path, params       below the host's base address; params hold no secrets but those that
                       request_log.SECRET_NAMES lists
    personal           carries a person's credentials: never shared, never remembered
    form, body         what a POST carries: form fields, or JSON that is sent as it is
    keyless            goes out without credentials, where the service then allows less
    expects            "json" (checked before anyone sees the answer) or "anything"
    repeatable         may be sent again after an unclear failure; GETs always may
    remember_missing   how long a 404 is answered from memory
    budget_key         counts against this url key's windows instead of url_key's
    address            the whole address where a service gave one (a clip's, with its signature);
                       `path` is then what the log shows. It must be on the service's host list
    """

    upstream: str
    url_key: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: AuthBase | None = field(default=None, repr=False)
    personal: bool = False
    keyless: bool = False
    expects: str = "json"
    repeatable: bool = False
    lane: Lane = Lane.BACKGROUND
    person_id: int | None = None
    remember_missing: timedelta = timedelta(minutes=10)
    judge: Judge | None = None
    budget_key: str = ""
    address: str = field(default="", repr=False)
    deadline: float | None = None
    max_bytes: int | None = None

    @property
    def shareable(self) -> bool:
        """The same question by others may be given the same answer."""
        return self.method == "GET" and not self.personal
