"""Spotify's error bodies, of two shapes, as typed errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from vinyl.upstreams import reading
from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    QuotaExceeded,
    TokenExpired,
    UpstreamError,
    key_refused,
)
from vinyl.upstreams.judging import judge_status

Json = Mapping[str, Any]


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """401: the access token is over. 429 with QUOTA_EXCEEDED is the long quota, not the rolling
    limit. 403 never breaks a link, and says which of its reasons it was where Spotify tells."""
    if answer.status == 401:
        return TokenExpired("spotify", status=401)
    error = reading.sub(_body(answer), "error")
    if answer.status == 429 and reading.text(error.get("reason")) == "QUOTA_EXCEEDED":
        return QuotaExceeded("spotify", status=429)
    if answer.status == 403:
        return Forbidden("spotify", _why_forbidden(reading.text(error.get("message"))), status=403)
    return judge_status(ask, answer)


def judge_token(ask: Ask, answer: Answer) -> UpstreamError | None:
    """The token endpoint has errors of another shape: `error` is a word."""
    if answer.status in (400, 401):
        word = reading.text(_body(answer).get("error"))
        if word == "invalid_grant":
            return CredentialsRejected("spotify", status=answer.status, detail=word)
        if word in ("invalid_client", "unauthorized_client"):
            return key_refused("spotify", status=answer.status, detail=word)
        return BadAnswer("spotify", status=answer.status, detail=f"HTTP {answer.status}")
    return judge_status(ask, answer)


def _why_forbidden(message: str) -> str:
    lowered = message.lower()
    if "premium" in lowered:
        return gettext("The owner of this site's Spotify application has no Premium subscription.")
    if _is_unlisted(lowered):
        return gettext("This site's Spotify application does not know you: it serves five people.")
    if "scope" in lowered:
        return gettext("Spotify was not allowed to share this. Link the account again to allow it.")
    return ""


def refuses_unlisted(status: int, body: bytes) -> bool:
    """Whether an answer says that the person is not on the application's list of five: no second
    try helps, only an entry by hand in Spotify's dashboard."""
    if status != 403:
        return False
    error = reading.sub(_body(Answer("spotify", status, body)), "error")
    return _is_unlisted(reading.text(error.get("message")).lower())


def _is_unlisted(lowered: str) -> bool:
    return "not registered" in lowered or "not be registered" in lowered


def _body(answer: Answer) -> Json:
    # An error's body may be empty or HTML; that must not hide the status.
    try:
        data = json.loads(answer.body)
    except ValueError:
        return {}
    return data if isinstance(data, Mapping) else {}
