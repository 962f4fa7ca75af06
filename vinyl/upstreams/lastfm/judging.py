"""Last.fm's numbered errors, at whatever HTTP status, as typed errors."""

from __future__ import annotations

from collections.abc import Mapping

from vinyl.upstreams import reading
from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
    key_refused,
)
from vinyl.upstreams.judging import judge_status

_PASSING = {2, 8, 11, 16}
_PRIVATE = 17
_KEY_GONE = {10, 26}


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """Last.fm's own error number first, whatever the HTTP status; else the status."""
    number, message = _error_in(answer)
    if number is None:
        return judge_status(ask, answer)
    detail = f"error {number}: {message}"
    if number == 29:
        return RateLimited("lastfm", status=answer.status, detail=detail)
    if number in _PASSING:
        return Unavailable("lastfm", status=answer.status, detail=detail)
    if number in _KEY_GONE:
        return key_refused("lastfm", status=answer.status, detail=detail)
    if number == _PRIVATE:
        return Forbidden("lastfm", status=answer.status, detail=detail)
    if number in {4, 9, 14, 15}:
        return CredentialsRejected("lastfm", status=answer.status, detail=detail)
    # 6 is both "no such artist" and "you forgot a parameter"; only the words tell them apart.
    if number == 7 or (number == 6 and "missing" not in message.lower()):
        return NotFound("lastfm", status=answer.status, detail=detail)
    return BadAnswer("lastfm", status=answer.status, detail=detail)


def _error_in(answer: Answer) -> tuple[int | None, str]:
    # A list of plays is megabytes at most once; errors are tiny, so big bodies are not errors.
    if answer.body.lstrip()[:1] != b"{" or len(answer.body) > 4096:
        return None, ""
    try:
        data = answer.json()
    except UpstreamError:
        return None, ""
    if not isinstance(data, Mapping) or "error" not in data:
        return None, ""
    return reading.maybe_whole(data["error"]), reading.text(data.get("message"))
