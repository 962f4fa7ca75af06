"""Every call that went out, or was answered from memory, or was refused by the door.

A capped stream in Valkey, newest last; the status page shows it live. Paths are stored without
the values of secret parameters, and bodies, headers and tokens never come near it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast
from urllib.parse import urlencode

from vinyl import logs
from vinyl.upstreams import valkey
from vinyl.upstreams.asking import Lane

logger = logging.getLogger("vinyl.upstreams")
# What is fetched by an address of its own, not by a service's name.
OUTSIDE = "outside"
LENGTH = 5_000
SECRET_NAMES = frozenset(
    {
        "api_key", "api_sig", "access_token", "client_id", "client_secret", "code",
        "code_verifier", "key", "notes", "oauth_consumer_key", "oauth_signature", "oauth_token",
        "oauth_token_secret", "oauth_verifier", "refresh_token", "secret", "sk", "token",
    }
)  # fmt: skip
# eBay is asked for delivery to a person's postcode, inside one of its filters.
_POSTCODE = re.compile(r"(deliveryPostalCode:)[^,]*")


@dataclass(frozen=True)
class LogLine:
    """`status` is the HTTP status or None where none came; `error` the typed error's name or "";
    `budget_left` what a person could ask next; `cause` what started it, e.g. "job:12";
    `request_id` of the page that began it, or ""."""

    id: str
    at: datetime
    upstream: str
    method: str
    path: str
    status: int | None
    ms: int
    from_cache: bool
    lane: Lane
    person_id: int | None = None
    budget_left: int | None = None
    error: str = ""
    cause: str = ""
    request_id: str = ""


def shown_path(path: str, params: Mapping[str, str]) -> str:
    """The path with its query, secret values replaced by "***"."""
    if not params:
        return path
    shown = {
        name: "***" if name.lower() in SECRET_NAMES else _POSTCODE.sub(r"\1***", value)
        for name, value in params.items()
    }
    return f"{path}?{urlencode(shown, safe='*')}"


def write(
    *,
    upstream: str,
    method: str,
    path: str,
    status: int | None,
    ms: float,
    from_cache: bool,
    lane: Lane,
    person_id: int | None,
    budget_left: int | None = None,
    error: str = "",
    health: Mapping[Any, Any] | None = None,
    later: valkey.Later | None = None,
) -> None:
    """Adds a line, and notes the service's health in the same round trip; `later`: in the
    caller's.

    Never raises: a log that cannot be written must not lose an answer that has arrived.
    """
    origin = logs.origin()
    # What a person's job asks on everybody's behalf is still what that person caused.
    person_id = origin.person_id if person_id is None else person_id
    fields: dict[Any, Any] = {
        "at": f"{datetime.now(UTC).timestamp():.3f}",
        "upstream": upstream,
        "method": method,
        "path": path[:400],
        "status": status or "",
        "ms": round(ms),
        "cache": int(from_cache),
        "lane": str(lane),
        "person": "" if person_id is None else person_id,
        "left": "" if budget_left is None else budget_left,
        "error": error,
        "cause": origin.cause,
        "request": origin.request_id,
    }
    logger.log(
        logging.WARNING if error not in ("", "NotFound") else logging.INFO,
        "%s %s %s -> %s %s in %d ms%s",
        upstream, method, fields["path"], status or "-", error or "ok", round(ms),
        " from memory" if from_cache else "",
        extra={"upstream": upstream, "status": status, "ms": round(ms), "person_id": person_id},
    )  # fmt: skip
    together = later or valkey.Later()
    together.add(lambda pipe: pipe.xadd(stream_key(), fields, maxlen=LENGTH, approximate=True))
    if health:
        together.add(lambda pipe: pipe.hset(valkey.key("health", upstream), mapping=dict(health)))
    if later is None:
        send(together)


def send(later: valkey.Later) -> None:
    """What a call leaves behind. Never raises, see `write`."""
    try:
        later.send()
    except valkey.Trouble:
        logger.exception("what a call leaves behind cannot be written")


def latest(
    count: int = 100, *, person_id: int | None = None, upstream: str = "", after: str = ""
) -> list[LogLine]:
    """The newest lines, newest first; of one person or one service where given.

    `after` is a line's id: only newer ones, for a page that already shows the rest.
    """
    wanted = (
        line
        for line in newest_first(after=after)
        if (person_id is None or line.person_id == person_id)
        and (not upstream or line.upstream == upstream)
    )
    return list(islice(wanted, count))


def newest_first(*, after: str = "", batch: int = 200) -> Iterator[LogLine]:
    """All lines, newest first, read as they are needed; those after a line's id where given."""
    lowest, highest = (f"({after}" if after else "-"), "+"
    while True:
        entries = cast(
            "list[tuple[bytes, dict[bytes, bytes]]]",
            valkey.connection().xrevrange(stream_key(), highest, lowest, count=batch),
        )
        yield from (read_line(name.decode(), fields) for name, fields in entries)
        if len(entries) < batch:
            return
        highest = f"({entries[-1][0].decode()}"


def forget_person(person_id: int) -> int:
    """Removes a person's lines, when the account is deleted; how many there were."""
    lines = latest(LENGTH * 2, person_id=person_id)
    if lines:
        valkey.connection().xdel(stream_key(), *(line.id for line in lines))
    return len(lines)


def stream_key() -> str:
    """Valkey's key of the stream, for whoever follows it."""
    return valkey.key("log")


def read_line(name: str, fields: Mapping[bytes, bytes]) -> LogLine:
    """A line from its entry of the stream."""
    words = {key.decode(): value.decode(errors="replace") for key, value in fields.items()}
    return LogLine(
        id=name,
        at=datetime.fromtimestamp(float(words["at"]), UTC),
        upstream=words["upstream"],
        method=words["method"],
        path=words["path"],
        status=_number(words["status"]),
        ms=int(words["ms"]),
        from_cache=words["cache"] == "1",
        lane=Lane(words["lane"]),
        person_id=_number(words["person"]),
        budget_left=_number(words["left"]),
        error=words["error"],
        cause=words["cause"],
        request_id=words.get("request", ""),
    )


def _number(word: str) -> int | None:
    return int(word) if word else None
