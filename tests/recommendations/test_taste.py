"""What the list is made from: sources to switch off, the dial, teaching by opt-in, terms."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Snapshot
from recommendations import queries, services, sources
from recommendations.knowledge import Found
from recommendations.models import Lean, Shown, TasteSettings
from recommendations.queries.albums import on_like_shelves
from recommendations.teaching import learned_snapshots, teachers
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_person,
    make_release,
    make_similar,
    make_want,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/taste/"


def shown(person, tab="own", **look):
    found = queries.cards(person, look=queries.Look(tab=tab, **look))
    return [card.album for card in found.cards]


def test_a_source_that_is_switched_off_recommends_nothing_and_its_list_goes_at_once(nuria, sign_in):
    lastfm, spotify = make_artist("By Last.fm"), make_artist("By Spotify")
    one, other = make_album("One", lastfm), make_album("Other", spotify)
    make_listening(nuria, lastfm, one, plays=300, source="lastfm")
    make_listening(nuria, spotify, other, plays=300, source="spotify")
    services.make_set(nuria)
    assert set(shown(nuria)) == {one, other}
    on = ["lastfm", "listenbrainz", "shelf", "wants", "locks", "seeds"]
    sign_in(nuria).post(PAGE, {"part": "sources", "on": on})
    assert queries.current_set(nuria) is None, "what it taught leaves the list at once"
    assert set(queries.taste_of(nuria).off) == {"spotify", "spotify_file", "dismissals"}
    services.make_set(nuria)
    assert shown(nuria) == [one]


def test_shelf_wants_and_seeds_speak_too_and_can_be_silenced(nuria):
    owned, wanted, named = (make_artist(name) for name in ("Owned", "Wanted", "Named"))
    make_copy(nuria, make_album("On the shelf", owned))
    make_want(nuria, make_album("Wanted one", wanted))
    services.add_seed(nuria, named)
    others = {artist: make_album(f"More of {artist}", artist) for artist in (owned, wanted, named)}
    services.make_set(nuria)
    assert set(others.values()) <= set(shown(nuria))
    services.set_taste(nuria, off=["shelf", "wants"])
    services.make_set(nuria)
    assert set(shown(nuria)) & set(others.values()) == {others[named]}


def test_old_listening_counts_less(nuria):
    old, new = make_artist("Old"), make_artist("New")
    make_listening(nuria, old, make_album("Once", old), plays=120, source="lastfm")
    make_listening(nuria, new, make_album("Now", new), plays=100, source="listenbrainz")
    long_ago = timezone.now() - timedelta(days=3 * 365)
    Snapshot.objects.filter(source="lastfm").update(taken_at=long_ago)
    services.make_set(nuria)
    assert [album.title for album in shown(nuria)] == ["Now", "Once"]


def test_teaching_is_off_until_somebody_says_so_and_never_by_a_link(nuria, sign_in):
    artist = make_artist()
    for source in ("lastfm", "listenbrainz", "spotify", "spotify_file"):
        make_listening(nuria, artist, plays=10, source=source)
    assert not teachers().exists()
    assert [one.source for one in learned_snapshots()] == ["listenbrainz"], "open, not by opt-in"
    assert "Others may profit" in sign_in(nuria).get(PAGE).content.decode()
    sign_in(nuria).post(PAGE, {"part": "teaches", "teaches": "yes"})
    assert list(teachers()) == [nuria]
    sources_learned = {one.source for one in learned_snapshots()}
    assert sources_learned == {"listenbrainz", "spotify_file"}
    sign_in(nuria).post(PAGE, {"part": "teaches"})
    assert not teachers().exists() and TasteSettings.objects.get().teaches_since is None


def test_spotify_is_input_to_nobodys_list_but_its_owners(nuria):
    artist = make_artist("Secret Love")
    album = make_album("Played by one", artist)
    for number in range(4):
        other = make_person()
        make_listening(other, artist, album, plays=500, source="spotify")
        make_listening(other, artist, album, plays=500, source="lastfm")
        services.set_taste(other, teaches=True)
        if number == 0:
            services.make_set(other)
            assert album in shown(other)
    make_listening(nuria, make_artist("Other"), plays=3)
    services.make_set(nuria)
    assert not any(album in shown(nuria, tab) for tab in ("own", "discover", "because", "new"))
    assert queries.standings([album.pk]).get(album.pk) is None, "nor is it counted"


def test_like_minded_shelves_are_those_of_people_who_opted_in_and_of_three_at_least(nuria):
    mine = [make_album(f"Mine {n}", make_artist(f"A{n}")) for n in range(3)]
    theirs = make_album("Theirs", make_artist("Theirs"))
    for album in mine:
        make_copy(nuria, album)
    people = [make_person() for _ in range(3)]
    for person in people:
        for album in (*mine, theirs):
            make_copy(person, album)
    for person in people[:2]:
        services.set_taste(person, teaches=True)
    ids = [album.pk for album in mine]
    assert on_like_shelves(nuria.pk, ids) == [], "two who opted in are too few"
    services.set_taste(people[2], teaches=True)
    [found] = on_like_shelves(nuria.pk, ids)
    assert (found.album_id, found.people, found.shared) == (theirs.pk, 3, 3)
    services.make_set(nuria)
    [card] = queries.cards(nuria, look=queries.Look(tab="discover")).cards
    assert card.reason == (
        "On the shelves of <b>3</b> people who share up to <b>3</b> of your records."
    )


def test_another_source_adds_albums_and_one_that_fails_harms_nobody(nuria, with_list):
    with_list(3)
    album = make_album("From elsewhere", make_artist("Elsewhere"))
    cause = {"kind": "content", "albums": ["Future Days"], "heard": True}
    sources.register(
        sources.CandidateSource("test", lambda _listener: [Found(album.pk, 1.0, (cause,))])
    )
    sources.register(sources.CandidateSource("broken", lambda _listener: 1 / 0))
    try:
        services.make_set(nuria)
    finally:
        sources.unregister("test")
        sources.unregister("broken")
    [card] = queries.cards(nuria, look=queries.Look(tab="discover")).cards
    assert (card.album, card.score.total) == (album, 21)
    assert "Future Days" in card.reason


def test_the_person_is_told_what_could_not_be_asked(nuria, sign_in, with_list):
    with_list(3)
    told = "One way of finding records failed, so this list is made without it."
    assert told not in sign_in(nuria).get("/records/").content.decode()
    sources.register(sources.CandidateSource("broken", lambda _listener: 1 / 0))
    try:
        services.make_set(nuria)
    finally:
        sources.unregister("broken")
    assert told in sign_in(nuria).get("/records/").content.decode()
    services.make_set(nuria)
    assert told not in sign_in(nuria).get("/records/").content.decode()


def test_more_and_less_act_on_the_list_that_stands(nuria, sign_in):
    can, neu, far = make_artist("Can"), make_artist("Neu!"), make_artist("Far")
    make_listening(nuria, can, plays=400)
    make_listening(nuria, far, plays=380)
    near_can, near_far = make_album("Near Can", neu), make_album("Near Far", make_artist("N"))
    make_similar(can, neu, "0.9")
    make_similar(far, near_far.credits.get().artist, "0.85")
    of_can, of_far = make_album("Of Can", can), make_album("Of Far", far)
    services.make_set(nuria)
    assert shown(nuria) == [of_can, of_far]
    assert shown(nuria, "discover") == [near_can, near_far]
    before = queries.current_set(nuria)
    client = sign_in(nuria)
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/"}
    answer = client.post(f"/records/{of_can.pk}/less/", headers=htmx).content.decode()
    assert "Less like Can from now on." in answer
    assert queries.current_set(nuria) == before, "no new list was needed"
    assert shown(nuria) == [of_far, of_can]
    assert shown(nuria, "discover") == [near_far, near_can], "what is near to them as well"
    services.make_set(nuria)
    assert shown(nuria) == [of_far, of_can], "and the next list agrees"
    client.post(f"/records/{of_can.pk}/more/", headers=htmx)
    assert shown(nuria)[0] == of_can
    client.post(f"/records/{of_can.pk}/undo/", {"what": "lean"}, headers=htmx)
    assert not Lean.objects.exists()


def test_the_dial_is_looked_at_in_the_address_and_kept_by_the_person(nuria, sign_in, with_list):
    with_list(30)
    client = sign_in(nuria)
    page = client.get("/records/?dial=100").content.decode()
    assert page.count("data-card data-row") == 20
    assert '<option value="100" selected>Adventurous</option>' in page
    assert queries.taste_of(nuria).dial == 50, "a look changes nothing"
    client.post(PAGE, {"part": "dial", "dial": "100"})
    assert queries.taste_of(nuria).dial == 100
    page = client.get("/records/").content.decode()
    assert '<option value="" selected>Adventurous</option>' in page
    assert queries.current_set(nuria).dial == 50
    services.make_set(nuria)
    assert queries.current_set(nuria).dial == 100


def test_what_was_shown_on_many_days_and_ignored_rests(nuria, with_list):
    albums = with_list(30)
    ignored = shown(nuria)[:3]
    now = timezone.now()
    for album in ignored:
        Shown.objects.create(
            user=nuria, album=album, score_version="2", times=5, first_at=now, last_at=now
        )
    services.lock(nuria, ignored[0])
    services.make_set(nuria)
    found = shown(nuria)
    assert ignored[0] in found, "what is kept stays"
    assert ignored[1] not in found and ignored[2] not in found
    Shown.objects.update(last_at=now - timedelta(days=90))
    services.make_set(nuria)
    assert len(set(shown(nuria)) & set(ignored)) == 3, "they come back after a while"
    assert len(albums) == 30


def test_rather_something_again_than_an_empty_list(nuria, with_list):
    albums = with_list(4)
    now = timezone.now()
    for album in albums:
        Shown.objects.create(
            user=nuria, album=album, score_version="2", times=9, first_at=now, last_at=now
        )
    services.make_set(nuria)
    assert set(shown(nuria)) == set(albums)


def test_ten_looks_on_one_day_count_once_and_reading_writes_no_row(nuria, sign_in, with_list):
    albums = with_list(3)
    client = sign_in(nuria)
    for _ in range(4):
        client.get("/records/")
    client.get("/records/?tab=discover")
    assert not Shown.objects.exists(), "a look is not a write to the database"
    assert services.store_all_views() == 1
    assert set(Shown.objects.values_list("album_id", "times")) == {(one.pk, 1) for one in albums}
    assert services.store_all_views() == 0
    assert Shown.objects.get(album=albums[0]).times == 1


def test_new_pressings_of_what_is_loved_stand_on_their_own_tab(nuria, with_list):
    old, new, owned = with_list(3)
    year = timezone.now().year
    make_release(old, year=1975)
    make_release(new, year=year, country="Germany", label="Spoon")
    make_release(owned, year=year)
    make_release(old, year=year, is_unofficial=True)
    make_copy(nuria, owned)
    services.make_set(nuria)
    [card] = queries.cards(nuria, look=queries.Look(tab="new")).cards
    assert card.album == new
    assert card.reason == f"Pressed again in <b>{year}</b>: <b>Germany, Spoon</b>."


def test_because_of_what_stands_on_the_shelf(nuria):
    can, near = make_artist("Can"), make_artist("Cluster")
    make_copy(nuria, make_album("Tago Mago", can))
    found = make_album("Zuckerzeit", near)
    make_similar(can, near, "0.9")
    services.make_set(nuria)
    [card] = queries.cards(nuria, look=queries.Look(tab="because")).cards
    assert (card.album, card.reason) == (found, "Because you have <b>Tago Mago</b>.")


def test_the_api_reads_and_changes_the_same(nuria, client, with_list):
    with_list(3)
    client.force_login(nuria)
    assert client.get("/api/v1/recs/taste").json() == {"dial": 50, "off": [], "teaches": False}

    def change(**values):
        body = json.dumps(values)
        return client.patch("/api/v1/recs/taste", body, content_type="application/json")

    assert change(dial=75, off=["spotify"], teaches=True).json() == {
        "dial": 75, "off": ["spotify"], "teaches": True,
    }  # fmt: skip
    assert change(off=["nonsense"]).status_code == 400
    assert change(dial=400).status_code == 400
    services.make_set(nuria)
    assert len(client.get("/api/v1/recs?tab=own&dial=100").json()) == 3
    assert client.get("/api/v1/recs?tab=discover").json() == []
    for most, there in {1: 1, 2: 2, 100: 3}.items():
        assert len(client.get(f"/api/v1/recs?limit={most}").json()) == there
    for wrong in ("limit=0", "limit=x", "limit=101", "page=2", "page_size=5", "offset=1"):
        refused = client.get(f"/api/v1/recs?{wrong}")
        assert refused.status_code == 400, wrong
        assert list(refused.json()["error"]["fields"]) == [wrong.partition("=")[0]]
    tracks = json.dumps({"tracks": "Artist 0 - Song\nspotify:episode:1\nNobody - Song"})
    answer = client.post("/api/v1/recs/playlist", tracks, content_type="application/json").json()
    assert (answer["lines"], answer["used"], answer["skipped"]) == (
        3, 1, {"podcast": 1, "unknown": 1},
    )  # fmt: skip
    assert {row["title"] for row in answer["records"]} == {"Album 0", "Album 1"}
