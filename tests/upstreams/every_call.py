"""Every method of every client, found by looking, with something to ask it.

Nobody lists the methods: a new one is called too, and a parameter that has no example here
fails with its name.
"""

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.people import load_people
from sandbox.world import load_world
from tests.upstreams.test_sandbox import link_discogs, link_spotify
from vinyl import upstreams
from vinyl.upstreams import spotify
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.discogs import UserToken
from vinyl.upstreams.errors import RateLimited, Unavailable, UpstreamError

__all__ = ["Call", "Outcome", "Person", "UserToken", "clients", "every_call", "examples", "outcome"]

EMPTY = inspect.Parameter.empty
# More of a list than this says nothing new about the weather.
ROWS = 3


@dataclass(frozen=True)
class Call:
    """`upstream` is the service's name in the registry."""

    upstream: str
    name: str
    make: Callable[[], Any]

    def __str__(self) -> str:
        return f"{self.upstream}.{self.name}"


@dataclass(frozen=True)
class Outcome:
    """What came of a call: "answer" or the typed error's name; seconds; what is wrong with it."""

    word: str
    seconds: float
    wrong: str = ""


def examples(person: str) -> dict[str, Any]:
    """Something to ask for each parameter's name."""
    album = max(load_world().albums, key=lambda one: (one.pressings, one.fame))
    mbid = "db92a151-1ac2-438b-bc43-b82e149ddd50"
    return {
        "artist": album.artist.name, "title": album.title, "name": album.artist.name,
        "words": f"{album.artist.name} {album.title}", "q": album.title, "tag": "rock",
        "user": person, "username": person, "mbid": mbid, "mbids": [mbid],
        "group_mbid": mbid, "release_group_mbid": mbid, "release_mbid": mbid,
        "id": album.master_id, "release_id": 3_200_000_000, "master_id": album.master_id,
        "track_id": 1, "song_id": 1, "playlist_id": "x", "item_id": "v1|1|0", "kid": "k1",
        "discogs_id": album.artist.discogs_id,
        "isrc": "GBAYE9700362", "upc": "724385522925", "country": "ES", "type": "master",
        "term": album.title, "instance": 1, "folder": 1,
    }  # fmt: skip


class Person:
    """Somebody of the sandbox, linked, with things to ask about."""

    def __init__(self, settings: Any) -> None:
        self.name = next(iter(load_people().by_name))
        self.discogs = link_discogs(None, settings, self.name)
        tokens = link_spotify(settings, self.name)
        self.spotify, self.refresh = tokens["access_token"], tokens["refresh_token"]
        self.examples = examples(self.name)

    def client(self, kind: type[BaseClient]) -> Any:
        more: dict[str, Any] = {"lane": Lane.INTERACTIVE, "person_id": 7}
        wanted = inspect.signature(kind.__init__).parameters
        if "access_token" in wanted:
            more["access_token"] = self.spotify
        if "token" in wanted:
            more["token"] = self.discogs
        return kind(**more)


def clients() -> Iterator[type[BaseClient]]:
    """The class named Client of each module that has one of its own."""
    for module in pkgutil.iter_modules(upstreams.__path__, "vinyl.upstreams."):
        found = getattr(importlib.import_module(module.name), "Client", None)
        if inspect.isclass(found) and issubclass(found, BaseClient):
            yield found


def every_call(person: Person) -> list[Call]:
    """One call of each public method of each client, and the refreshing of a link."""
    calls = [
        Call("spotify", "refresh", lambda: spotify.refresh(person.refresh, lane=Lane.INTERACTIVE))
    ]
    for kind in clients():
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                calls.append(Call(kind.upstream, name, _caller(person, kind, name, method)))
    return calls


def _caller(
    person: Person, kind: type[BaseClient], name: str, method: Callable[..., Any]
) -> Callable[[], Any]:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    needed = {one.name: person.examples[one.name] for one in parameters if one.default is EMPTY}
    if {one.name for one in parameters} >= {"q"} and not needed.get("q"):
        needed["q"] = person.examples["q"]  # optional, but nothing is asked without it

    def make() -> Any:
        found = getattr(person.client(kind), name)(**needed)
        if inspect.isgenerator(found):
            return [row for row, _ in zip(found, range(ROWS), strict=False)]
        return found

    return make


def outcome(call: Call, *, deadline: float) -> Outcome:
    """Makes the call. Anything but an answer or a typed error in time is wrong with it."""
    started = time.monotonic()
    word, wrong = "answer", ""
    try:
        call.make()
    except UpstreamError as error:
        word = type(error).__name__
        if not str(error):
            wrong = "an error without words"
        if isinstance(error, RateLimited | Unavailable) and error.retry_at is None:
            wrong = f"{word} without a time"
    except Exception as error:
        word = wrong = f"untyped {type(error).__name__}: {error}"[:120]
    seconds = time.monotonic() - started
    if seconds > deadline:
        wrong = wrong or f"took {seconds:.2f} s of {deadline:.2f}"
    return Outcome(word, seconds, wrong)
