"""Asking once more who it is, before what cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.signed_in import SignedInRequest

View = Callable[..., HttpResponse]


def confirmed(page: str) -> Callable[[View], View]:
    """The password was asked again lately; else a POST goes back to its page, which asks.

    The library would repeat the POST by itself after the password, even when the person has gone
    elsewhere in the meantime: not with things that cannot be taken back.
    """

    def decorate(view: View) -> View:
        guarded: View = reauthentication_required(view)

        @wraps(view)
        def wrapped(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return guarded(request, *args, **kwargs)
            except ReauthenticationRequired:
                if request.method != "POST":
                    raise
                return redirect(page)

        return wrapped

    return decorate
