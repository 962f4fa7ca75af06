"""From whom may be learned: the one place that says whose listening may teach.

Open listening (ListenBrainz) may. A person's own shelf and the history file that Spotify handed
them may only when they said so on their settings page. What was read through a link to Spotify
or from Last.fm never may, whatever somebody says: their terms, see docs/terms.md.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import Snapshot, User
from accounts.services.listening import FILE_SOURCE
from vinyl.upstreams.terms import terms_for

OPEN_SOURCES = ("listenbrainz",)
BY_OPT_IN = (FILE_SOURCE,)


def teachers() -> QuerySet[User]:
    """People who let the site learn from what is their own."""
    return User.objects.filter(is_active=True, taste_settings__teaches=True)


def learned_snapshots() -> QuerySet[Snapshot]:
    """Listening that may be learned from, unfinished reads left out."""
    open_ones = [source for source in OPEN_SOURCES if terms_for(source).trainable]
    return Snapshot.objects.filter(
        Q(source__in=open_ones) | Q(source__in=BY_OPT_IN, user__taste_settings__teaches=True),
        user__is_active=True,
    )
