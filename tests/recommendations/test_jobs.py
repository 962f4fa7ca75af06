"""The jobs, against the sandbox: neighbours are learned, names are found, bad weather passes."""

import pytest

from catalog.matching import normalise_name
from recommendations import queries, services
from recommendations.models import Seed
from tests.factories import make_album, make_artist, make_listening, make_person
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import valkey

KINDS = ("recommendations.make_set", "recommendations.find_artists")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener(db):
    person, can = make_person(), make_artist("Can")
    make_listening(person, can, make_album("Tago Mago", can), plays=300)
    make_listening(person, can, plays=300)
    return person


def test_a_list_is_made_and_then_knows_who_is_near(sandbox, listener):
    neu = make_album("Neu! 75", make_artist("Neu!", normalised=normalise_name("Neu!")))
    services.request_refresh(listener)
    [job] = run_pending_jobs(KINDS)
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert sandbox.asked("lastfm") == 1
    discovered = queries.cards(listener, look=queries.Look(tab="discover")).cards
    assert neu in [card.album for card in discovered]
    services.request_refresh(listener)
    [job] = run_pending_jobs(KINDS)
    assert job.result["unchanged"]
    assert sandbox.asked("lastfm") == 1, "nobody is asked twice"
    assert valkey.connection().hlen(f"recs:cards:{job.result['set']}"), "its cards were drawn"


def test_a_list_is_made_while_last_fm_is_down(sandbox, listener):
    sandbox.fault("lastfm", "500html")
    services.request_refresh(listener)
    [job] = run_pending_jobs(KINDS)
    assert job.state == Job.State.DONE
    assert [card.title for card in queries.cards(listener).cards] == ["Tago Mago"]


def test_a_typed_name_is_found_outside_and_nonsense_makes_no_artist(sandbox, listener):
    services.add_seeds_from_text(listener, "Kraftwerk\nQwxyz Nobody Knows")
    ran = run_pending_jobs(KINDS)
    found = next(job for job in ran if job.kind == "recommendations.find_artists")
    assert found.result["unknown"] == ["Qwxyz Nobody Knows"]
    assert [seed.artist.name for seed in Seed.objects.filter(user=listener)] == ["Kraftwerk"]
