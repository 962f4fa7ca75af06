"""What the door's tests share: a scripted server in place of every outside host."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.upstreams.scripted import ScriptedServer
from vinyl.upstreams import registry


@pytest.fixture
def outside(settings: Any) -> Iterator[ScriptedServer]:
    """Every outside host is a path below this server, as in the sandbox. Budgets pass a hundred
    times faster, so that retries and pauses cost no time."""
    server = ScriptedServer()
    settings.UPSTREAM_URLS = {
        name: f"{server.url}/{name.replace('_', '-')}" for name in settings.UPSTREAM_URLS
    }
    settings.BUDGET_SPEED = 100
    yield server
    server.stop()


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Changes a service's limits for one test: limits("discogs", deadline=1.0)."""

    def change(name: str, **fields: Any) -> None:
        changed = replace(registry.UPSTREAMS[name], **fields)
        monkeypatch.setitem(registry.UPSTREAMS, name, changed)

    return change
