"""What both services' sign-in views have in common: whom they serve and how they call out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

import requests
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.linking import linkable
from vinyl.upstreams.door import signed_in_session

View = Callable[..., HttpResponse]
_asking: ContextVar[tuple[str, int] | None] = ContextVar("accounts_asking", default=None)


class LinkOnly:
    """Mixin of our providers: whatever the address asks for, they link and never sign in."""

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_redirect_from_request_kwargs(  # type: ignore[misc]
            request
        )
        wanted["process"] = AuthProcess.CONNECT
        wanted["next_url"] = reverse("accounts:start")
        # What is asked of the service is ours to choose, not the address bar's.
        wanted.pop("auth_params", None)
        wanted.pop("scope", None)
        return wanted


def requests_session() -> requests.Session:
    """The session of the link being made. Only inside `link_view`."""
    asking = _asking.get()
    if asking is None:
        raise ImproperlyConfigured("Sign-in calls are made inside link_view only.")
    service, person_id = asking
    return signed_in_session(service, person_id=person_id)


def _view_name(request: HttpRequest) -> str:
    """Name of the address that was asked for, "" where there is none."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


@contextmanager
def _asking_as(service: str, person_id: int) -> Iterator[None]:
    token = _asking.set((service, person_id))
    try:
        yield
    finally:
        _asking.reset(token)


def link_view(service: str, adapter_class: type[Any], view: View) -> View:
    """Wraps a view of the sign-in library: signed-in people only, 404 where the service has no
    key, our own calls, and a page instead of an error 500 when the service does not answer."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not linkable(service):
            raise Http404
        assert request.user.pk is not None
        if request.method == "GET" and _view_name(request) == f"{service}_login":
            # Somebody typed the address, or came back from signing in: the buttons are there.
            return redirect(reverse("accounts:settings") + "#services")
        with _asking_as(service, request.user.pk):
            try:
                return view(request, *args, **kwargs)
            except requests.RequestException as error:
                provider = adapter_class(request).get_provider()
                page: HttpResponse = render_authentication_error(request, provider, exception=error)
                return page

    return wrapped
