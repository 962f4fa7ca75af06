"""What curators start from the desk: tests of keys, calls, syncs, recommendations. All are jobs.

Results of calls live an hour in the cache and never in a table: what a service lets us show for
six hours, or to one person only, must not stay behind in a job's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.linking import discogs_token, spotify_access_token
from accounts.models import User
from recommendations.services import request_refresh
from vinyl.desk import calls
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue
from vinyl.upstreams import request_log
from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.credentials.models import ServiceKeys
from vinyl.upstreams.door import Lane

CALL, TEST_KEYS = "desk.call", "desk.test_keys"
RESULT_KEPT_S = 3600
SYNCS = ("lastfm", "listenbrainz", "spotify", "shelf")
PERMISSION = "credentials.use_panel"


def test_people() -> QuerySet[User]:
    """For whom the panel may work: people of the house. A curator reads nobody else's listening."""
    house = Q(is_staff=True) | (Q(email=settings.DEMO_EMAIL) if settings.SANDBOX else Q())
    return User.objects.filter(house, is_active=True).order_by("email")


def start_call(
    curator: User, method: calls.Method, typed: Mapping[str, str], person: User | None
) -> Job:
    """Queue a client's method. calls.CannotRead when an argument is none."""
    method.arguments(typed)  # says now what a worker would only say later
    kept = {one.name: typed[one.name] for one in method.params if typed.get(one.name)}
    payload = {"method": method.key, "typed": kept, "person": person.pk if person else None}
    return enqueue(CALL, owner=curator, payload=payload)


def start_sync(person: User, source: str, username: str = "") -> Job:
    """Queue reading a test person's listening or shelf. ValidationError where that cannot be."""
    if source not in SYNCS:
        raise ValidationError(_("There is no source of this name."))
    if source == "shelf":
        return accounts.start_shelf_sync(person, username=username)
    return accounts.start_listening_sync(person, source=source, username=username)


def start_recommendations(person: User) -> Job:
    """Queue the making of a test person's list."""
    return request_refresh(person)


def start_key_test(curator: User, row: ServiceKeys) -> Job:
    """Queue one cheap call with the keys as they are now; the row remembers the job."""
    job = enqueue(TEST_KEYS, owner=curator, payload={"upstream": row.upstream})
    ServiceKeys.objects.filter(pk=row.pk).update(test_job_id=job.pk)
    return job


def client_for(service: str, person: User | None) -> BaseClient:
    """A client that asks as the site, or as the person where the service knows people."""
    kind = calls.client_class(service)
    if kind is None:
        raise LookupError(service)
    more: dict[str, Any] = {}
    if service == "spotify" and person is not None:
        more = {"access_token": spotify_access_token(person, lane=Lane.INTERACTIVE)}
    elif service == "discogs" and person is not None:
        more = {"token": discogs_token(person)}
    return kind(lane=Lane.INTERACTIVE, person_id=person.pk if person else None, **more)


def keep_result(job: Job, result: Mapping[str, Any]) -> None:
    cache.set(_place(job), dict(result), RESULT_KEPT_S)


def result_of(job: Job) -> dict[str, Any] | None:
    """What a call brought, None once it is an hour old."""
    found = cache.get(_place(job))
    return found if isinstance(found, dict) else None


def requests_of(job: Job) -> list[request_log.LogLine]:
    """The calls that a job made, and those of the jobs that followed on it, oldest first."""
    mine = [
        line
        for line in request_log.latest(request_log.LENGTH)
        if line.cause == job.topic or (job.request_id and line.request_id == job.request_id)
    ]
    return mine[::-1]


def _place(job: Job) -> str:
    return f"desk:result:{job.pk}"
