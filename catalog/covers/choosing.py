"""Which of the addresses that a source names for one picture may be taken, and why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from vinyl.upstreams.lastfm.answers import PLACEHOLDERS, Sized

# From the smallest to the largest, as Last.fm names them; a size without a name is the largest.
ORDER = ("small", "medium", "large", "extralarge", "mega", "")


@dataclass(frozen=True)
class Considered:
    """One address and why it is refused; "" where it may be taken. `chosen`: this is the one."""

    size: str
    address: str
    refused: str = ""
    chosen: bool = False


def refusal(address: str, *, sandbox: str = "") -> str:
    """Why this address is not taken, in words for curators; "" where it may be.

    Addresses have to be https; `sandbox` is the origin of our own stand-in, which speaks http.
    """
    if not address:
        return "empty"
    if any(star in address for star in PLACEHOLDERS):
        return "the placeholder star"
    parts = urlsplit(address)
    if parts.scheme != "https" and not (sandbox and address.startswith(f"{sandbox}/")):
        return f"not https but {parts.scheme or 'nothing'}"
    return ""


def consider(sizes: Iterable[Sized], *, sandbox: str = "") -> tuple[Considered, ...]:
    """Each address with its verdict, the smallest first. The largest that may be taken is chosen;
    the smaller ones are refused for being smaller."""
    found = sorted(sizes, key=lambda one: _rank(one.size))
    verdicts = [refusal(one.address, sandbox=sandbox) for one in found]
    best = max((place for place, why in enumerate(verdicts) if not why), default=None)
    return tuple(
        Considered(one.size, one.address, why or ("" if place == best else "smaller"),
                   place == best)
        for place, (one, why) in enumerate(zip(found, verdicts, strict=True))
    )  # fmt: skip


def _rank(size: str) -> int:
    return ORDER.index(size) if size in ORDER else 0
