"""Bad weather: a result or one typed error in time, whatever comes; nothing lost, nothing twice.

The small form; bench/weather.py puts every method of every client through every kind.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sandbox.faults import KINDS
from tests.factories import make_album, make_release
from tests.upstreams import every_call
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import breaker, discogs, door, registry
from vinyl.upstreams.errors import NotFound, Unavailable, UpstreamError

DEADLINE = 0.4
# Reading an answer and being scheduled are not the deadline's.
GRACE = 1.5
BY_NUMBER = sorted(KINDS)


@pytest.fixture
def impatient(monkeypatch):
    """All services with short deadlines, so that a hang costs no time."""
    for name, of in registry.UPSTREAMS.items():
        short = replace(of, connect_timeout=0.3, read_timeout=0.2, deadline=DEADLINE)
        monkeypatch.setitem(registry.UPSTREAMS, name, short)


@pytest.fixture
def person(sandbox, settings, request):
    """Who has linked everything in fair weather, with a usual deadline."""
    found = every_call.Person(settings)
    request.getfixturevalue("impatient")
    door.forget_everything()
    return found


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_call_gives_a_result_or_one_typed_error_in_time(sandbox, person, kind):
    """One method of each client with each kind; another one with the next kind."""
    by_upstream: dict[str, list[every_call.Call]] = {}
    for call in every_call.every_call(person):
        by_upstream.setdefault(call.upstream, []).append(call)
    sandbox.fault("*", kind, seconds=3)

    number = BY_NUMBER.index(kind)
    chosen = [calls[number % len(calls)] for calls in by_upstream.values()]
    with ThreadPoolExecutor(len(chosen)) as pool:
        outcomes = pool.map(lambda one: every_call.outcome(one, deadline=DEADLINE + GRACE), chosen)
    found = dict(zip(map(str, chosen), outcomes, strict=True))

    assert set(by_upstream) == {kind.upstream for kind in every_call.clients()}
    assert {name: one.wrong for name, one in found.items() if one.wrong} == {}


@pytest.mark.parametrize("kind", ["500html", "reset", "hang", "malformed"])
def test_breaker_opens_and_closes_again(sandbox, person, kind):
    sandbox.fault("discogs", kind, "/masters", seconds=3)
    client, master = discogs.Client(), person.examples["master_id"]
    for _ in range(breaker.OPENS_AT):
        with pytest.raises(UpstreamError):
            client.master(master)

    def asked_since():
        """A broken connection is counted when the sandbox notices it: those tell of their fault."""
        lines = sandbox.counters()["requests"]
        return [one for one in lines if one["path"].startswith("/masters") and not one["fault"]]

    sandbox.clear()
    until = time.monotonic() + 10
    found = None
    while found is None and time.monotonic() < until:
        try:
            found = client.master(master)
        except Unavailable as error:
            assert error.retry_at is not None
            assert asked_since() == [], "asked while open"

    assert found is not None and found.id == master
    assert len(asked_since()) == 1
    assert breaker.open_until("discogs") is None


@pytest.mark.parametrize("kind", ["reset", "200html", "500html", "429", "403", "hang"])
def test_want_is_neither_lost_nor_doubled(sandbox, person, kind):
    """Asked again until it is told that it worked, as a job does when the pause that the door keeps
    is over; the sandbox is the judge."""
    release, shelf = person.examples["release_id"], f"/users/{person.name}/wants"
    client = person.client(discogs.Client)
    wanted = discogs.Client(token=person.discogs)

    def until_it_works(work):
        for _ in range(40):
            try:
                return work()
            except UpstreamError as error:
                assert not isinstance(error, NotFound), error
                door.forget_everything()  # the pause is over
        raise AssertionError(f"{kind} never passed")

    def copies():
        door.forget_everything()
        return [one.release.id for one in wanted.wants(person.name)].count(release)

    sandbox.fault("discogs", kind, shelf, seconds=3, times=2)
    until_it_works(lambda: client.add_want(person.name, release))
    sandbox.clear()
    assert copies() == 1

    sandbox.fault("discogs", kind, shelf, seconds=3, times=2)
    until_it_works(lambda: client.remove_want(person.name, release))
    sandbox.clear()
    assert copies() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["500html", "hang", "missing_fields", "429"])
def test_pages_render_in_any_weather(sandbox, impatient, client, kind):
    """The page asks, the job meets the weather, and the page says so instead of breaking."""
    album = make_album()
    make_release(album)
    sandbox.fault("*", kind, seconds=3)

    assert client.get(f"/albums/{album.pk}/").status_code == 200
    run_pending_jobs(limit=5)
    assert client.get(f"/albums/{album.pk}/").status_code == 200
    assert client.get("/status/").status_code == 200
