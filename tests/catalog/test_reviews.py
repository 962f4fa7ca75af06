"""Doubtful matches: found, asked once, answered, taken back."""

import pytest
from django.urls import reverse

from catalog.doubts import find_doubtful
from catalog.models import Album, Artist, ExternalId, MatchReview, MergeRecord
from catalog.queries.reviews import progress, said_before, sides
from catalog.services import reviews
from catalog.services.doubtful import look_at_albums, look_at_artists
from catalog.services.merging import merge_artists, split
from tests.factories import (
    make_album,
    make_artist,
    make_listening,
    make_person,
    make_release,
    merge_of,
)
from vinyl.jobs.registry import Done

pytestmark = pytest.mark.django_db

ALL = 10**12


def known_to(entity, source, value):
    kind = "artist" if isinstance(entity, Artist) else "album"
    ExternalId.objects.create(kind=kind, source=source, value=value, entity_id=entity.pk)
    return entity


@pytest.fixture
def curator():
    return make_person(is_staff=True, is_superuser=True)


@pytest.fixture
def page(client, curator):
    client.force_login(curator)
    return reverse("admin:catalog_matchreview_decide")


def loose(name="Low", **fields):
    """An artist as a listener's source told it."""
    return make_artist(name, **{"source": "listener"} | fields)


def discogs(name="Low", number="1", **fields):
    return known_to(make_artist(name, **fields), "discogs", number)


def asked(one, other, confidence=0.6):
    kind = "artist" if isinstance(one, Artist) else "album"
    evidence = [{"name": "names", "weight": 0.4, "value": 1.0, "says": "the names are the same"}]
    assert reviews.ask(kind, one.pk, other.pk, confidence=confidence, evidence=evidence)
    return MatchReview.objects.get(left_id=min(one.pk, other.pk), right_id=max(one.pk, other.pk))


# --- finding ------------------------------------------------------------------------------


def test_a_name_alone_is_asked_and_never_merged():
    one, other = loose(), discogs()

    found = look_at_artists(0, ALL)

    assert (found.compared, found.asked, found.merged) == (1, 1, 0)
    review = MatchReview.objects.get()
    assert {review.left_id, review.right_id} == {one.pk, other.pk}
    assert [part["name"] for part in review.evidence] == ["names"]
    assert look_at_artists(0, ALL).asked == 0  # once is enough


def test_a_name_an_id_and_a_shared_album_merge_by_themselves_with_the_trail():
    one, other = known_to(loose(), "musicbrainz", "mb"), discogs()
    make_album("Things We Lost", artist=one, source="listener")
    make_album("Things We Lost", artist=other)

    assert look_at_artists(0, ALL).merged == 1

    one.refresh_from_db()
    assert one.merged_into_id == other.pk  # the dumps go on to describe the one of Discogs
    assert "found to be one thing" in MergeRecord.objects.get().why


def test_what_a_person_split_is_not_merged_again():
    one, other = known_to(loose(), "musicbrainz", "mb"), discogs()
    make_album("Things We Lost", artist=one, source="listener")
    make_album("Things We Lost", artist=other)
    look_at_artists(0, ALL)
    split(merge_of("artist", one.pk), by=make_person())

    found = look_at_artists(0, ALL)

    assert (found.merged, found.asked) == (0, 0)


def test_two_that_one_service_tells_apart_are_never_compared():
    discogs("Low", "1")
    discogs("Low", "2")
    known_to(loose("Nirvana"), "musicbrainz", "a")
    known_to(loose("Nirvana"), "musicbrainz", "b")

    assert look_at_artists(0, ALL).compared == 0


def test_several_namesakes_are_asked_about_even_when_an_album_is_shared():
    one = known_to(loose(), "musicbrainz", "mb")
    for number in "12":
        make_album("Secret Name", artist=discogs("Low", number))
    make_album("Secret Name", artist=one, source="listener")

    found = look_at_artists(0, ALL)

    assert (found.asked, found.merged) == (2, 0)


def test_near_titles_of_one_artist_are_asked_and_equal_ones_merged():
    artist = discogs()
    held = known_to(make_album("Ones and Sixes", artist=artist, year=2015), "discogs", "5")
    twin = make_album("Ones and Sixes", artist=artist, year=2015, source="musicbrainz")
    known_to(twin, "musicbrainz", "rg")
    make_album("Double Negative", artist=artist, year=2018, source="musicbrainz")

    found = look_at_albums(0, ALL)

    assert found.merged == 1 and found.asked == 0
    twin.refresh_from_db()
    assert twin.merged_into_id == held.pk


def test_a_title_that_goes_on_is_asked_with_what_the_names_alone_say():
    artist = discogs()
    known_to(make_album("Things We Lost: In the Fire", artist=artist, year=2001), "discogs", "5")
    make_album("Things We Lost", artist=artist, year=2001, source="listener")
    make_album("Trust", artist=artist, source="listener")

    found = look_at_albums(0, ALL)

    assert (found.asked, found.merged) == (1, 0)
    names, year = MatchReview.objects.get().evidence
    assert "without its subtitle" in names["says"] and year["name"] == "same_year"


def test_equal_titles_of_far_years_are_asked():
    artist = discogs()
    known_to(make_album("Low", artist=artist, year=1994), "discogs", "5")
    make_album("Low", artist=artist, year=2011, source="listener")

    found = look_at_albums(0, ALL)

    assert (found.asked, found.merged) == (1, 0)


class Step:
    """What a step of the job is given."""

    def __init__(self, checkpoint, told):
        self.checkpoint = checkpoint
        self._told = told

    def progress(self, done, total, message="", **params):
        self._told.append((done, total))


def test_the_job_goes_through_the_rows_in_portions_however_far_apart_their_ids_are(monkeypatch):
    monkeypatch.setattr("catalog.doubts.PORTION", 2)
    loose()
    discogs()
    # A dump's rows begin a billion above those that were there before.
    make_artist("Far", pk=28_000_000_338)
    artist = discogs("Far Away", "9", pk=28_000_000_339)
    known_to(make_album("Lo", artist=artist, year=1990), "discogs", "5")
    make_album("Lo", artist=artist, year=2011, source="listener")

    checkpoint, told = {}, []
    while not isinstance(result := find_doubtful(Step(checkpoint, told)), Done):
        checkpoint = result.checkpoint
        assert len(told) < 9

    assert result.result == {"compared": 2, "asked": 2, "merged": 0}
    assert list(dict.fromkeys(told)) == [(2, 6), (4, 6), (6, 6)]


# --- answers ------------------------------------------------------------------------------


def test_same_merges_and_undo_takes_the_merge_back(curator):
    one, other = loose(), discogs()
    review = asked(one, other)

    reviews.decide(review.pk, "same", by=curator)
    one.refresh_from_db()
    assert one.merged_into_id == other.pk and MergeRecord.objects.get().done_by == curator

    assert reviews.undo_last(curator) == review
    one.refresh_from_db()
    assert one.merged_into_id is None
    assert reviews.next_question().review == review


def test_only_ones_own_answer_is_taken_back(curator):
    review = asked(loose(), discogs())
    reviews.decide(review.pk, "different", by=make_person())

    assert reviews.undo_last(curator) is None


def test_an_answer_holds_for_what_the_rows_were_merged_into(curator):
    one, other, third = loose(), discogs(), loose("Low", popularity=5)
    reviews.decide(asked(one, other).pk, "different", by=curator)
    merge_artists([one.pk], third)

    assert said_before("artist", third.pk, other.pk) == "different"
    assert not reviews.ask("artist", third.pk, other.pk, confidence=0.6, evidence=[])


def test_questions_that_merges_have_answered_are_not_asked(curator):
    one, other, third = loose(), discogs(), known_to(loose("Lo"), "musicbrainz", "m")
    asked(one, other)
    asked(third, other, 0.5)
    merge_artists([one.pk], other)

    assert {reviews.next_question().left, reviews.next_question().right} == {third.pk, other.pk}
    merge_artists([third.pk], other)
    assert reviews.next_question() is None
    assert progress().open == 0


def test_a_split_asks_again_what_only_the_merge_had_answered():
    one, other = loose(), discogs()
    review = asked(one, other)
    merge_artists([one.pk], other)
    review.refresh_from_db()
    assert review.verdict == "same"

    split(merge_of("artist", one.pk), never_again=False)

    review.refresh_from_db()
    assert review.verdict == "open"


def test_two_curators_cannot_answer_one_question(curator):
    review = asked(loose(), discogs())
    reviews.decide(review.pk, "skipped", by=curator)

    with pytest.raises(reviews.AlreadyDecided):
        reviews.decide(review.pk, "same", by=make_person())
    assert not MergeRecord.objects.exists()


def test_what_was_put_aside_can_be_asked_again(curator):
    review = asked(loose(), discogs())
    reviews.decide(review.pk, "skipped", by=curator)
    assert reviews.next_question() is None

    assert reviews.reopen([review.pk]) == 1
    assert reviews.next_question().review == review


# --- the two sides and the page -------------------------------------------------------------


def test_both_sides_tell_what_is_known():
    one, other = known_to(loose(), "musicbrainz", "mb-1"), discogs(country="US")
    shared = make_album("Secret Name", artist=one, year=1999)
    make_album("Secret Name", artist=other, year=1999)
    make_album("Trust", artist=other, year=2002)
    make_listening(make_person(), one)
    make_listening(make_person(), one, album=shared)

    left, right = sides("artist", one.pk, other.pk)

    assert left.ids[0].url == "https://musicbrainz.org/artist/mb-1"
    assert right.ids[0].url == "https://www.discogs.com/artist/1"
    assert (left.listeners, right.listeners) == (1, 0)
    assert (right.years, right.work_count, right.countries) == ("1999-2002", 2, (("US", 1),))
    assert [(work.title, work.shared) for work in right.works] == [
        ("Secret Name", True),
        ("Trust", False),
    ]


def test_album_sides_tell_pressings_countries_and_numbers():
    artist = discogs()
    one, other = make_album("Lo", artist=artist), make_album("Lo", artist=artist)
    make_release(one, country="Japan", year=1984, label="Sub Pop", catalogue_number="SP 1")
    make_release(one, country="US", year=1980)

    left, right = sides("album", one.pk, other.pk)

    assert left.years == "1980-1984" and set(left.countries) == {("Japan", 1), ("US", 1)}
    assert "Sub Pop SP 1" in left.also and right.work_count == 0


def test_the_page_asks_the_surest_question_and_an_answer_leads_to_the_next(client, page):
    first, second = asked(loose(), discogs(), 0.7), asked(loose("Lo"), discogs("Lo", "2"), 0.5)

    html = client.get(page).content.decode()
    assert "0 of 2 answered" in html and f'value="{first.pk}"' in html
    assert "the names are the same" in html and "70 % sure" in html
    for key in ("s", "d", "x"):
        assert f'data-key="{key}"' in html

    answer = client.post(page, {"review": first.pk, "verdict": "different"}, follow=True)
    html = answer.content.decode()
    assert "1 of 2 answered" in html and f'value="{second.pk}"' in html

    html = client.post(reverse("admin:catalog_matchreview_undo"), follow=True).content.decode()
    assert "0 of 2 answered" in html and f'value="{first.pk}"' in html


def test_the_end_of_the_questions_is_said(client, page):
    assert "Everything that was doubtful is answered" in client.get(page).content.decode()


def test_only_who_may_change_the_catalogue_answers(client, page):
    review = asked(loose(), discogs())
    client.force_login(make_person(is_staff=True))
    assert client.get(page).status_code == 403
    assert client.post(page, {"review": review.pk, "verdict": "same"}).status_code == 403
    assert client.post(reverse("admin:catalog_matchreview_undo")).status_code == 403
    client.force_login(make_person())
    assert client.get(page).status_code == 302
    review.refresh_from_db()
    assert review.verdict == "open"


@pytest.mark.parametrize(
    "posted",
    [{}, {"review": "x", "verdict": "same"}, {"review": "9" * 30, "verdict": "same"},
     {"review": "1", "verdict": "perhaps"}, {"review": "987654", "verdict": "same"}],
)  # fmt: skip
def test_nonsense_is_answered_as_such(client, page, posted):
    assert client.post(page, posted).status_code == 400


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("skipped", "skipped", None),
        ("different", "skipped", "You have answered this one already."),
    ],
)
def test_a_key_pressed_twice_is_nobody_elses_answer(client, page, first, then, told):
    review = asked(loose(), discogs())
    client.post(page, {"review": review.pk, "verdict": first})

    html = client.post(page, {"review": review.pk, "verdict": then}, follow=True).content.decode()

    assert "Somebody else" not in html
    assert ("answered this one" in html) == bool(told) and (told or "") in html
    review.refresh_from_db()
    assert review.verdict == first


@pytest.mark.parametrize(
    ("by_somebody", "told"),
    [(True, "Somebody else has answered this one."),
     (False, "Another answer has settled this one.")],
)  # fmt: skip
def test_who_comes_too_late_hears_why(client, page, by_somebody, told):
    review = asked(loose(), discogs())
    MatchReview.objects.filter(pk=review.pk).update(
        verdict="same", decided_by=make_person() if by_somebody else None
    )
    answer = client.post(page, {"review": review.pk, "verdict": "same"}, follow=True)
    assert told in answer.content.decode()


def test_an_album_pair_is_shown_as_well(client, page):
    artist = discogs()
    one, other = make_album("Lo", artist=artist), make_album("Lo", artist=artist, year=None)
    make_release(one)
    asked(one, other)

    html = client.get(page).content.decode()

    assert "Two albums" in html and Album.objects.count() == 2
