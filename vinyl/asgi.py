"""ASGI entry point: `uvicorn vinyl.asgi:application`."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.urls import get_resolver, set_script_prefix

from vinyl.logs import ARRIVED
from vinyl.pooling import pool_connections
from vinyl.quick import be_quick

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

    All middleware and the view run in the same thread, one after the other, and in one of a few
    that stay. Django's own way goes through the event loop for each middleware, twice a request,
    which costs more than most of them do, starts a thread for each request and goes to it three
    times. An asynchronous view still runs in the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turns = asyncio.Semaphore(AT_ONCE)
        threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pages")
        self._in_a_thread = sync_to_async(self._made, thread_sensitive=False, executor=threads)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """As Django's own. Whoever leaves while the answer is made costs no more than the making;
        in the queue, and while a stream is open, it is noticed at once."""
        if self._turns.locked():
            await super().handle(scope, receive, send)
            return
        arrived = time.monotonic()
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            request, refused = self.create_request(scope, body)
            answer: Any = refused
            if request is not None:
                setattr(request, ARRIVED, arrived)
                async with self._turns:
                    answer = await self._in_a_thread(request, scope)
            if answer.streaming:
                await self._stream(answer, receive, send)
            else:
                await self.send_response(answer, send)

    def _made(self, request: HttpRequest, scope: Any) -> Any:
        """The answer, with all that belongs to it: what is not sent bit by bit is finished here."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        answer: Any = self.get_response(request)
        answer._handler_class = self.__class__
        if answer.streaming:
            close_old_connections()  # this thread's: it goes on with other requests
        else:
            answer.close()
        return answer

    async def _stream(self, answer: Any, receive: Any, send: Any) -> None:
        if isinstance(answer, FileResponse):
            answer.block_size = self.chunk_size
        sent = asyncio.ensure_future(self.send_response(answer, send))
        left = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sent, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (sent, left):
                one.cancel()
            ended = await asyncio.gather(sent, left, return_exceptions=True)
            await sync_to_async(answer.close)()
        if isinstance(ended[0], Exception):
            raise ended[0]

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        setattr(request, ARRIVED, time.monotonic())
        async with self._turns:
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
django.setup(set_prefix=False)
pool_connections(timeout=POOL_TIMEOUT_S)
application = Application()
# The views and the usual templates are loaded now and not by the first request:
# who comes just after a start would wait for them.
assert get_resolver().url_patterns
for room in ("components", "frame", "recommendations", "pricing"):
    for page in sorted((settings.BASE_DIR / "templates" / room).glob("*.html")):
        get_template(f"{room}/{page.name}")
# Each send to an open stream lets go of the interpreter, and a page that is being drawn in another
# thread keeps it for one interval before it gives it back: at Python's usual 5 ms, three hundred
# sends take as long as the page. bench/live.py measures it.
be_quick()
