"""ASGI entry point: `uvicorn vinyl.asgi:application`."""

import asyncio
import gc
import os
import sys
import time

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.urls import get_resolver

from vinyl.logs import ARRIVED
from vinyl.pooling import pool_connections

# Each send to an open stream lets go of the interpreter, and a page that is being drawn in another
# thread keeps it for one interval before it gives it back: at Python's usual 5 ms, three hundred
# sends take as long as the page. bench/live.py measures it.
sys.setswitchinterval(0.0005)

# Pages that are made at the same time. More would not be ready earlier on a few cores; they only
# take the interpreter from the open streams, and from each other the pooled connections.
AT_ONCE = 8
# A page waits three seconds for a connection; the pool's own half a minute would leave people
# before an empty window while the database restarts.
POOL_TIMEOUT_S = 3.0


class Application(ASGIHandler):
    """Django's handler with a queue, and with one thread for each answer.

    A crowd waits for its turn instead of running into timeouts. A turn begins when the request is
    read and ends when its answer is made: those who send or read slowly, and streams while they
    are open, hold nobody up.

    All middleware and the view run in the same thread, one after the other. Django's own way goes
    through the event loop for each middleware, twice a request, which costs more than most of them
    do. An asynchronous view still runs in the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turns = asyncio.Semaphore(AT_ONCE)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        setattr(request, ARRIVED, time.monotonic())
        async with self._turns:
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
django.setup(set_prefix=False)
pool_connections(timeout=POOL_TIMEOUT_S)
application = Application()
# The views and the usual templates are loaded now and not by the first request:
# who comes just after a start would wait for them. Then the collector leaves alone what is loaded:
# it would otherwise look through all of it now and then, and everybody waits meanwhile.
assert get_resolver().url_patterns
for room in ("components", "frame", "recommendations", "pricing"):
    for page in sorted((settings.BASE_DIR / "templates" / room).glob("*.html")):
        get_template(f"{room}/{page.name}")
gc.collect()
gc.freeze()
