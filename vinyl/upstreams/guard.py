"""Only workers call out.

A page that calls out hangs when the service hangs. So calls are refused in a process that was
declared to serve pages, and while any request is being handled; `allow_calls` lifts that for
sign-ins, whose few calls cannot wait for a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from vinyl.upstreams.errors import CallsForbidden

_serves_pages = False
_allowed: ContextVar[bool | None] = ContextVar("upstreams_allowed", default=None)


def this_process_serves_pages() -> None:
    """For the web server's entry point: nothing calls out here but inside `allow_calls`."""
    global _serves_pages
    _serves_pages = True


@contextmanager
def allow_calls() -> Iterator[None]:
    """Calls are allowed inside: workers, commands, and the steps of a sign-in or a link."""
    token = _allowed.set(True)
    try:
        yield
    finally:
        _allowed.reset(token)


@contextmanager
def forbid_calls() -> Iterator[None]:
    """Calls are refused inside."""
    token = _allowed.set(False)
    try:
        yield
    finally:
        _allowed.reset(token)


def check() -> None:
    """CallsForbidden where calling out is not allowed."""
    allowed = _allowed.get()
    if allowed is False or (allowed is None and _serves_pages):
        raise CallsForbidden("Pages do not call outside services: queue a job.")


@sync_and_async_middleware
def only_workers_call_out(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """Middleware that refuses calls while a request is handled, in both of Django's modes."""
    if iscoroutinefunction(get_response):

        async def middleware_async(request: HttpRequest) -> HttpResponseBase:
            with forbid_calls():
                answer: HttpResponseBase = await get_response(request)
                return answer

        return middleware_async

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with forbid_calls():
            answer: HttpResponseBase = get_response(request)
            return answer

    return middleware
