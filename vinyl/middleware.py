"""Middleware of the whole site: request ids, what no request may hold, permissions policy, each
person's language."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from accounts.places import DEFAULT_ZONE, ZONE_COOKIE, is_zone
from vinyl import logs
from vinyl.row_ids import LARGEST_ID

logger = logging.getLogger("vinyl.requests")
# Not in META: the sign-in library puts another in its place when it repeats a form after the
# password was asked again.
BEGAN = "_vinyl_began"
NUL = "\x00"
HELD_NUL = "There is a NUL byte in what was sent."
# Signs. What is named in the address stands in many links of its page: a megabyte would stand there
# forty times. The longest filters of ours have some hundreds.
LONGEST_QUERY = 16_000


class RequestIdMiddleware(MiddlewareMixin):
    """Gives each request an id, which its answer, its log lines, the jobs that it queues and the
    calls of those carry; and writes one line when it is answered, with how long that took, the
    wait for its turn included."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        chosen = given if logs.REQUEST_ID.match(given) else uuid.uuid4().hex[:16]
        arrived = getattr(request, logs.ARRIVED, None) or time.monotonic()
        setattr(request, BEGAN, (chosen, arrived))
        logs.begin(logs.Origin(request_id=chosen))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        chosen, began = getattr(request, BEGAN)
        response["X-Request-ID"] = chosen
        ms = round((time.monotonic() - began) * 1000)
        where, ids = _where(request)
        # Only who was looked up already: a log line asks no database.
        person = getattr(getattr(request, "_cached_user", None), "pk", None)
        logger.info(
            "%s %s -> %d in %d ms", request.method, where, response.status_code, ms,
            extra={"status": response.status_code, "ms": ms, "ids": ids, "person_id": person},
        )  # fmt: skip
        return response


def _where(request: HttpRequest) -> tuple[str, dict[str, int]]:
    """The pattern of the address and the numbers in it. Not the address: those of password resets
    and unsubscribe links are secrets."""
    match = request.resolver_match
    if match is None:
        return "(no such page)", {}
    numbers = {name: value for name, value in match.kwargs.items() if isinstance(value, int)}
    return f"/{match.route}", numbers


class BadInputMiddleware(MiddlewareMixin):
    """Answers 400 to a NUL in a path, query, cookie or form, which no text of the database can
    hold, 414 to endless queries and 404 to ids beyond every row. Stands before what looks for a
    session by its cookie."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            return _refused(request, "The query of this address is too long.", status=414)
        if NUL in request.path_info or _holds_nul(request.GET) or _nul_in(request.COOKIES.values()):
            return _refused(request, HELD_NUL)
        return None

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> HttpResponse | None:
        if any(isinstance(value, int) and value > LARGEST_ID for value in kwargs.values()):
            raise Http404
        if request.method == "POST" and _holds_nul(request.POST):
            return _refused(request, HELD_NUL)
        return None


def _holds_nul(given: QueryDict) -> bool:
    return any(NUL in name or _nul_in(values) for name, values in given.lists())


def _nul_in(texts: Iterable[Any]) -> bool:
    return any(NUL in text for text in texts if isinstance(text, str))


def _refused(request: HttpRequest, message: str, *, status: int = 400) -> HttpResponse:
    """For programs in the API's shape of errors, else the page that says what to do."""
    if request.path_info.startswith("/api/"):
        return JsonResponse({"error": {"code": "invalid", "message": message}}, status=status)
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponse(render_to_string("400.html"), status=status)


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """The site needs none of the browser's devices but the camera for barcodes."""

    POLICY = "accelerometer=(), camera=(self), geolocation=(), microphone=(), payment=(), usb=()"

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.setdefault("Permissions-Policy", self.POLICY)
        return response


class PersonLocaleMiddleware(MiddlewareMixin):
    """The language of the profile, else of the cookie, else of the browser; times in the zone of
    the profile, else of what the browser's script told, else Spain's."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_request(request)
        zone = request.COOKIES.get(ZONE_COOKIE, "")
        user = getattr(request, "user", None)
        # Sleeves have no words: no look-up. Who comes by token is known to the API only, whose
        # authentication does the same.
        wordless = request.path.startswith("/sleeves/")
        if user is not None and not wordless and user.is_authenticated:
            language = user.language or language
            zone = user.time_zone
        translation.activate(language)
        timezone.activate(zone if is_zone(zone) else DEFAULT_ZONE)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.setdefault(
            "Content-Language", translation.get_language() or settings.LANGUAGE_CODE
        )
        return response
