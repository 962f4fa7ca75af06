"""What sign-up keeps of the visit before it, and what goes with forgotten listening."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.linking import listening_forgotten
from accounts.models import User
from recommendations.services import add_seeds, forget_sets
from recommendations.services.playlists import forget_playlists
from recommendations.try_views import SESSION_JOB, SESSION_SEEDS, tried


@receiver(user_signed_up, dispatch_uid="recommendations.keep_seeds")
def keep_seeds(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """The artists that somebody tried out become their seeds."""
    add_seeds(user, tried(request.session).artist_ids)
    for key in (SESSION_SEEDS, SESSION_JOB):
        request.session.pop(key, None)


@receiver(listening_forgotten, dispatch_uid="recommendations.forget_sets")
def listening_is_gone(user: User, **kwargs: Any) -> None:
    """The albums that were recommended because of it go with it."""
    forget_sets(user)
    forget_playlists(user)
