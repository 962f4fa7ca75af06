"""What an address may ask a curators' list for: what the list offers, and nothing else."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import DumpImport, MatchReview, MergeRecord
from tests.factories import make_artist, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_person(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def rows():
    """Two artists, the question whether they are one, and a file that was read."""
    one, other = make_artist("Low"), make_artist("Low")
    MatchReview.objects.create(kind="artist", left_id=one.pk, right_id=other.pk, confidence=0.5)
    DumpImport.objects.create(
        kind="artists", file_name="a.xml.gz", sha256="0", chunk_bytes=1, state="done"
    )


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("release", "title__icontains=light"),
        ("artist", "name__iregex=.*a.*b"),
        ("artist", "id__gte=0"),
        ("album", "credits__artist__name__contains=low"),
        ("matchreview", "verdict__contains=e"),
        ("matchreview", "verdict__isnull=1"),
        ("release", "o=1"),
    ],
)
def test_a_list_is_filtered_by_nothing_that_it_does_not_offer(desk, rows, model, query):
    there = reverse(f"admin:catalog_{model}_changelist")
    with CaptureQueriesContext(connection) as asked:
        answer = desk.get(f"{there}?{query}&q=77")

    assert answer.status_code == 302 and answer["Location"] == f"{there}?q=77"
    assert not any(f'FROM "catalog_{model}"' in one["sql"] for one in asked)
    name = query.partition("=")[0]
    told = desk.get(answer["Location"]).content.decode()
    assert f"This list cannot be asked for {name} in the address" in told


def test_nothing_is_done_to_a_list_that_was_filtered_by_what_it_does_not_offer(desk, rows):
    one, other = make_artist("Twin"), make_artist("Twins")
    there = reverse("admin:catalog_artist_changelist")
    posted = {"action": "merge_chosen", "_selected_action": [one.pk, other.pk]}
    desk.post(f"{there}?name__icontains=twin", posted)
    assert not MergeRecord.objects.exists()


@pytest.mark.parametrize(
    ("model", "query"),
    [("matchreview", "verdict__exact=open"), ("dumpimport", "state__exact=done"),
     ("artist", "_to_field=id&_popup=1"), ("artist", "all="), ("artist", "p=1"),
     ("artist", "q=low&e=1")],
)  # fmt: skip
def test_the_filters_that_a_list_offers_work(desk, rows, model, query):
    there = reverse(f"admin:catalog_{model}_changelist")
    assert desk.get(f"{there}?{query}").status_code == 200


def test_a_list_that_is_filtered_by_a_state_offers_that_filter(desk, rows):
    """What the pages link to is what is let in."""
    for model in ("matchreview", "dumpimport"):
        there = reverse(f"admin:catalog_{model}_changelist")
        html = desk.get(there).content.decode()
        offered = set(re.findall(r'href="(\?[a-z]+__exact=[a-z]+)"', html))
        assert offered
        for one in offered:
            assert desk.get(there + one).status_code == 200


def test_all_is_offered_only_where_something_was_searched_or_filtered(desk, rows):
    there = reverse("admin:catalog_artist_changelist")
    assert "Show all" not in desk.get(there).content.decode()
    assert "Show all" in desk.get(f"{there}?q=low").content.decode()
    reviews = reverse("admin:catalog_matchreview_changelist")
    assert "Show all" in desk.get(f"{reviews}?verdict__exact=open").content.decode()


def test_who_may_see_nothing_learns_nothing_of_what_a_list_offers(client, rows):
    client.force_login(make_person(is_staff=True))
    there = reverse("admin:catalog_artist_changelist")
    assert client.get(f"{there}?name__icontains=a").status_code == 403
