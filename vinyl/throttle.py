"""How many requests to the API a person may make."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:  # the views import this module by its name in the settings
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = logging.getLogger(__name__)


class Throttle(UserRateThrottle):
    """So many requests a minute. Where Valkey, which counts them, does not answer, all pass."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            log.warning("requests to the API are not counted: Valkey does not answer")
            return True
