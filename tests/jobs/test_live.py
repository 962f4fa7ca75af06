"""Server-sent events: who may hear what, and that nothing is lost."""

import asyncio
import json
import time
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import AsyncClient
from django.urls import reverse

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from vinyl import live
from vinyl.jobs import access, services, streams
from vinyl.jobs.events import publish
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def address(*topics, **more):
    return reverse("jobs:live") + "?" + urlencode({"topics": ",".join(topics), **more})


async def open_stream(*topics, user=None, session=None, **more):
    client = AsyncClient()
    if user is not None:
        await client.aforce_login(user)
    if session is not None:
        kept = await client.asession()
        kept.update(session)
        await kept.asave()
    return await client.get(address(*topics, **more))


class Reader:
    """Reads events off an answer; closing it is what a browser that leaves does."""

    def __init__(self, answer):
        self.parts = answer.streaming_content.__aiter__()

    async def event(self):
        while True:
            part = (await self.parts.__anext__()).decode()
            if part.startswith("event: "):
                name, data = part.strip().split("\n")
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def close(self):
        waiting = asyncio.ensure_future(self.parts.__anext__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


@pytest.fixture
def job(owner):
    return Job.objects.create(kind="tests.count", owner=owner, payload={"to": 1})


def test_owner_hears_the_job_and_first_of_all_to_fetch_it(run_async, owner, job):
    async def watch():
        answer = await open_stream(f"job:{job.pk}", user=owner)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/event-stream"
        assert answer["X-Accel-Buffering"] == "no" and "no-cache" in answer["Cache-Control"]
        reader = Reader(answer)
        assert await reader.event() == (f"job-{job.pk}", {"refresh": True})
        await sync_to_async(publish)(job.topic, job.event, {"done": 1})
        assert await reader.event() == (f"job-{job.pk}", {"done": 1})
        await sync_to_async(publish)("job:0", "job-0", {"not": "ours"})
        await sync_to_async(services.cancel)(job)
        name, data = await reader.event()
        assert (name, data["state"]) == (job.event, "cancelled")
        await reader.close()
        assert live.hub(settings.LIVE_URL).streams == 0

    run_async(watch())
    assert streams.open_streams() == 0


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_others_hear_nothing(run_async, owner, stranger, job, who):
    topics = (
        f"job:{job.pk}",
        f"user:{owner.pk}",
        f"work:{owner.pk}",
        f"news:{job.pk}",
        "job:x",
        "job:-1",
        f"job:{'9' * 30}",
        "",
    )
    answer = run_async(open_stream(*topics, user=stranger if who == "stranger" else None))
    assert answer.status_code == 404


def test_stream_carries_only_the_topics_that_its_reader_may_hear(run_async, owner, stranger, job):
    async def watch():
        answer = await open_stream(
            f"job:{job.pk}", f"user:{stranger.pk}", f"user:{owner.pk}", user=stranger
        )
        reader = Reader(answer)
        assert await reader.event() == (f"user-{stranger.pk}", {"refresh": True})
        await sync_to_async(publish)(job.topic, job.event, {"secret": 1})
        await sync_to_async(publish)(f"user:{owner.pk}", f"user-{owner.pk}", {"secret": 1})
        await sync_to_async(publish)(f"user:{stranger.pk}", f"user-{stranger.pk}", {"own": 1})
        assert await reader.event() == (f"user-{stranger.pk}", {"own": 1})
        await reader.close()

    run_async(watch())


def test_browser_without_account_hears_the_job_that_it_started(run_async):
    nobodys = Job.objects.create(kind="tests.count", payload={"to": 1})

    async def watch():
        answer = await open_stream(f"job:{nobodys.pk}", session={access.SESSION_KEY: [nobodys.pk]})
        reader = Reader(answer)
        assert (await reader.event())[0] == nobodys.event
        await reader.close()

    run_async(watch())


def test_all_of_a_persons_work_is_heard_on_one_topic_by_that_person_only(
    run_async, owner, stranger, job
):
    async def watch():
        reader = Reader(await open_stream(f"work:{owner.pk}", user=owner))
        assert (await reader.event())[0] == f"work-{owner.pk}"
        await sync_to_async(publish)(job.topic, job.event, {"done": 1}, owner_id=owner.pk)
        assert await reader.event() == (job.event, {"done": 1})
        await reader.close()
        assert (await open_stream(f"work:{owner.pk}", user=stranger)).status_code == 404

    run_async(watch())


def test_one_person_may_not_open_streams_without_end(run_async, owner, monkeypatch):
    monkeypatch.setattr(streams, "STREAMS_PER_PERSON", 2)

    async def watch():
        readers = [Reader(await open_stream(f"user:{owner.pk}", user=owner)) for _ in range(2)]
        for reader in readers:
            await reader.event()
        refused = await open_stream(f"user:{owner.pk}", user=owner)
        assert (refused.status_code, refused["Retry-After"]) == (429, "30")
        await readers[0].close()
        again = Reader(await open_stream(f"user:{owner.pk}", user=owner))
        assert (await again.event())[0] == f"user-{owner.pk}"
        for reader in (*readers[1:], again):
            await reader.close()

    run_async(watch())


def test_many_readers_share_one_subscription(run_async, valkey):
    async def watch():
        the_hub = live.hub(settings.LIVE_URL)
        parts = [live.frames(the_hub, ["user:1"]) for _ in range(30)]
        readers = [Reader(type("Answer", (), {"streaming_content": one})) for one in parts]
        await asyncio.gather(*(reader.event() for reader in readers))
        assert dict(await sync_to_async(valkey.pubsub_numsub)(live.CHANNEL)) == {
            live.CHANNEL.encode(): 1
        }
        await sync_to_async(publish)("user:1", "user-1", {"n": 1})
        assert (
            await asyncio.gather(*(one.event() for one in readers)) == [("user-1", {"n": 1})] * 30
        )
        for reader in readers:
            await reader.close()

    run_async(watch())


def test_slow_reader_misses_steps_and_never_the_last(run_async):
    async def watch():
        async with live.Hub(settings.LIVE_URL).join(["job:1"]) as stream:
            await stream.next(1)
            for done in range(1000):
                stream.put("job-1", json.dumps({"done": done}))
            assert await stream.next(1) == ("job-1", '{"done": 999}')

    run_async(watch())


def test_reader_that_falls_far_behind_is_told_to_fetch_all_again(run_async):
    async def watch():
        async with live.Hub(settings.LIVE_URL).join(["user:1"]) as stream:
            await stream.next(1)
            for number in range(live.BUFFER + 1):
                stream.put("user-1", json.dumps({"n": number}))
            assert await stream.next(1) == ("user-1", '{"refresh": true}')

    run_async(watch())


def test_page_that_says_when_it_was_drawn_hears_what_came_since(run_async, owner, job, monkeypatch):
    monkeypatch.setattr(live, "CLOCKS_DIFFER_S", 0.0)
    topic, event = f"news:{job.pk}", f"news-{job.pk}"

    async def opened(moment):
        return Reader(await open_stream(topic, user=owner, drawn=int(moment * 1000)))

    async def watch():
        before = time.time()
        first = await opened(before)
        # Nobody was listening when that page was drawn.
        assert await first.event() == (event, {"refresh": True})
        await sync_to_async(publish)(job.topic, job.event, {"no": "news"})
        await sync_to_async(publish)(topic, event, {"n": 1})
        assert await first.event() == (event, {"n": 1})
        await first.close()
        # It went on listening when its last reader had left.
        between = time.time()
        await sync_to_async(publish)(topic, event, {"n": 2})
        missed = await opened(between)
        assert await missed.event() == (event, {"n": 2})
        await missed.close()
        for moment in (before - 60, time.time() + 60):  # before it listened; no clock of ours
            reader = await opened(moment)
            assert await reader.event() == (event, {"refresh": True})
            await reader.close()

    run_async(watch())


def test_quiet_stream_gets_a_comment(run_async, monkeypatch):
    monkeypatch.setattr(live, "COMMENT_EVERY_S", 0.01)

    async def watch():
        parts = live.frames(live.hub(settings.LIVE_URL), ["user:1"])
        assert await parts.__anext__() == b"retry: 3000\n\n"
        assert (await parts.__anext__()).startswith(b"event: user-1\n")
        assert await parts.__anext__() == b": still here\n\n"
        await parts.aclose()

    run_async(watch())


def test_after_a_broken_subscription_readers_are_told_to_fetch_all_again(run_async, valkey):
    async def watch():
        reader = Reader(
            type(
                "Answer",
                (),
                {"streaming_content": live.frames(live.hub(settings.LIVE_URL), ["user:1"])},
            )
        )
        await reader.event()
        await sync_to_async(valkey.execute_command)("CLIENT", "KILL", "TYPE", "PUBSUB")
        assert await reader.event() == ("user-1", {"refresh": True})
        await sync_to_async(publish)("user:1", "user-1", {"n": 2})
        assert await reader.event() == ("user-1", {"n": 2})
        await reader.close()

    run_async(watch())
