"""Two people bring their shelves at the same moment, with the same records in another order."""

import json
import threading
from collections import Counter

import pytest
from django.db import connection

from accounts import services
from accounts.models import Owned, Want
from accounts.services.shelf_sync import SHELF
from catalog.models import Album, Artist, Release
from tests.factories import make_person
from tests.upstreams.scripted import Reply, ScriptedServer
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db(transaction=True)
RECORDS = 16


def record(number):
    """A row of a shelf or want list as Discogs tells it: two records by each artist."""
    artist = {"id": 900 + number // 2, "name": f"Quay {number // 2}", "join": ""}
    return {
        "id": 70_000 + number,
        "instance_id": 910_000 + number,
        "date_added": "2026-08-23T09:14:50-07:00",
        "basic_information": {
            "id": 70_000 + number,
            "title": f"Tide {number}",
            "year": 1980,
            "artists": [artist],
            "labels": [],
            "formats": [{"name": "Vinyl", "qty": "1", "descriptions": ["LP"]}],
            "genres": ["Rock"],
            "styles": [],
            "master_id": 5_000 + number,
        },
    }


@pytest.fixture
def discogs_at_once(settings):
    """Discogs, which answers both people's first pages at the same moment."""
    server = ScriptedServer()
    settings.UPSTREAM_URLS = {name: f"{server.url}/{name}" for name in settings.UPSTREAM_URLS}
    settings.BUDGET_SPEED = 100
    together = threading.Barrier(2, timeout=20)

    def answer(seen):
        numbers = list(range(RECORDS))
        if "backwards" in seen.path:
            numbers.reverse()
        wants = seen.path.endswith("/wants")
        rows = [record(number + (1000 if wants else 0)) for number in numbers]
        if "backwards" in seen.path:
            for row in rows:
                row["instance_id"] += 50_000
        pages = {"page": 1, "pages": 1, "per_page": 100, "items": len(rows), "urls": {}}
        if len(server.asked(seen.path)) == 1:
            together.wait()
        return Reply(json.dumps({"pagination": pages, "wants" if wants else "releases": rows}))

    server.on("/discogs/users/", answer)
    yield server
    server.stop()


def test_two_shelves_with_the_same_records_do_not_wait_for_each_other_in_a_circle(discogs_at_once):
    people = {name: make_person() for name in ("forwards", "backwards")}
    jobs = [services.start_shelf_sync(one, username=name) for name, one in people.items()]

    def work():
        try:
            run_pending_jobs({SHELF})
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in people]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    for job in jobs:
        job.refresh_from_db()
        assert (job.state, job.error_detail) == (Job.State.DONE, "")
        assert job.result["copies"] == job.result["wants"] == RECORDS
    asked = [seen.path for seen in discogs_at_once.asked("/discogs/users/")]
    assert len(asked) == len(set(asked)) == 4, "a page was read again after a deadlock"
    made = Release.objects.count(), Album.objects.count(), Artist.objects.count()
    assert made == (2 * RECORDS, 2 * RECORDS, RECORDS)
    for rows in (Owned, Want):
        owners = Counter(rows.objects.values_list("user_id", flat=True))
        assert owners == {one.pk: RECORDS for one in people.values()}
