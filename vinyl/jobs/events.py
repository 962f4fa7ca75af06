"""Live events: small hints over Valkey that something changed.

Events carry no truth. A page that hears one fetches the fragment again, so a lost event
costs freshness and never correctness, and a Valkey that is down stops no work.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from vinyl.jobs.vitals import client
from vinyl.live import CHANNEL

log = logging.getLogger(__name__)


def publish(topic: str, event: str, data: dict[str, Any], *, owner_id: int | None = None) -> bool:
    """Tell everybody who watches `topic` ("job:12", "user:7") about `event`.

    With an owner, the same message reaches those who watch all work of that person, under the
    topic "work:7". Returns False when Valkey could not be reached; never raises for that.
    """
    body = {"topic": topic, "event": event, "data": data}
    if owner_id is not None:
        body["also"] = f"work:{owner_id}"
    message = json.dumps(body, cls=DjangoJSONEncoder)
    try:
        client(settings.LIVE_URL).publish(CHANNEL, message)
    except (redis.RedisError, OSError) as error:
        log.warning("Live event %s was not published: %s", event, type(error).__name__)
        return False
    return True


def publish_to_person(user_id: int, data: dict[str, Any]) -> bool:
    """An event on the person's own topic; templates listen with `sse:user-<id>`."""
    return publish(f"user:{user_id}", f"user-{user_id}", data)
