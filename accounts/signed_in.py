"""A request whose user is known: what views behind `login_required` are given."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """For annotations only; nothing makes one."""

    user: User
