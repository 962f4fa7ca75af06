"""Log lines: whom and what each is about, how it looks, and what it must never hold.

An `Origin` travels with the work: a request has an id, the jobs that it queues keep it in their
row, and the calls of those jobs write it into their lines. So one id finds them all.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from vinyl import env


@dataclass(frozen=True)
class Origin:
    """`request_id` of the page that began it, `person_id` whom it is for, `cause` e.g. "job:12"."""

    request_id: str = ""
    person_id: int | None = None
    cause: str = ""


NOBODY = Origin()
# What a page's request may be called, by us or by a proxy before us.
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}\Z")
# The attribute of a request for when it was read (time.monotonic), before it waits for its turn.
ARRIVED = "_vinyl_arrived"
_origin: ContextVar[Origin] = ContextVar("origin", default=NOBODY)


def origin() -> Origin:
    """Of the work that is being done here now."""
    return _origin.get()


def begin(now: Origin) -> None:
    """All that follows in this context belongs to it: for whoever owns the context."""
    _origin.set(now)


@contextmanager
def working_for(**changes: Any) -> Iterator[None]:
    """Work inside carries these fields of `Origin`; the others stay as they are."""
    token = _origin.set(replace(_origin.get(), **changes))
    try:
        yield
    finally:
        _origin.reset(token)


# --- secrets -----------------------------------------------------------------------------

_NAMED = re.compile(
    r"(?i)\b(authorization|bearer|oauth_\w+|\w*token|\w*secret|api_?key|password|signature|sk)"
    r"(\"?'?\s*[=:]\s*\"?'?|\s+)(?!\*\*\*|->)(?:(?:bearer|basic|oauth|discogs)\s+)?[^\s&\"',;]+"
)
_IN_ADDRESS = re.compile(r"(\w+://[^\s/:@]*:)[^\s/@]+@")
SHORTEST = 8  # a shorter value would be found in ordinary words
_more_secrets: list[Callable[[], Iterable[str]]] = []


def hide_also(values: Callable[[], Iterable[str]]) -> None:
    """For rooms that hold secrets outside the settings: `values()` tells those that this process
    knows. Asked for each line, so it must be quick, ask nobody and log nothing."""
    _more_secrets.append(values)


def without_secrets(text: str) -> str:
    """The text without the site's own secrets, wherever they stand, and without what looks like
    somebody's: `token=…`, `Authorization: …`, a password in an address."""
    text = _site_secrets(_secret_values()).sub("***", text)
    return without_named_secrets(text)


def without_named_secrets(text: str) -> str:
    """The text without values that a name beside them calls secret."""
    # By functions: for a pattern of replacement, `re` imports from itself, which fails for the last
    # lines of a process that ends.
    return _IN_ADDRESS.sub(_without_password, _NAMED.sub(_without_value, text))


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}=***"


def _without_password(found: re.Match[str]) -> str:
    return f"{found[1]}***@"


def _secret_values() -> tuple[str, ...]:
    values: list[str] = []
    for name in env.secret_names():
        value = getattr(settings, name, "")
        values += [value] if isinstance(value, str) else value
    for told in _more_secrets:
        values += told()
    return tuple(value for value in values if len(value) >= SHORTEST)


@lru_cache(maxsize=4)
def _site_secrets(values: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


# --- looks -------------------------------------------------------------------------------

# What a line may carry besides its message. Libraries' own extras hold arguments and requests.
FIELDS = ("upstream", "status", "ms", "ids", "person_id")


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the origin, FIELDS of `extra`, error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        now = origin()
        line |= {name: value for name, value in vars(now).items() if value not in ("", None)}
        for name in FIELDS:
            value = getattr(record, name, None)
            if value not in ("", None, {}):
                line[name] = value
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class Lines(logging.Formatter):
    """For people at a terminal: time, level, logger, message, and in brackets what it is about."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", "%H:%M:%S", style="{")

    def format(self, record: logging.LogRecord) -> str:
        now = origin()
        about = " ".join(word for word in (now.request_id, now.cause) if word)
        text = super().format(record)
        return without_secrets(f"{text} [{about}]" if about else text)


def formatter(shape: str) -> logging.Formatter:
    """Of LOG_FORMAT: "json", "lines", or "auto": lines on a terminal, else JSON."""
    if shape == "auto":
        shape = "lines" if sys.stderr.isatty() else "json"
    return Lines() if shape == "lines" else JsonLines()


def configuration(*, level: str, shape: str) -> dict[str, Any]:
    """For settings.LOGGING. All of the process's loggers end in one handler: uvicorn brings its
    own otherwise, in another shape. Its access lines would hold addresses with secrets in them;
    the site writes its own line for each request."""
    through: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": "vinyl.logs.formatter", "shape": shape}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "uvicorn": through,
            "uvicorn.error": through,
            "uvicorn.access": {**through, "level": "WARNING"},
            # At DEBUG these write down what they sign and send, tokens and all.
            "oauthlib": {"level": "WARNING"},
            "requests_oauthlib": {"level": "WARNING"},
            "urllib3": {"level": "INFO"},
        },
    }
