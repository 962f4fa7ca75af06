"""Live events: small hints over Valkey that something changed.

Events carry no truth. A page that hears one fetches the fragment again, so a lost event
costs freshness and never correctness, and a Valkey that is down stops no work.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from vinyl.jobs.vitals import client
from vinyl.live import CHANNEL

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """`event` for everybody who watches `topic` ("job:12", "user:7"). With an owner it also reaches
    those who watch all work of that person, under the topic "work:7"."""

    topic: str
    event: str
    data: dict[str, Any]
    owner_id: int | None = None

    def encoded(self) -> str:
        body = {"topic": self.topic, "event": self.event, "data": self.data}
        if self.owner_id is not None:
            body["also"] = f"work:{self.owner_id}"
        return json.dumps(body, cls=DjangoJSONEncoder)


def publish(topic: str, event: str, data: dict[str, Any], *, owner_id: int | None = None) -> bool:
    """Tell one thing, see Message. Returns False when Valkey could not be reached; never raises for
    that."""
    return publish_all([Message(topic, event, data, owner_id)])


def publish_all(messages: Sequence[Message]) -> bool:
    """Tell several things in their order, in one round trip; as `publish`."""
    try:
        pipe = client(settings.LIVE_URL).pipeline(transaction=False)
        for one in messages:
            pipe.publish(CHANNEL, one.encoded())
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        names = ", ".join(one.event for one in messages)
        log.warning("Live events %s were not published: %s", names, type(error).__name__)
        return False
    return True


def news(job_id: int) -> Message:
    """That there is something new to read of what a job brings, or that it has ended. Its progress
    and that it runs are no news: who waits for what it brings fetches no more often than needed.
    Templates listen with `sse:news-<id>`, streams take the topic "news:<id>"."""
    return Message(f"news:{job_id}", f"news-{job_id}", {"id": job_id})


def publish_to_person(user_id: int, data: dict[str, Any]) -> bool:
    """An event on the person's own topic; templates listen with `sse:user-<id>`."""
    return publish(f"user:{user_id}", f"user-{user_id}", data)
