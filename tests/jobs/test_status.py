"""The status page: what it says of each part, whose calls it shows, and its live feed."""

import asyncio
import logging
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from tests.jobs.conftest import NOBODY_HOME, signed_in
from vinyl import health as site_health
from vinyl.jobs import access, alarms, services, tasks, vitals
from vinyl.jobs.models import Job
from vinyl.jobs.registry import QUEUES
from vinyl.jobs.status import calls, feed, lights, rows
from vinyl.logs import working_for
from vinyl.upstreams import breaker, health, request_log
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.registry import UPSTREAMS

STATUS = "/status/"


def call(service="discogs", path="/releases/1", *, status=200, person=None, **fields):
    request_log.write(
        upstream=service, method="GET", path=path, status=status, ms=81, from_cache=False,
        lane=Lane.BACKGROUND, person_id=person, **fields,
    )  # fmt: skip


def shown(client, query=""):
    return client.get(STATUS + query).content.decode().split('id="log-lines"')[1]


def light(name):
    groups = lights.snapshot(for_staff=False)["groups"]
    return next(one for group in groups for one in group.lights if one.name == name)


# --- lights -----------------------------------------------------------------------------


def test_status_is_public_and_says_what_is_not_well(client, db):
    page = client.get(STATUS).content.decode()
    assert "No worker serves it" in page and "No beat yet" in page
    assert "Database" in page and "Discogs" in page and "Not asked yet" in page


def test_status_says_that_everything_is_well_when_it_is(db):
    vitals.sign_worker(QUEUES, size=8)
    tasks.sweep()
    snapshot = lights.snapshot(for_staff=False)
    own = [one for group in snapshot["groups"][:3] for one in group.lights]
    assert {one.shape for one in own} == {"good", "off"}
    assert [one.name for one in own if one.shape == "off"] == [
        "Coverage",
        "Likeness of artists",
        "Vector index",
    ]
    assert snapshot["overall"] == "Everything is well"


def test_each_worker_is_named_with_its_queues_and_its_room(db):
    vitals.sign_worker(["bulk", "analysis"], size=2)
    workers = lights.snapshot(for_staff=False)["groups"][1].lights
    assert workers[0].name == "Bulk work, Analysis"
    assert workers[0].words.endswith("room for 2 at once")
    assert [one.name for one in workers[1:]] == ["Quick queue", "Syncs"]
    assert {one.shape for one in workers[1:]} == {"bad"}


def test_a_room_above_tells_its_own_row_and_a_broken_one_breaks_nothing(db):
    @rows.status_row("tests")
    def row():
        return rows.Light("Sleeves", "good", "all drawn")

    try:
        assert light("Sleeves").words == "all drawn"

        @rows.status_row("tests")
        def broken():
            raise site_health.DatabaseError("gone")

        assert light("tests").shape == "bad"
    finally:
        rows.forget_row("tests")
    assert light("Vector index").words == "None yet"


def test_service_that_is_not_asked_for_a_while_says_when_next(db):
    assert light("Discogs").words == "Not asked yet"
    call("discogs", health=health.note(ms=120, error=""))
    assert light("Discogs").words == "Well, answered now"
    call("discogs", health=health.note(ms=9000, error=""))
    assert (light("Discogs").shape, light("Discogs").words) == ("late", "Slow: 9.0 s")
    call("discogs", status=None, error="Unavailable", health=health.note(ms=1, error="Unavailable"))
    assert light("Discogs").words == "Failing, last now: Unavailable"
    while breaker.failed(UPSTREAMS["discogs"].bucket("discogs")) is None:
        pass
    assert light("Discogs").words.startswith("Open: not asked. Next try at ")


# --- queues and their alarm ---------------------------------------------------------------


@pytest.fixture
def late_job(owner):
    job = services.enqueue("tests.count", owner=owner, payload={"to": 1})
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(minutes=3))
    return job


def test_status_shows_a_queue_that_backs_up(late_job):
    queue = lights.snapshot(for_staff=False)["groups"][2].lights[0]
    assert queue.words == "1 waiting, the oldest for 3 min; 0 running"
    assert (queue.shape, queue.more) == ("bad", ("Backed up: the alarm is set to 60 s",))


def test_backlog_is_written_into_the_log_and_not_with_every_sweep(late_job, caplog):
    with caplog.at_level(logging.ERROR, "vinyl.jobs.alarms"):
        services.sweep()
        services.sweep()
    assert len(caplog.records) == 1
    assert "queue interactive: 1 waiting, the oldest for 180 s" in caplog.text


def test_a_long_job_that_queues_again_is_new_in_its_queue(owner):
    job = services.enqueue("tests.wait", owner=owner)
    Job.objects.filter(pk=job.pk).update(
        created_at=timezone.now() - timedelta(days=2), queued_at=timezone.now() - timedelta(days=2)
    )
    assert [alarm.queue for alarm in alarms.alarms()] == ["bulk"]
    services.run_pending_jobs()
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(not_before=past)
    assert alarms.alarms() == ()
    # Waiting for its time is no backlog; from then on it is one.
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(days=3))
    assert alarms.alarms() == ()


@pytest.mark.parametrize("waiting", [1, 3])
def test_status_costs_the_same_queries_with_one_job_and_three(
    client, owner, waiting, django_assert_num_queries
):
    for _ in range(waiting):
        services.enqueue("tests.count", owner=owner, payload={"to": 1})
    site_health.migrations()
    with django_assert_num_queries(5):  # SELECT 1, the queues, coverage, model, vectors
        client.get(STATUS)


def test_status_stands_when_valkey_is_away(client, db, monkeypatch):
    monkeypatch.setattr(settings, "CACHE_URL", NOBODY_HOME)
    answer = client.get(STATUS)
    assert answer.status_code == 200
    assert "the log cannot be read" in answer.content.decode()


# --- calls --------------------------------------------------------------------------------


def test_people_see_the_calls_that_they_caused_and_curators_all(client, owner, staff):
    call("lastfm", "/2.0/?method=user.getinfo&user=nuria_bcn", person=owner.pk)
    call("discogs", "/users/someone/collection", person=staff.pk)
    call("discogs", "/releases/7")
    own = shown(signed_in(owner))
    assert "user nuria_bcn" in own and ">you<" in own
    assert "someone" not in own and "/releases/7" not in own
    everything = shown(signed_in(staff))
    assert "nuria_bcn" in everything and f"person {owner.pk}" in everything
    assert everything.index("/releases/7") < everything.index("someone"), "newest first"
    mine = shown(signed_in(staff), "?whose=mine")
    assert "someone" in mine and "nuria_bcn" not in mine
    assert "<tr" not in shown(client), "calls shown to somebody who caused none"


def test_browser_without_account_sees_the_calls_of_the_jobs_that_it_started(client, db):
    session = client.session
    session[access.SESSION_KEY] = [41]
    session.save()
    for number in (41, 42):
        with working_for(cause=f"job:{number}"):
            call("lastfm", f"/2.0/?method=artist.getsimilar&artist=Band{number}")
    page = shown(client)
    assert "Band41" in page and "Band42" not in page


def test_call_of_a_persons_job_is_that_persons(owner):
    with working_for(person_id=owner.pk, cause="job:1"):
        call("musicbrainz", "/ws/2/artist/1")
    assert "/ws/2/artist/1" in shown(signed_in(owner))


def test_log_is_filtered_by_its_address(staff):
    call("discogs", "/artists/1")
    call("discogs", "/artists/2", status=404, error="NotFound")
    call(
        "lastfm",
        "/2.0/?method=artist.getinfo&artist=Caf%C3%A9+Tacvba",
        status=503,
        error="Unavailable",
    )
    call("ebay", "/buy/1", status=None, error="QuotaExceeded")
    client = signed_in(staff)

    def services_in(query):
        page = shown(client, query)
        places = ("/artists/1", "/artists/2", "artist.getinfo", "/buy/1")
        return [place for place in places if place in page]

    assert services_in("?service=discogs") == ["/artists/1", "/artists/2"]
    assert services_in("?answer=4xx") == ["/artists/2"]
    assert services_in("?answer=5xx") == ["artist.getinfo"]
    assert services_in("?answer=silent") == ["/buy/1"]
    assert services_in("?q=CAFÉ") == ["artist.getinfo"]
    assert services_in("?service=nonsense&answer=x&job=y") == [
        "/artists/1", "/artists/2", "artist.getinfo", "/buy/1",
    ]  # fmt: skip
    assert "waits its turn" in shown(client, "?service=ebay")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/database/search?artist=Sigur+R%C3%B3s&format=Vinyl&type=master&token=***",
            "/database/search artist Sigur Rós, type master",
        ),
        ("/2.0/?method=artist.getSimilar&artist=Can&api_key=***", "artist.getSimilar artist Can"),
        ("/artist/The%20The", "/artist/The The"),
        ("/search?q=" + "x" * 90, "/search q " + "x" * 39 + "…"),
    ],
)
def test_what_was_asked_is_readable_and_short(path, words):
    assert calls.asked(path) == words


def test_a_call_to_an_address_is_not_named_by_our_word_for_it(staff):
    call("outside", "https://shop.test/feed")
    page = signed_in(staff).get(reverse("jobs:status")).content.decode()
    assert '<td role="cell" class="who">Elsewhere</td>' in page


def test_all_calls_of_one_request_are_found_by_its_id(staff):
    for request_id, artist in (("3f2a90bc11d2e4f5", "Can"), ("99aa88bb77cc66dd", "Neu!")):
        with working_for(request_id=request_id):
            call("lastfm", f"/2.0/?method=artist.getinfo&artist={artist}")
            call("discogs", f"/artists/{artist}")
    with working_for(request_id=""):
        call("ecb", "/stats/eurofxref")
    client = signed_in(staff)
    everything = shown(client)
    assert everything.count('href="/status/?request=3f2a90bc11d2e4f5"') == 2
    assert everything.count("?request=") == 4, "what no page began has no request"
    page = client.get(STATUS + "?request=3f2a90bc11d2e4f5&service=lastfm").content.decode()
    log = page.split('id="log-lines"')[1]
    assert "artist Can" in log and "Neu!" not in log and "/artists/Can" not in log
    assert "Calls of request 3f2a90bc11d2e4f5" in page
    assert 'name="request" value="3f2a90bc11d2e4f5"' in page, "the filters lose the request"
    # What is no id filters nothing.
    assert "Neu!" in shown(client, "?request=%0A<b>")


def test_log_of_one_job_names_it_to_those_who_may_see_it(client, owner, staff):
    job = services.enqueue("tests.count", owner=owner, payload={"to": 1, "subject": "Tago Mago"})
    query = f"{STATUS}?job={job.pk}"
    for known in (signed_in(owner), signed_in(staff)):
        assert f"Calls of job {job.pk}, Counting: Tago Mago" in known.get(query).content.decode()
    stranger = client.get(query).content.decode()
    assert f"Calls of job {job.pk}" in stranger and "Tago Mago" not in stranger


def test_log_can_be_paused_by_its_address(client, db):
    assert 'sse-swap="line"' in client.get(STATUS).content.decode()
    paused = client.get(STATUS + "?paused=1&q=can").content.decode()
    assert 'sse-swap="line"' not in paused and 'href="/status/?q=can"' in paused


# --- the feed -----------------------------------------------------------------------------


class Watcher:
    """An open status page's stream: its events, and what closing it does."""

    def __init__(self, answer):
        self.parts = answer.streaming_content.__aiter__()
        self.events = []

    async def event(self, name):
        """The next event of this name; others are dropped."""
        while True:
            while self.events:
                found = dict(
                    line.split(": ", 1) for line in self.events.pop(0).split("\n") if ": " in line
                )
                if found.get("event") == name:
                    return found
            piece = (await self.parts.__anext__()).decode()
            self.events += [part for part in piece.split("\n\n") if part]

    async def close(self):
        waiting = asyncio.ensure_future(self.parts.__anext__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def watch(user, query=""):
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(reverse("jobs:status_live") + query)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/event-stream"
    return Watcher(answer)


@pytest.mark.django_db(transaction=True)
def test_feed_brings_each_line_once_from_where_the_page_ended(run_async, staff):
    call(path="/releases/1")
    [first] = request_log.latest(1)
    call(path="/releases/2")

    async def look():
        watcher = await watch(staff, f"?after={first.id}")
        assert "/releases/2" in (await watcher.event("line"))["data"]
        await sync_to_async(call)(path="/releases/3")
        third = await watcher.event("line")
        assert "/releases/3" in third["data"] and third["id"] == request_log_newest()
        await watcher.close()
        assert feed.feed(settings.CACHE_URL).readers == 0

    def request_log_newest():
        return request_log.latest(1)[0].id

    run_async(look())


@pytest.mark.django_db(transaction=True)
def test_feed_carries_to_each_page_only_what_it_may_and_wants_to_see(run_async, staff, owner):
    async def look():
        own = await watch(owner)
        broken = await watch(staff, "?answer=5xx")
        await asyncio.gather(own.event("lights"), broken.event("lights"))
        await sync_to_async(call)(path="/releases/1")
        await sync_to_async(call)(path="/releases/2", person=owner.pk)
        await sync_to_async(call)(path="/releases/3", status=500, error="Unavailable")
        assert "/releases/2" in (await own.event("line"))["data"]
        assert "/releases/3" in (await broken.event("line"))["data"]
        assert own.events == [] and broken.events == []
        await own.close()
        await broken.close()

    run_async(look())


@pytest.mark.django_db(transaction=True)
def test_feed_tells_what_changed_in_the_readers_language(run_async, owner, monkeypatch):
    monkeypatch.setattr(feed, "LIGHTS_EVERY_S", 0.01)
    owner.language = "es"
    owner.save()

    async def look():
        watcher = await watch(owner)
        first = await watcher.event("overall")
        await sync_to_async(vitals.sign_worker)(QUEUES)
        await sync_to_async(tasks.sweep)()
        second = await watcher.event("overall")
        await watcher.close()
        return first["data"], second["data"]

    first, second = run_async(look())
    assert first != second and "well" not in second


@pytest.mark.django_db(transaction=True)
def test_feed_goes_on_where_it_was_when_valkey_cut_the_connection(
    run_async, staff, valkey, monkeypatch
):
    monkeypatch.setattr(feed, "RECONNECT_S", 0.01)

    async def look():
        watcher = await watch(staff)
        await watcher.event("lights")
        await sync_to_async(valkey.execute_command)(
            "CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "yes"
        )
        await sync_to_async(call)(path="/releases/9")
        assert "/releases/9" in (await watcher.event("line"))["data"]
        await watcher.close()

    run_async(look())


def test_page_that_falls_far_behind_is_told_to_fetch_itself(run_async):
    async def look():
        reader = feed.Reader(feed.Page(calls.Viewer(), "en", calls.Filter()))
        for _number in range(feed.BUFFER + 1):
            reader.put(b"x")
        assert (await reader.next()).startswith(b"event: again\n")

    run_async(look())
