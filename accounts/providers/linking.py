"""What both services' sign-in views have in common: whom they serve and how they call out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any

import requests
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.linking import linkable
from accounts.models import LinkedService
from vinyl.upstreams.door import DoorClosed, signed_in_session, take_places
from vinyl.upstreams.errors import RateLimited, Unavailable

View = Callable[..., HttpResponse]
# The library forgets a question after ten minutes, and Spotify its code.
LONGEST_KEPT = 300.0


class NotListed(OAuth2Error):
    """The service lets in people of a short list only, and this one is not on it."""


@dataclass
class Asking:
    """The link being made: at which service, for whom, what `hold_places` took, and whether the
    service has taken the code or verifier that works only once."""

    service: str
    person_id: int
    places: list[str] = field(default_factory=list)
    answer_used: bool = False


_asking: ContextVar[Asking | None] = ContextVar("accounts_asking", default=None)


class LinkOnly:
    """Mixin of our providers: whatever the address asks for, they link and never sign in."""

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        # A mixin: the method is of the provider beside it.
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
    asking = _current()
    return signed_in_session(asking.service, person_id=asking.person_id, places=asking.places)


def hold_places(*url_keys: str) -> None:
    """Room in the service's budget for all the calls that follow, or DoorClosed before anything
    that works only once was used up."""
    asking = _current()
    asking.places += take_places(asking.service, url_keys)


def answer_used() -> None:
    """The service took the code: whatever goes wrong from here on, the way starts anew."""
    _current().answer_used = True


def _current() -> Asking:
    asking = _asking.get()
    if asking is None:
        raise ImproperlyConfigured("Sign-in calls are made inside link_view only.")
    return asking


def later_page(
    request: HttpRequest, provider: Any, error: BaseException | None, state: Any
) -> HttpResponse | None:
    """The page that says when to try again, for errors that pass; None for all others.

    While the service has not taken its answer back, its button asks this same address again:
    nobody has to consent twice. `state` is the question of an OAuth 2 link, put back for that.
    """
    reason = error.reason if isinstance(error, DoorClosed) else None
    if not isinstance(reason, RateLimited | Unavailable):
        return None
    seconds = 1.0
    if reason.retry_at is not None:
        seconds = max(seconds, (reason.retry_at - timezone.now()).total_seconds())
    kept = request.method == "GET" and not _current().answer_used and seconds < LONGEST_KEPT
    if kept and isinstance(state, dict):
        again = dict(state)
        provider.stash_redirect_state(
            request,
            again.pop("process"),
            next_url=again.pop("next", None),
            data=again.pop("data", None),
            state_id=request.GET.get("state"),
            **again,
        )
    context = {
        "label": LinkedService.Service(provider.id).label,
        "busy": isinstance(reason, RateLimited),
        "retry_at": timezone.now() + timedelta(seconds=math.ceil(seconds)),
        "again": request.get_full_path() if kept else "",
        "link_url": reverse(f"{provider.id}_login"),
    }
    page = render(request, "accounts/link_later.html", context, status=503)
    page["Retry-After"] = str(math.ceil(seconds))
    return page


def unlisted_page(
    request: HttpRequest, provider: Any, error: BaseException | None
) -> HttpResponse | None:
    """The page for somebody whom the service does not let in: why, and what works instead. None
    for other errors."""
    if not isinstance(error, NotListed):
        return None
    context = {"label": LinkedService.Service(provider.id).label}
    return render(request, "accounts/link_not_listed.html", context, status=403)


def _view_name(request: HttpRequest) -> str:
    """Name of the address that was asked for, "" where there is none."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


@contextmanager
def _asking_as(service: str, person_id: int) -> Iterator[None]:
    token = _asking.set(Asking(service, person_id))
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
        if request.method != "POST" and _view_name(request) == f"{service}_login":
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
