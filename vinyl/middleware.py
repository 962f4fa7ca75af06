"""Middleware of the whole site: request ids, permissions policy, each person's language."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

request_id: ContextVar[str] = ContextVar("request_id", default="")
_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


class RequestIdMiddleware(MiddlewareMixin):
    """Gives each request an id that log lines and the answer carry."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        request_id.set(given if _SAFE_ID.match(given) else uuid.uuid4().hex[:16])

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-Request-ID"] = request_id.get()
        return response


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """The site needs none of the browser's devices but the camera for barcodes."""

    POLICY = "accelerometer=(), camera=(self), geolocation=(), microphone=(), payment=(), usb=()"

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.setdefault("Permissions-Policy", self.POLICY)
        return response


class PersonLocaleMiddleware(MiddlewareMixin):
    """The language of the profile, else of the cookie, else of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_request(request)
        user = getattr(request, "user", None)
        # API answers ask by Accept-Language and sleeves have no words: no look-up for either.
        wordless = request.path.startswith(("/api/", "/sleeves/"))
        if user is not None and not wordless and user.is_authenticated:
            language = user.language or language
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.setdefault(
            "Content-Language", translation.get_language() or settings.LANGUAGE_CODE
        )
        return response
