"""What calls share: answers in flight, "there is none", limits as reported, the breaker."""

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.upstreams.scripted import Reply
from vinyl.embedded import processes
from vinyl.upstreams import (
    breaker,
    budget,
    discogs,
    listenbrainz,
    musicbrainz,
    request_log,
)
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
)

ROOT = Path(__file__).resolve().parents[2]
ARTIST = json.dumps({"id": 45, "name": "Aphex Twin (2)"})
HTML = "<html><body>Bad gateway</body></html>"


def artist() -> discogs.Artist:
    return discogs.Client(lane=Lane.INTERACTIVE, person_id=7).artist(45)


def in_threads(count: int, work: object) -> list[object]:
    """What each thread returned or raised."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())  # type: ignore[operator]
        except UpstreamError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


# --- limits that the service reports ---------------------------------------------------------


def test_short_retry_after_is_waited_for(outside, settings):
    settings.BUDGET_SPEED = 10
    outside.on(
        "/discogs/artists/45",
        Reply("{}", status=429, headers={"Retry-After": "3"}),
        Reply(ARTIST),
    )

    assert artist().id == 45
    first, second = outside.seen
    assert second.at - first.at >= 0.3


def test_long_retry_after_is_told_and_not_slept_out(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/discogs/artists", Reply("{}", status=429, headers={"Retry-After": "3359"}))

    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        artist()
    assert time.monotonic() - started < 2
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - datetime.now(UTC) > timedelta(minutes=50)

    # Everybody else hears it without asking.
    with pytest.raises(RateLimited):
        discogs.Client().master(1)
    assert len(outside.seen) == 1


def test_429_without_retry_after_pauses_for_a_minute(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/discogs/artists", Reply("{}", status=429))

    with pytest.raises(RateLimited) as caught:
        artist()

    assert caught.value.retry_at is not None
    wait = caught.value.retry_at - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= timedelta(seconds=61)


def test_calls_by_others_behind_our_address_count(outside, settings):
    settings.BUDGET_SPEED = 1
    headers = {
        "X-Discogs-Ratelimit": "60",
        "X-Discogs-Ratelimit-Used": "57",
        "X-Discogs-Ratelimit-Remaining": "3",
    }
    outside.on("/discogs/artists", Reply(ARTIST, headers=headers))

    assert budget.left("discogs") == 58
    artist()

    assert budget.left("discogs") == 3
    (use,) = budget.usage("discogs")
    assert (use.people, use.background, use.others) == (1, 0, 54)


def test_reported_reset_stops_further_calls(outside, settings):
    settings.BUDGET_SPEED = 1
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-In": "30"}
    outside.on("/listenbrainz/1/user", Reply('{"payload": {"listens": []}}', headers=headers))

    listenbrainz.Client().listens("rob")
    with pytest.raises(RateLimited):
        listenbrainz.Client().listens("another")

    assert len(outside.seen) == 1


# --- memory ----------------------------------------------------------------------------------


def test_missing_thing_is_remembered(outside):
    for _ in range(3):
        with pytest.raises(NotFound):
            artist()

    assert len(outside.seen) == 1
    assert [line.from_cache for line in request_log.latest(5)] == [True, True, False]


def test_missing_thing_is_asked_again_after_a_while(outside, settings):
    settings.BUDGET_SPEED = 36_000  # remembered for an hour: here a tenth of a second
    with pytest.raises(NotFound):
        artist()
    outside.on("/discogs/artists/45", Reply(ARTIST))

    def forgotten():
        with suppress(NotFound):
            return artist().id == 45

    assert processes.wait_until(forgotten, seconds=5), "still remembered"


def test_same_question_at_once_goes_out_once(outside):
    outside.on("/discogs/artists/45", Reply(ARTIST, kind="slow", seconds=0.3))

    found = in_threads(12, artist)

    assert found == [artist()] * 12
    assert len(outside.seen) == 1
    assert sum(line.from_cache for line in request_log.latest(20)) == 12


def test_different_questions_are_not_mixed_up(outside):
    outside.on("/discogs/artists", lambda seen: Reply(json.dumps(
        {"id": int(seen.path.rsplit("/", 1)[1]), "name": seen.path})))  # fmt: skip

    assert discogs.Client().artist(1).id == 1
    assert discogs.Client().artist(2).id == 2


def test_question_with_a_persons_credentials_is_never_shared(outside):
    outside.on("/discogs/oauth/identity", Reply('{"id": 1, "username": "ana"}'))

    for secret in ("one", "two"):
        token = discogs.UserToken(key="key", secret=secret)
        discogs.Client(token=token).identity()

    assert len(outside.seen) == 2


def test_failed_leader_does_not_hold_up_the_others(outside):
    outside.on(
        "/discogs/artists/45",
        Reply('{"message": "no"}', status=422, kind="slow", seconds=0.2),
        Reply(ARTIST),
    )

    found = in_threads(3, artist)

    assert sum(isinstance(one, BadAnswer) for one in found) == 1
    assert sum(isinstance(one, discogs.Artist) for one in found) == 2
    assert len(outside.seen) == 2


ASKER = """
import sys, django
django.setup()
from django.conf import settings
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane
settings.UPSTREAM_URLS = {name: sys.argv[1] + "/" + name for name in settings.UPSTREAM_URLS}
settings.CACHE_URL = sys.argv[2]
settings.BUDGET_SPEED = 100
discogs.Client(lane=Lane.INTERACTIVE, person_id=7).artist(45)
"""


def test_leader_that_is_killed_does_not_hold_up_the_others(outside, settings):
    """Its place is free as soon as somebody looks, not when its call would have ended."""
    outside.on("/discogs/artists/45", Reply(kind="hang"), Reply(ARTIST))
    leader = subprocess.Popen(
        [sys.executable, "-c", ASKER, outside.url, settings.CACHE_URL], cwd=ROOT
    )
    assert processes.wait_until(lambda: outside.seen, seconds=30)
    leader.kill()
    leader.wait()

    started = time.monotonic()
    assert artist().id == 45

    assert len(outside.seen) == 2
    assert time.monotonic() - started < 3, "waited for a dead process"


def test_memory_and_budget_are_asked_in_one_step(outside, valkey):
    outside.on("/discogs/artists/45", Reply(ARTIST))
    artist()  # the script is known
    valkey.delete(*valkey.keys("upstreams:memory:*"))
    valkey.config_resetstat()

    artist()

    commands = valkey.info("commandstats")
    assert commands["cmdstat_evalsha"]["calls"] == 1
    assert len(outside.seen) == 2
    assert sum(one.people for one in budget.usage("discogs")) == 2  # and both are counted


# --- breaker ---------------------------------------------------------------------------------


def test_breaker_opens_and_answers_at_once(outside, settings):
    settings.BUDGET_SPEED = 20
    outside.on("/discogs/artists", Reply(HTML, status=500))

    for number in (1, 2):
        with pytest.raises(Unavailable):
            discogs.Client().artist(number)
    asked = len(outside.seen)
    with pytest.raises(Unavailable) as caught:
        discogs.Client().artist(3)

    assert asked == breaker.OPENS_AT
    assert len(outside.seen) == asked
    assert caught.value.retry_at is not None
    assert "Next try at" in str(caught.value)


def test_breaker_closes_after_a_probe_that_succeeds(outside):
    outside.on("/discogs/artists", *[Reply(HTML, status=500)] * 6, Reply(ARTIST))
    for number in (1, 2):
        with pytest.raises(Unavailable):
            discogs.Client().artist(number)
    assert breaker.open_until("discogs") is not None

    def probed():
        with suppress(Unavailable):
            return discogs.Client().artist(4).id == 45

    assert processes.wait_until(probed, seconds=10)
    assert breaker.open_until("discogs") is None
    # Failures from before do not count any more.
    assert discogs.Client().artist(5).id == 45


def test_breaker_lets_one_probe_through(outside):
    for _ in range(breaker.OPENS_AT):
        breaker.failed("discogs")
    assert processes.wait_until(lambda: not breaker.open_until("discogs"), seconds=5)

    permits = [breaker.may_call("discogs", probe_seconds=5) for _ in range(4)]

    assert [one.retry_at is None for one in permits] == [True, False, False, False]


def test_breaker_opens_on_a_storm_of_403(outside):
    outside.on("/discogs", Reply('{"message": "banned"}', status=403))

    errors = []
    for number in range(8):
        with pytest.raises(UpstreamError) as caught:
            discogs.Client().artist(number)
        errors.append(type(caught.value))

    assert errors == [Forbidden] * 5 + [Unavailable] * 3
    assert len(outside.seen) == 5


def test_one_persons_403_does_not_close_the_service(outside):
    outside.on("/discogs/users", Reply('{"message": "private"}', status=403))
    outside.on("/discogs/artists", Reply(ARTIST))
    token = discogs.UserToken(key="key", secret="secret")

    for _ in range(6):
        with pytest.raises(Forbidden):
            discogs.Client(token=token).wants("somebody")

    assert artist().id == 45


def test_missing_things_are_no_failures(outside):
    for number in range(2 * breaker.OPENS_AT):
        with pytest.raises(NotFound):
            discogs.Client().artist(number)

    assert breaker.open_until("discogs") is None


def test_too_fast_for_musicbrainz_is_no_outage(outside):
    body = '{"error": "Your requests are exceeding the allowable rate limit"}'
    outside.on("/musicbrainz", Reply(body, status=503, headers={"X-Rate-Limited": "22.3 22 20"}))

    with pytest.raises(RateLimited):
        musicbrainz.Client().artist("x")

    assert breaker.open_until("musicbrainz") is None
