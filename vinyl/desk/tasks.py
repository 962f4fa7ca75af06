"""The desk's jobs: one call of a client, one test of a service's keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from vinyl.desk import calls, services, typed
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, StepResult, job_kind
from vinyl.upstreams import probes, spotify
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.registry import upstream

UNKNOWN = gettext_noop("There is no such call any more.")
ODD_ARGUMENTS = gettext_noop("The client does not take these arguments.")
# Of a method that pages by itself: a few pages show all there is to see.
MOST_ITEMS = 150
NEEDS_PERSON = gettext_noop("This service is asked for a person: choose one who linked it.")


def _method(payload: Mapping[str, Any]) -> str:
    return str(payload.get("method", ""))


def _service(payload: Mapping[str, Any]) -> str:
    return upstream(payload["upstream"]).label


@job_kind(
    services.CALL,
    queue="interactive",
    label=gettext_noop("A call from the test panel"),
    subject=_method,
)
def call(ctx: JobContext) -> StepResult:
    """Payload: method, typed (texts by parameter), person or None. An error of the service is a
    result, too: a curator wants to see it and not to have it tried again."""
    method = calls.methods().get(str(ctx.payload.get("method")))
    if method is None:
        raise Fail("unknown_method", UNKNOWN)
    number = ctx.payload.get("person")
    person = services.test_people().filter(pk=number).first() if number else None
    if method.service == "spotify" and person is None:
        raise Fail("no_person", NEEDS_PERSON)
    # Sentences of errors name times: those of the curator's clock.
    with timezone.override(_zone(ctx)):
        result = _outcome(method, ctx.payload.get("typed", {}), person)
    services.keep_result(ctx.job, result)
    return Done({"fields": len(result["rows"]), "error": result["error"]})


def _zone(ctx: JobContext) -> str | None:
    owner = ctx.job.owner
    return owner.time_zone if owner else None


def _outcome(method: calls.Method, given: dict[str, str], person: User | None) -> dict[str, Any]:
    try:
        client = services.client_for(method.service, person)
        found = getattr(client, method.name)(**method.arguments(given))
        if isinstance(found, Iterator):  # asks page by page while one reads
            found = list(islice(found, MOST_ITEMS))
    except UpstreamError as error:
        return {"rows": [], "more": 0, "error": type(error).__name__, "says": str(error)}
    except (calls.CannotRead, TypeError, ValueError) as error:
        raise Fail("arguments", ODD_ARGUMENTS) from error
    rows, more = typed.rows_of(found)
    return {"rows": rows, "more": more, "error": "", "says": ""}


@job_kind(
    services.TEST_KEYS,
    queue="interactive",
    label=gettext_noop("Test of a service's keys"),
    subject=_service,
)
def test_keys(ctx: JobContext) -> StepResult:
    """Payload: upstream. One cheap call, whose outcome is the result."""
    of = upstream(ctx.payload["upstream"])
    error = _test(of.name) if of.configured else None
    with timezone.override(_zone(ctx)):
        result = {
            "rows": [],
            "more": 0,
            "error": type(error).__name__ if error else "",
            "says": str(error) if error else "",
        }
    if not of.configured:
        result |= {"error": "NotConfigured", "says": of.how_to_configure}
    services.keep_result(ctx.job, result)
    return Done({"error": result["error"]})


def _test(name: str) -> UpstreamError | None:
    if name != "spotify":
        return probes.probe(name)
    try:
        spotify.check_keys(lane=Lane.INTERACTIVE)
    except UpstreamError as error:
        return error
    return None
