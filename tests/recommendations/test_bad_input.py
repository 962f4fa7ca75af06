"""Listeners whom nobody expects, and two versions of the score side by side."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Listening
from recommendations import queries, report, services, versions
from recommendations.building import pool_for
from recommendations.candidates import ArtistPlays, Listener
from recommendations.models import Dismissal, Shown
from recommendations.scoring import Heard
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_similar,
    make_want,
)
from vinyl import env

pytestmark = pytest.mark.django_db


def shown(person, tab="own"):
    found = queries.cards(person, look=queries.Look(tab=tab))
    return [card.album for card in found.cards]


def test_three_plays_make_a_list(nuria):
    can, near = make_artist("Can"), make_artist("Cluster")
    album, other = make_album("Tago Mago", can), make_album("Zuckerzeit", near)
    make_listening(nuria, can, plays=3)
    make_listening(nuria, can, album, plays=3)
    make_similar(can, near, "0.9")
    services.make_set(nuria)
    assert (shown(nuria), shown(nuria, "discover")) == ([album], [other])
    total = queries.cards(nuria).cards[0].score.total
    assert 20 < total < 60, "three plays are a beginning and not a life"


def test_fifty_thousand_artists_are_looked_at_no_longer_than_what_is_loved_most():
    loved = make_artist("Loved")
    album = make_album("Of the loved", loved)
    ids = range(10_000_000, 10_050_000)
    artists = {one: ArtistPlays("", one % 97 + 1) for one in ids} | {
        loved.pk: ArtistPlays("Loved", 500)
    }
    listener = Listener(
        artists,
        albums={one: Heard(plays=one % 13) for one in ids},
        seeds={},
        plays=10**6,
        weights={key: float(one.plays) for key, one in artists.items()},
    )
    [found] = pool_for(listener).albums
    assert found.album_id == album.pk


def test_only_unknown_artists_make_an_empty_list_that_says_so(nuria, sign_in):
    row = make_listening(nuria, make_artist("Known for now"), plays=50)
    Listening.objects.filter(pk=row.pk).update(artist=None)
    row.snapshot.plays = 50
    row.snapshot.save()
    made = services.make_set(nuria)
    assert made.albums == 0
    page = sign_in(nuria).get("/records/").content.decode()
    assert "Our catalogue does not know the albums of your artists yet" in page
    for tab in ("discover", "because", "new"):
        assert sign_in(nuria).get(f"/records/?tab={tab}").status_code == 200


def test_somebody_who_owns_everything_is_recommended_nothing(nuria, with_list):
    for album in with_list(25):
        make_copy(nuria, album)
    services.make_set(nuria)
    assert [shown(nuria, tab) for tab in ("own", "discover", "because", "new")] == [[], [], [], []]


def test_a_hundred_dismissals_leave_what_is_left(nuria, played):
    albums = played(nuria, 110, plays=2_000)
    for album in albums[:100]:
        Dismissal.objects.create(user=nuria, album=album, reason="price")
    services.make_set(nuria)
    assert set(shown(nuria)) <= set(albums[100:])
    assert len(shown(nuria)) == 10


def test_absurd_counts_drown_nobody_else(nuria):
    poison, can = make_artist("Poison"), make_artist("Can")
    bad, good = make_album("Poisonous", poison), make_album("Tago Mago", can)
    make_listening(nuria, poison, plays=2**31 - 1)
    make_listening(nuria, poison, bad, plays=2**31 - 1)
    for number in range(12):
        artist = make_artist(f"Usual {number}")
        make_listening(nuria, artist, plays=90)
        make_listening(nuria, artist, make_album(f"Usual {number}", artist), plays=90)
    make_listening(nuria, can, plays=100)
    make_listening(nuria, can, good, plays=100)
    services.make_set(nuria)
    cards = {card.album: card for card in queries.cards(nuria).cards}
    assert cards[bad].score.total <= 80
    assert cards[good].score.total > 60


def test_a_list_starts_from_one_album(nuria, sign_in, with_list):
    with_list(3)
    can, near = make_artist("Can"), make_artist("Cluster")
    start, more = make_album("Tago Mago", can), make_album("Ege Bamyasi", can)
    found = make_album("Zuckerzeit", near)
    make_similar(can, near, "0.9")
    client = sign_in(nuria)
    page = client.get(f"/records/?start={start.pk}").content.decode()
    assert f'id="album-{more.pk}"' in page and f'id="album-{found.pk}"' in page
    assert f'id="album-{start.pk}"' not in page
    assert "Starting from <b>Tago Mago</b>." in page
    assert f'<option value="{start.pk}" selected>Tago Mago</option>' in page
    gone = "The album that this list should start from is not here."
    assert gone not in page
    for unknown in ("99999999", "nonsense", "9" * 30):
        assert gone in client.get(f"/records/?start={unknown}").content.decode(), unknown
    told = client.get(f"/records/export/?format=json&start={start.pk}").json()
    assert {row["album"] for row in told} == {more.pk, found.pk}, "the file is the list on the page"
    album_page = client.get(reverse("pricing:album", args=[start.pk])).content.decode()
    assert f'href="/records/?start={start.pk}"' in album_page


# --- versions side by side ---------------------------------------------------------------


def test_people_are_split_by_a_stable_hash(settings):
    settings.SCORE_VERSIONS = ["1=25", "2=75"]
    assigned = {number: versions.version_of(number) for number in range(4_000)}
    assert assigned == {number: versions.version_of(number) for number in range(4_000)}
    assert 0.22 < sum(one == "1" for one in assigned.values()) / 4_000 < 0.28
    settings.SCORE_VERSIONS = ["1=50", "2=50"]
    moved = [n for n, one in assigned.items() if one == "1" and versions.version_of(n) == "2"]
    assert moved == [], "who had version 1 keeps it when its share grows"
    settings.SCORE_VERSIONS = ["nonsense=30", "9=10"]
    assert versions.version_of(7) == "2", "what is not known leaves the newest"


def test_versions_that_there_are_not_are_refused():
    for right in (*versions.KNOWN, "1=20, 2=80", "1=0,2=100", "2=100"):
        assert env.parse_shares(right, versions.KNOWN)
    for wrong in ("x", "3", "2,x", "1=", "1=x", "1=-5", "1=20.5", "1=٢٠", "1=1000", "1,1"):
        with pytest.raises(ValueError, match="expected some of 1, 2, such as 1=50,2=50"):
            env.parse_shares(wrong, versions.KNOWN)
    for odd in ("", ",", "1=0", "1=120", "1=20,2=20", "1=20", "1,2", "1=60,2=60", "1=999"):
        with pytest.raises(ValueError, match="expected shares in percent that add up to 100"):
            env.parse_shares(odd, versions.KNOWN)


def test_both_versions_make_lists(nuria, settings, with_list):
    settings.SCORE_VERSIONS = ["1"]
    albums = with_list(3)
    first = queries.current_set(nuria)
    assert first.score_version == "1" and shown(nuria) == albums
    settings.SCORE_VERSIONS = ["2"]
    assert not services.make_set(nuria).unchanged, "another version is another list"
    assert queries.current_set(nuria).score_version == "2"


def test_curators_see_how_versions_do(nuria, sign_in, with_list, client):
    albums = with_list(10)
    make_best_price(make_quote(albums[0], amount="30.00", shipping="10.00"))
    make_best_price(make_quote(albums[1], amount="15.00", shipping="5.00"))
    sign_in(nuria).get("/records/")
    services.store_all_views()
    Shown.objects.update(first_at=timezone.now() - timedelta(hours=1))
    for album in albums[:3]:
        services.lock(nuria, album)
    services.dismiss(nuria, albums[9])
    make_want(nuria, albums[3])
    make_copy(nuria, albums[4])
    [found] = report.reports()
    assert (found.version, found.share, found.people, found.shown) == ("2", 100, 1, 10)
    assert (found.locked, found.dismissed, found.euros) == (30, 10, 30)
    assert found.helped_percent == 100
    assert found.holds == {"locked": True, "dismissed": True, "euros": True, "helped": True}
    services.unlock(nuria, albums[0])
    services.undo_dismiss(nuria, albums[9])
    [found] = report.reports()
    assert (found.locked, found.dismissed, found.helped) == (20, 0, 0)
    services.dismiss(nuria, albums[9])
    services.reset_dismissals(nuria)
    assert report.reports()[0].dismissed == 10, "to start afresh is not to have meant nothing"
    client.force_login(make_person("staff@vinilogy.test", is_staff=True, is_superuser=True))
    page = client.get("/admin/recommendations/shown/").content.decode()
    assert "Versions of the score" in page and "20.0 %, not reached" in page
    assert "Starting afresh forgets somebody’s dismissals for their next lists only" in page


def test_the_list_is_exported_with_its_filters_and_no_formula(nuria, sign_in, with_list):
    albums = with_list(25)
    albums[1].title = "=1+1"
    albums[1].save()
    client = sign_in(nuria)
    answer = client.get("/records/export/?format=csv&genre=Rock")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = answer.content.decode().splitlines()
    assert len(rows) == 1 + sum("Rock" in album.genres for album in albums)
    assert "'=1+1" in answer.content.decode()
    found = client.get("/records/export/?format=json").json()
    assert len(found) == 25
    assert found[0]["parts"][0]["key"] == "listening"


def test_a_program_is_told_of_a_parameter_that_there_is_not(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    assert client.get("/api/v1/recs?genre=Rock&format=json").status_code == 200
    answer = client.get("/api/v1/recs?genres=Rock")
    assert answer.status_code == 400
    assert "There is no such parameter." in str(answer.json())


def test_the_printed_list_is_plain_text(nuria):
    artist = make_artist("Simon & <Garfunkel>")
    make_album("Bookends", artist)
    make_listening(nuria, artist, plays=300)
    printed = io.StringIO()
    call_command("recommend", "--user", nuria.email, stdout=printed)
    assert "&amp;" not in printed.getvalue() and "&lt;" not in printed.getvalue()
    assert printed.getvalue().count("Simon & <Garfunkel>") == 2, "before the title and as a reason"
    assert "1 album (new), 1 shown." in printed.getvalue()
