"""An empty list says why it is empty, and what to do about it."""

import pytest

from accounts.services import add_owned
from recommendations import profile, services
from tests.factories import make_album, make_artist, make_copy, make_listening, make_similar
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def near(nuria):
    """Somebody who plays one artist and owns an album of hers, with two albums near to that."""
    can, neu = make_artist("Can"), make_artist("Neu!")
    make_similar(can, neu, "0.9")
    make_listening(nuria, can, plays=400)
    make_copy(nuria, make_album("Of Can", can))
    albums = [make_album("Near 1", neu), make_album("Near 2", neu)]
    services.make_set(nuria)
    return albums


def said(client, tab="own"):
    return client.get(f"/records/?tab={tab}").content.decode()


@pytest.mark.parametrize(
    ("tab", "why"),
    [
        ("own", "You own all 3 albums that we found for this list."),
        ("discover", "near to yours is yours already."),
        ("because", "You own all 3 albums that we found for this list."),
    ],
)
def test_who_owns_everything_is_told_so(nuria, sign_in, near, tab, why):
    client = sign_in(nuria)
    for album in near:
        add_owned(nuria, album_id=album.pk)
    services.make_set(nuria)
    text = said(client, tab)
    assert why in text
    for untrue in ("Bring your shelf from Discogs", "We know too little"):
        assert untrue not in text
    assert "Near 1" not in text


def test_who_dismissed_some_is_led_to_what_they_dismissed(nuria, sign_in, near):
    for album in near:
        services.dismiss(nuria, album)
    services.make_set(nuria)
    Job.objects.all().delete()
    text = said(sign_in(nuria), "discover")
    assert "You dismissed all 2 albums that we found for this list." in text
    assert 'class="btn" href="/records/dismissed/"' in text


def test_with_all_sources_off_the_switches_are_named(nuria, sign_in, near):
    client = sign_in(nuria)
    services.set_taste(nuria, off=["lastfm", profile.SHELF])
    services.make_set(nuria)
    for tab in ("own", "discover", "because"):
        text = said(client, tab)
        assert "Everything that you brought is switched off: Last.fm, Your shelf." in text
        assert 'class="btn btn-main" href="/settings/taste/"' in text
        assert "Nothing to go on yet" not in text


def test_without_a_list_the_switches_are_named_too(nuria, sign_in, near):
    services.set_taste(nuria, off=["lastfm", profile.SHELF])
    nuria.recommendation_sets.all().delete()
    Job.objects.all().delete()
    assert "Everything that you brought is switched off" in said(sign_in(nuria))


def test_with_the_shelf_off_its_list_says_so(nuria, sign_in, near):
    services.set_taste(nuria, off=[profile.SHELF])
    services.make_set(nuria)
    text = said(sign_in(nuria), "because")
    assert "Your shelf is switched off" in text and "Bring your shelf" not in text


def test_what_was_unknown_stays_said(nuria, sign_in):
    make_listening(nuria, make_artist("Alone"), plays=40)
    services.make_set(nuria)
    client = sign_in(nuria)
    assert "Our catalogue does not know the albums of your artists yet." in said(client)
    assert "We know too little of who is near" in said(client, "discover")
    assert "Bring your shelf from Discogs" in said(client, "because")
