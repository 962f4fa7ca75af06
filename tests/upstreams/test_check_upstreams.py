"""`manage.py check_upstreams` and what it reads: health, budget, probes."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.utils import timezone

from tests.upstreams.scripted import Reply
from vinyl.jobs import services
from vinyl.jobs.models import Job
from vinyl.management.commands.check_upstreams import Command
from vinyl.upstreams import breaker, budget, discogs, health
from vinyl.upstreams.errors import Forbidden, Unavailable
from vinyl.upstreams.registry import upstream

pytestmark = pytest.mark.django_db


def run(**options: object) -> str:
    """The command's own work; finding the services is DatabaseCommand's and tested there."""
    out = io.StringIO()
    command = Command(stdout=out)
    assert isinstance(command, BaseCommand)
    command.handle(no_calls=False, **options) if not options else command.handle(**options)
    return out.getvalue()


def test_all_is_well_in_the_sandbox(sandbox):
    printed = run()

    asked, _blank, queues = printed.partition("\n\n")
    lines = {line.split("  ")[0]: line for line in asked.splitlines()}
    assert set(lines) == {
        "Service", "Discogs", "Spotify", "Last.fm", "ListenBrainz", "MusicBrainz",
        "Cover Art Archive", "eBay", "European Central Bank", "Deezer", "iTunes",
    }  # fmt: skip
    for label in set(lines) - {"Service", "Spotify"}:
        assert " well " in lines[label], lines[label]
    assert "not asked yet" in lines["Spotify"]
    assert [line.split()[:2] for line in queues.splitlines()[1:]] == [
        ["interactive", "well"], ["sync", "well"], ["bulk", "well"], ["analysis", "well"],
    ]  # fmt: skip


def test_what_is_left_is_told_of_the_same_window_as_its_limit(outside):
    """eBay has a second's window of 10 and a day's of 4,950: "10 of 4950" looks used up."""
    assert re.search(r"^eBay .* (\d+) of \1\b", run(no_calls=True), re.MULTILINE)


def test_a_queue_that_backs_up_is_named_and_the_exit_is_not_zero(outside):
    job = services.enqueue("jobs.clean_up")
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(days=2))
    with pytest.raises(CommandError, match="unwell: queue bulk"):
        run(no_calls=True)


def test_one_that_fails_is_named_and_the_exit_is_not_zero(sandbox):
    sandbox.fault("lastfm", "500html")

    with pytest.raises(CommandError, match="unwell: Last.fm"):
        run()


def test_wrong_key_is_unwell_and_a_missing_key_is_not(sandbox, settings):
    settings.EBAY_APP_ID = ""
    settings.LASTFM_API_KEY = "wrong"

    with pytest.raises(CommandError, match="^unwell: Last.fm$"):
        run()


def test_without_calls_nobody_is_asked(outside):
    printed = run(no_calls=True)

    assert printed.count("not asked yet") == 10
    assert outside.seen == []


def test_health_goes_from_well_to_failing_to_open(outside):
    outside.on("/discogs/artists", Reply('{"id": 1, "name": "x"}'), Reply("", status=500))
    assert health.health("discogs").state is health.State.NOT_ASKED

    discogs.Client().artist(1)
    assert health.health("discogs").state is health.State.WELL

    with pytest.raises(Unavailable):
        discogs.Client().artist(2)
    found = health.health("discogs")
    assert (found.state, found.last_error) == (health.State.FAILING, "Unavailable")

    for _ in range(breaker.OPENS_AT):
        breaker.failed("discogs")
    found = health.health("discogs")
    assert found.state is health.State.OPEN and found.retry_at is not None


def test_one_that_asks_us_to_stay_away_for_an_hour_is_not_well(outside, settings):
    settings.BUDGET_SPEED = 1
    ebay = upstream("ebay")
    budget.pause(ebay, "", 60)
    assert not health.health("ebay").unwell
    budget.pause(ebay, "", 3600)
    found = health.health("ebay")
    assert found.state is health.State.OPEN
    assert timedelta(minutes=59) < found.retry_at - timezone.now() <= timedelta(hours=1)


def test_one_persons_private_list_makes_nobody_unwell(outside):
    outside.on("/discogs/users", Reply("{}", status=403))
    token = discogs.UserToken("key", "secret")

    with pytest.raises(Forbidden):
        discogs.Client(token=token).wants("ana")

    assert not health.health("discogs").unwell


def test_missing_key_is_not_configured_with_instructions(settings):
    settings.EBAY_APP_ID = ""

    found = health.health("ebay")

    assert found.state is health.State.NOT_CONFIGURED
    assert not found.unwell
