"""A request whose user is known: what views behind `login_required` are given."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User


class SignedInRequest(HttpRequest):
    """For annotations only; nothing makes one."""

    user: User


def signed_in(request: Request) -> User:
    """Whom a request to the API speaks for. NotAuthenticated (401) for nobody."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
