"""Which artists the people who come here play: told to the catalogue, which keeps those fresh."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import Listening, Snapshot, User
from catalog.services.identity import note_artist_demand

# Who signed in or whose listening was read within this time comes here.
ACTIVE_FOR = timedelta(days=30)
# Of a long history the artists that are played most.
STRONGEST = 200
PEOPLE_A_STEP = 50


def active_people(after: int = 0, limit: int = PEOPLE_A_STEP) -> list[int]:
    """Ids of people who come here, in order, behind this id."""
    since = timezone.now() - ACTIVE_FOR
    lately = Snapshot.objects.filter(taken_at__gte=since).values("user")
    people = User.objects.filter(Q(last_login__gte=since) | Q(pk__in=lately), is_active=True)
    return list(people.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])


def tell_demand(user_id: int) -> int:
    """Say to the catalogue whom this person plays most; how many artists."""
    plays = (
        Listening.objects.filter(
            snapshot__user=user_id, kind=Listening.Kind.ARTIST, artist__isnull=False
        )
        .values("artist")
        .annotate(most=Max("plays"), best=Max("rank"))
        .order_by("-most", "best", "artist")
    )
    artists = list(plays.values_list("artist", flat=True)[:STRONGEST])
    note_artist_demand(artists)
    return len(artists)
