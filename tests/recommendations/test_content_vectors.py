"""What records are like: vectors of tags, and who lies near whom."""

from datetime import timedelta
from functools import lru_cache

import numpy as np
import pytest
from django.core.management import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from recommendations.content import sound
from recommendations.content.blend import DIMENSIONS, blend, likeness_in_sound
from recommendations.content.features import Facts, tokens
from recommendations.content.space import NoSpace, Space, lay_out, unit
from tests.recommendations.vectors import build

KRAUT = {"style:krautrock": 1.0, "genre:rock": 0.6, "decade:1970": 0.5}
KOSMISCHE = {"style:kosmische": 1.0, "genre:electronic": 0.6, "decade:1970": 0.5}
BOTH = {"style:krautrock": 1.0, "style:kosmische": 1.0, "decade:1970": 0.5}
SOUL = {"style:soul": 1.0, "genre:funk / soul": 0.6, "decade:1960": 0.5}


@lru_cache(maxsize=2)
def the_space(_again=False):
    return lay_out([KRAUT] * 4 + [KOSMISCHE] * 4 + [BOTH] * 4 + [SOUL] * 8)


def cosine(space, one, other):
    return float(space.place(one) @ space.place(other))


def test_styles_that_the_same_albums_carry_lie_near_each_other():
    space = the_space()
    near = cosine(space, {"style:krautrock": 1.0}, {"style:kosmische": 1.0})
    far = cosine(space, {"style:krautrock": 1.0}, {"style:soul": 1.0})
    assert near > far + 0.3


def test_a_space_comes_back_from_its_file_as_it_was():
    space = the_space()
    again = Space.from_bytes(space.to_bytes())
    assert again.places == space.places
    assert np.array_equal(again.place(BOTH), space.place(BOTH))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"\x93NUMPY"])
def test_a_damaged_file_is_refused_and_not_executed(data):
    with pytest.raises(NoSpace):
        Space.from_bytes(data)


def test_albums_that_share_nothing_make_no_space():
    with pytest.raises(NoSpace):
        lay_out([{"style:a": 1.0}, {"style:b": 1.0}, {"style:c": 1.0}])


def test_the_same_albums_make_the_same_space():
    assert np.array_equal(the_space().token_vectors, the_space(True).token_vectors)


def test_a_trait_that_the_space_does_not_hold_says_nothing():
    """A hundred pairs of albums, each with a style of its own, have more axes than are kept."""
    marches = [{f"style:{number}": 1.0} for number in range(100)] * 2
    space = lay_out([KRAUT] * 8 + [SOUL] * 8 + marches)
    places = [space.place(tokens) for tokens in marches[:100]]
    lengths = {round(float(np.linalg.norm(place)), 3) for place in places}
    assert lengths == {0.0, 1.0}, "known, or nothing known"
    known = [place for place in places if place.any()]
    assert max(abs(float(place @ space.place(KRAUT))) for place in known) < 0.1
    faint = space.token_vectors * np.float32(1e-21)
    gone = Space(space.places, space.rarity, faint)
    assert not gone.place(KRAUT).any(), "what rounding left of nothing"


@pytest.mark.parametrize("length", [4e-23, 1e-12, 1e-7])
def test_next_to_no_length_is_nothing_known(length):
    faint = np.zeros(sound.NUMBERS, dtype=np.float32)
    faint[0] = length
    assert not blend(np.zeros(96, dtype=np.float32), faint).any()
    assert np.array_equal(blend(unit(np.ones(96)), faint), blend(unit(np.ones(96)), None))


@given(
    st.lists(st.text(max_size=12), max_size=5),
    st.lists(st.text(max_size=12), max_size=5),
    st.one_of(st.none(), st.integers(-5, 3000)),
)
def test_any_facts_give_tokens_and_a_place(genres, styles, year):
    found = tokens(Facts(tuple(genres), tuple(styles), year))
    assert all(weight > 0 and name.split(":", 1)[1] for name, weight in found.items())
    place = the_space().place(found)
    assert np.isfinite(place).all()
    assert np.linalg.norm(place) == pytest.approx(1, abs=1e-5) or not place.any()


@given(st.lists(st.floats(-50, 50), min_size=30, max_size=30))
def test_a_blend_has_length_one_and_tells_likeness_in_sound(numbers):
    tags = the_space().place(KRAUT)
    heard = np.asarray(numbers, dtype=np.float32)
    both, tags_only = blend(tags, heard), blend(tags, None)
    assert both.shape == (DIMENSIONS,)
    assert np.linalg.norm(both) == pytest.approx(1, abs=1e-4)
    assert likeness_in_sound(both, tags_only) is None
    if np.linalg.norm(heard) > 1e-3:
        assert likeness_in_sound(both, both) == pytest.approx(1, abs=1e-3)


def test_nothing_known_is_no_place():
    assert not blend(np.zeros(96, dtype=np.float32), None).any()


# --- over the catalogue ---------------------------------------------------------------------


def test_what_is_near_a_loved_album_is_of_its_kind_and_says_because_of_which(shelf):
    from recommendations.content.near import near_albums

    build()
    loved = shelf["Kraut"][0]
    found = near_albums({loved.pk: 3.0}, limit=7)
    assert {one.entity_id for one in found[:3]} == {album.pk for album in shelf["Kraut"][1:]}
    assert {one.entity_id for one in found[3:7]} == {album.pk for album in shelf["Kosmische"]}
    assert all(one.because == loved.pk and not one.heard for one in found)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_artists_whom_nobody_listened_to_are_reached_through_their_records(shelf):
    from recommendations.content.near import near_artists

    build()
    artist, *others = [album.artists.get() for album in shelf["Soul"]]
    found = near_artists({artist.pk: 1.0}, limit=3)
    assert {one.entity_id for one in found} == {other.pk for other in others}


def test_without_vectors_nothing_is_near(shelf):
    from recommendations.content.near import near_albums, near_artists

    assert near_albums({shelf["Soul"][0].pk: 1.0}) == []
    assert near_artists({shelf["Soul"][0].artists.get().pk: 1.0}) == []


def test_a_list_holds_albums_near_a_loved_one_and_says_near_to_which(shelf):
    from recommendations import services
    from recommendations.models import Recommendation
    from recommendations.reasons import sentence
    from tests.factories import make_listening, make_person

    build()
    person, loved = make_person(), shelf["Soul"][0]
    make_listening(person, loved.artists.get(), loved, plays=90)
    made = services.make_set(person)
    rows = {row.album_id: row for row in Recommendation.objects.filter(set=made.set)}
    other = rows[shelf["Soul"][1].pk]
    [cause] = [one for one in other.causes if one["kind"] == "content"]
    assert cause["ids"] == [loved.pk]
    assert other.taste > 0
    assert "Near in style to <b>Soul 0</b>" in sentence(cause).replace("strong>", "b>")


def test_a_loved_thing_counts_by_its_weight_and_is_not_found_itself(shelf):
    from recommendations.content.near import near_albums

    build()
    soul, kraut = shelf["Soul"][0].pk, shelf["Kraut"][0].pk
    found = near_albums({soul: 10.0, kraut: 1.0})
    assert found[0].because == soul
    assert not {soul, kraut} & {one.entity_id for one in found}


def test_a_stored_vector_of_no_length_is_near_to_nothing(shelf):
    from recommendations.content.near import near_albums
    from recommendations.models import ContentVector

    build()
    loved, other = (one.pk for one in shelf["Soul"][:2])
    assert other in {one.entity_id for one in near_albums({loved: 1.0})}
    faint = [0.0] * DIMENSIONS
    faint[0] = 4e-23
    ContentVector.objects.filter(kind="album", entity_id=other).update(vector=faint)
    assert other not in {one.entity_id for one in near_albums({loved: 1.0})}
    assert near_albums({other: 1.0}) == []


def test_two_builds_never_run_at_once(shelf):
    from recommendations.content import building
    from recommendations.models import ContentSpace

    first = building.begin()
    with pytest.raises(building.AlreadyBuilding):
        building.begin()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContentSpace.objects.create(
            state="building", layout=b"", begun_at=timezone.now(), touched_at=timezone.now()
        )
    with pytest.raises(CommandError, match="a build is at work since"):
        build()
    assert ContentSpace.objects.get().pk == first.pk


def test_a_build_whose_worker_was_killed_is_taken_up_where_it_stood(shelf, settings):
    from recommendations.content import building
    from recommendations.models import ContentSpace, ContentVector

    killed = building.begin()
    building.step(killed)
    ContentSpace.objects.update(touched_at=timezone.now() - timedelta(minutes=11))
    build()
    space = ContentSpace.objects.get()
    assert (space.pk, space.state, space.albums, space.artists) == (killed.pk, "in_use", 12, 12)
    assert ContentVector.objects.count() == 24


def test_the_job_lays_out_the_first_space_and_leaves_a_fresh_one(shelf):
    from recommendations.content.jobs import BUILD
    from recommendations.models import ContentSpace
    from vinyl.jobs.services import enqueue, run_pending_jobs

    def run():
        job = enqueue(BUILD)
        while run_pending_jobs([BUILD], limit=1):
            pass
        job.refresh_from_db()
        return job.result

    assert run() == {"albums": 12, "artists": 12}
    assert run() == {"unchanged": True}
    ContentSpace.objects.update(ended_at=timezone.now() - timedelta(hours=21))
    assert run() == {"albums": 12, "artists": 12}


def test_readers_see_the_old_space_until_the_new_one_is_complete(shelf):
    from recommendations.content import building
    from recommendations.content.near import near_albums
    from recommendations.models import ContentSpace

    build()
    loved = {shelf["Soul"][0].pk: 1.0}
    before = near_albums(loved)
    new = building.begin()
    building.step(new)
    assert near_albums(loved) == before
    assert building.step(new).ended
    assert [one.entity_id for one in near_albums(loved)] == [one.entity_id for one in before]
    assert ContentSpace.objects.get().pk == new.pk


def test_the_neighbours_are_found_by_the_index(shelf):
    from django.db import connection

    from recommendations.content import near
    from recommendations.models import ContentVector

    build()
    values = {"space": near.space_in_use(), "anchors": [shelf["Soul"][0].pk], "each": 5}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        sql = near._NEAR.format(kind=ContentVector.Kind.ALBUM.value)
        cursor.execute("EXPLAIN " + sql, values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "content_near_album" in plan


DROPPED = "SET CONSTRAINTS ALL IMMEDIATE; DROP INDEX content_near_album, content_near_artist"
INVALID = (
    "SET CONSTRAINTS ALL IMMEDIATE; UPDATE pg_index SET indisvalid = false"
    " WHERE indexrelid = 'content_near_artist'::regclass"
)


@pytest.mark.parametrize(
    ("hand", "missing"),
    [(DROPPED, ["content_near_album", "content_near_artist"]), (INVALID, ["content_near_artist"])],
)
def test_a_missing_index_is_told_and_made_anew(shelf, hand, missing):
    from django.db import connection

    from recommendations.content import index, jobs
    from vinyl.jobs.services import enqueue, run_pending_jobs
    from vinyl.jobs.status.rows import GOOD, LATE

    def break_it():
        with connection.cursor() as cursor:
            cursor.execute(hand)
        assert index.missing() == missing
        light = jobs.vectors()
        assert light.shape == LATE and "index itself is missing" in " ".join(light.more)

    build()
    assert jobs.vectors().shape == GOOD
    break_it()
    build()
    assert index.missing() == [] and jobs.vectors().shape == GOOD
    break_it()
    job = enqueue(jobs.BUILD)
    run_pending_jobs([jobs.BUILD])
    job.refresh_from_db()
    assert job.result == {"mended": missing}, "a fresh space is kept, its index made"


def test_an_index_lost_during_a_build_is_made_before_its_end(shelf):
    from django.db import connection

    from recommendations.content import building, index

    space = building.begin()
    building.step(space)
    with connection.cursor() as cursor:
        cursor.execute(DROPPED)
    assert building.step(space).ended
    assert index.missing() == []


def test_the_status_page_tells_of_the_vector_index(shelf):
    from recommendations.content.jobs import vectors

    assert vectors().shape == "off"
    build()
    light = vectors()
    assert light.shape == "good"
    assert light.words.startswith("12 albums, 0 heard, 12 artists")
