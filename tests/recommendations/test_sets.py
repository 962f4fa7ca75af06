"""How a person's set is made, kept, and filled up."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.services import forget_source
from recommendations import queries, services
from recommendations.models import Dismissal, Lock, Recommendation, RecommendationSet
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_person,
    make_release,
    make_similar,
)
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


def shown(person, tab="own"):
    return [card.album for card in cards_of(person, tab)]


def cards_of(person, tab="own"):
    return queries.cards(person, look=queries.Look(tab=tab)).cards


def test_the_most_played_album_comes_first_and_says_how_often(nuria, with_list):
    albums = with_list(3)
    cards = queries.cards(nuria).cards
    assert [card.album for card in cards] == albums
    told = "You played this <b>400</b> times. <b>100</b> of them in the last year."
    assert cards[0].reason == told
    # A little over nine tenths of listening, and the artist is loved most.
    assert 69 < cards[0].score.total < 70
    assert cards[0].score.parts[1].points == 24


def test_the_filter_offers_the_countries_that_albums_of_the_list_were_pressed_in(nuria, played):
    first, second, _third = played(nuria, 3)
    for album, country in ((first, "Spain"), (second, "Japan"), (second, "Spain")):
        make_release(album, country=country)
    services.make_set(nuria)
    assert queries.current_set(nuria).options["own"]["countries"] == ["Japan", "Spain"]


def test_owned_and_dismissed_albums_are_never_recommended(nuria, with_list):
    first, second, third = with_list(3)
    make_copy(nuria, first)
    services.dismiss(nuria, second)
    assert shown(nuria) == [third]
    services.make_set(nuria)
    stored = Recommendation.objects.filter(set=queries.current_set(nuria))
    assert [row.album for row in stored] == [third]


def test_a_dismissal_because_of_the_artist_takes_all_of_their_albums(nuria, with_list):
    first, _same_artist, third = with_list(3)
    services.dismiss(nuria, first, reason="artist")
    services.make_set(nuria)
    assert shown(nuria) == [third]


def test_an_album_heard_by_one_track_only_waits_unless_its_artist_is_a_favourite(nuria):
    for number in range(20):
        make_listening(nuria, make_artist(f"Loved {number}"), plays=900)
    artist = make_artist("One Hit")
    album = make_album("The Hit", artist)
    row = make_listening(nuria, artist, album, plays=300)
    row.distinct_tracks = 1
    row.save()
    services.make_set(nuria)
    assert shown(nuria) == []
    make_listening(nuria, artist, plays=1000)
    services.make_set(nuria)
    assert shown(nuria) == [album]


def test_a_seed_brings_the_artists_albums_and_those_near_to_them(nuria):
    can, neu = make_artist("Can"), make_artist("Neu!")
    tago, debut = make_album("Tago Mago", can), make_album("Neu!", neu)
    make_similar(can, neu, "0.5")
    services.add_seed(nuria, can)
    services.make_set(nuria)
    [named], [near] = cards_of(nuria), cards_of(nuria, "discover")
    assert (named.album, near.album) == (tago, debut)
    assert [part.points for part in named.score.parts] == [0, 30, None, None]
    assert near.score.total == 15
    assert near.reason == "Near to <b>Can</b>, whom you named."


def test_unchanged_inputs_do_no_work(nuria, with_list):
    with_list(3)
    before = queries.current_set(nuria)
    RecommendationSet.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    made = services.make_set(nuria)
    assert made.unchanged
    assert made.set == before
    assert made.set.expires_at > timezone.now() + timedelta(hours=23)
    services.lock(nuria, before.items.first().album)
    assert not services.make_set(nuria).unchanged


def test_a_kept_album_stays_when_nothing_speaks_for_it_any_more(nuria, with_list):
    with_list(3)
    stranger = make_album("Kept", "Nobody")
    services.lock(nuria, stranger)
    services.make_set(nuria)
    cards = queries.cards(nuria).cards
    assert (cards[0].album, cards[0].kept) == (stranger, True)
    make_copy(nuria, stranger)
    services.make_set(nuria)
    assert stranger not in shown(nuria), "what is owned is not recommended, kept or not"


def test_a_list_holds_twenty_and_is_filled_up_below_ten(nuria, with_list):
    with_list(40)
    assert len(shown(nuria)) == 20
    for album in shown(nuria)[:10]:
        assert services.dismiss(nuria, album) == 0
    assert len(shown(nuria)) == 10
    assert services.dismiss(nuria, shown(nuria)[0]) == 11
    assert len(shown(nuria)) == 20
    assert not Job.objects.exists(), "there was enough in reserve"


def test_an_empty_reserve_asks_for_a_new_list(nuria, with_list):
    albums = with_list(3)
    services.dismiss(nuria, albums[0])
    assert Job.objects.get().kind == "recommendations.make_set"


def test_undo_puts_the_album_back_where_it_was(nuria, with_list):
    albums = with_list(12)
    services.lock(nuria, albums[1])
    services.dismiss(nuria, albums[1])
    assert not Lock.objects.exists()
    assert albums[1] not in shown(nuria)
    services.undo_dismiss(nuria, albums[1])
    assert shown(nuria) == albums


def test_undo_brings_the_album_back_into_a_list_that_was_made_without_it(nuria, with_list):
    albums = with_list(12)
    services.dismiss(nuria, albums[4])
    assert not services.make_set(nuria).unchanged
    assert albums[4] not in shown(nuria)
    services.undo_dismiss(nuria, albums[4])
    assert albums[4] in shown(nuria), "before the next list is made"
    assert Job.objects.get().kind == "recommendations.make_set"


def test_a_hundred_dismissals_in_thirty_days_count(nuria, with_list):
    [album, other, _] = with_list(3)
    artist = make_artist("Many")
    old = timezone.now() - timedelta(days=31)
    for number in range(100):
        Dismissal.objects.create(user=nuria, album=make_album(f"No {number}", artist))
    with pytest.raises(services.TooManyDismissals):
        services.dismiss(nuria, album)
    Dismissal.objects.filter(album__title="No 1").update(created_at=old)
    services.dismiss(nuria, album)
    with pytest.raises(services.TooManyDismissals):
        services.dismiss(nuria, other)
    assert len(services.reset_dismissals(nuria)) == 101
    services.dismiss(nuria, other)


def test_singles_and_placeholders_are_not_recommended(nuria):
    various = make_artist("Various", is_placeholder=True)
    mix = make_album("Some Mix", various)
    make_listening(nuria, various, mix, plays=500)
    artist = make_artist("Wire")
    single = make_album("Dot Dash", artist, kind="single")
    make_listening(nuria, artist, single, plays=500)
    services.make_set(nuria)
    assert shown(nuria) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_make_one_list_at_once_store_it_once():
    person, artist = make_person(), make_artist("Can")
    make_listening(person, artist, make_album("Tago Mago", artist), plays=300)
    made = []

    def make():
        try:
            made.append(services.make_set(person).unchanged)
        finally:
            connection.close()

    threads = [Thread(target=make) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == [False, True]
    assert RecommendationSet.objects.count() == 1


def listens_to(person, source, name):
    artist = make_artist(name)
    album = make_album(f"Record of {name}", artist)
    make_listening(person, artist, album, plays=300, source=source)
    return album


def test_unlinking_a_service_takes_what_it_taught_out_of_the_list_at_once(nuria):
    gone, stays = listens_to(nuria, "spotify", "Gone"), listens_to(nuria, "lastfm", "Stays")
    services.make_set(nuria)
    services.make_set(make_person())
    services.lock(nuria, stays)
    assert set(shown(nuria)) == {gone, stays}
    assert forget_source(nuria, "spotify")
    assert not RecommendationSet.objects.filter(user=nuria).exists()
    assert RecommendationSet.objects.count() == 1
    [job] = Job.objects.filter(owner=nuria)
    assert job.kind == queries.MAKE_SET
    services.make_set(nuria)
    assert shown(nuria) == [stays]


def test_what_taught_nothing_leaves_the_list_alone(nuria):
    listens_to(nuria, "lastfm", "Stays")
    made = services.make_set(nuria).set
    assert not forget_source(nuria, "spotify")
    assert queries.current_set(nuria) == made
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_list_that_is_made_while_its_source_is_unlinked_does_not_stay():
    person = make_person()
    listens_to(person, "spotify", "Gone")
    with transaction.atomic():
        forget_source(person, "spotify")
        maker = Thread(target=lambda: (services.make_set(person), connection.close()))
        maker.start()
        # It waits for the lock that unlinking holds; without one it would be done by now.
        maker.join(0.5)
    maker.join()
    assert shown(person) == []
