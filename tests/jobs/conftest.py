import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from vinyl.live import CHANNEL

NOBODY_HOME = "unix:///nowhere/valkey.sock"


def signed_in(user: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    model = get_user_model()

    def make(name: str, **fields: Any) -> Any:
        known = {field.name for field in model._meta.get_fields()}
        values = {"email": f"{name}@example.test", **fields}
        if "username" in known:
            values["username"] = name
        user = model(**values)
        user.set_password("a long enough password")
        user.save()
        return user

    return make


@pytest.fixture
def owner(make_user: Callable[..., Any]) -> Any:
    return make_user("owner")


@pytest.fixture
def stranger(make_user: Callable[..., Any]) -> Any:
    return make_user("stranger")


@pytest.fixture
def staff(make_user: Callable[..., Any]) -> Any:
    return make_user("staff", is_staff=True, is_superuser=True)


@pytest.fixture
def heard() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Everything that was published since the last look."""
    with redis.Redis.from_url(settings.LIVE_URL) as client, client.pubsub() as subscription:
        subscription.subscribe(CHANNEL)
        assert subscription.get_message(timeout=5)["type"] == "subscribe"

        def look() -> list[dict[str, Any]]:
            found = []
            while message := subscription.get_message(timeout=0.3):
                found.append(json.loads(message["data"]))
            return found

        yield look


@pytest.fixture
def run_async() -> Callable[..., Any]:
    """Run a coroutine to its end, at most ten seconds."""

    def run(coroutine: Any) -> Any:
        async def limited() -> Any:
            return await asyncio.wait_for(coroutine, 10)

        return asyncio.run(limited())

    return run
