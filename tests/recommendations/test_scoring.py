"""The score as numbers: its parts, their limits, the order of a list."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from recommendations import reasons, scoring
from recommendations.candidates import AlbumRow, ArtistPlays, Edge, Listener, neighbourhood, scored
from recommendations.cards import LISTENING_CAUSES, TASTE_CAUSES
from recommendations.scoring import Heard
from vinyl.look import Score, ScorePart
from vinyl.templatetags.vinyl_tags import points as as_shown

periods = st.sampled_from(["all", "12m", "6m", "3m", "1m", "unheard of"])
heards = st.builds(
    Heard,
    plays=st.integers(0, 10**6),
    plays_by_period=st.dictionaries(periods, st.integers(0, 10**6)),
    ranks=st.dictionaries(periods, st.integers(1, 500)),
    tracks=st.none() | st.integers(0, 30),
)


@dataclass(frozen=True)
class Album:
    album_id: int
    artist_id: int | None
    points: Decimal


albums = st.lists(
    st.builds(
        Album,
        album_id=st.integers(1, 200),
        artist_id=st.none() | st.integers(1, 12),
        points=st.decimals(0, 80, places=2),
    ),
    unique_by=lambda one: one.album_id,
    max_size=120,
)


@given(heards)
def test_the_short_way_to_plays_counts_as_the_one_that_tells_its_periods(heard):
    told = scoring.counted(heard.plays, heard.plays_by_period or {})
    assert scoring.plays_over_periods(heard.plays, heard.plays_by_period or {}) == told.plays


@given(
    heards,
    st.booleans(),
    st.booleans(),
    st.floats(-1, 2),
    st.none() | st.decimals(0, 5, places=2),
    st.none() | st.decimals(0, 5000, places=2),
)
def test_the_parts_never_exceed_their_limits_nor_a_hundred(
    heard, favourite, seed, nearness, rating, euros
):
    listening = scoring.listening_points(heard, favourite=favourite)
    taste = scoring.taste_points(seed=seed, nearness=nearness)
    community, price = scoring.rating_points(rating), scoring.price_points(euros)
    assert 0 <= listening <= 50
    assert 0 <= taste <= 30
    assert community is None or 0 <= community <= 10
    assert price is None or 0 <= price <= 10
    assert 0 <= scoring.total_points([listening, taste, community, price]) <= 100


@given(heards)
def test_a_favourite_never_earns_less(heard):
    assert scoring.listening_points(heard, favourite=True) >= scoring.listening_points(
        heard, favourite=False
    )


@given(heards, st.integers(1, 1000))
def test_more_plays_never_earn_less(heard, more):
    louder = Heard(heard.plays + more, heard.plays_by_period, heard.ranks, heard.tracks)
    assert scoring.listening_points(louder, favourite=False) >= scoring.listening_points(
        heard, favourite=False
    )


def test_all_hundred_can_be_reached():
    parts = [
        scoring.listening_points(Heard(plays=500), favourite=False),
        scoring.taste_points(seed=True),
        scoring.rating_points(Decimal(5)),
        scoring.price_points(Decimal("29.99")),
    ]
    assert scoring.total_points(parts) == 100


def test_ten_plays_are_a_point_and_recent_ones_count_again_in_part():
    assert scoring.listening_points(Heard(plays=120), favourite=False) == 12
    recent = Heard(plays=120, plays_by_period={"all": 120, "12m": 80})
    assert scoring.listening_points(recent, favourite=False) == 14
    assert scoring.listening_points(Heard(plays=120), favourite=True) == Decimal("14.4")


def test_an_album_known_by_one_track_waits_for_a_second_one():
    single = Heard(plays=300, tracks=1)
    assert scoring.listening_points(single, favourite=False) == 0
    assert scoring.listening_points(single, favourite=True) == 36
    assert scoring.listening_points(Heard(plays=300, tracks=None), favourite=False) == 30


def test_places_at_spotify_are_worth_plays_by_rank_and_period():
    first, last = {"12m": 1}, {"12m": 50}
    assert scoring.plays_of_ranks(first) == 300
    assert scoring.plays_of_ranks(last) == 6
    assert scoring.plays_of_ranks({"12m": 400}) == 6
    assert scoring.plays_of_ranks({"1m": 1}) == 100
    # The same listening heard of twice is not added up.
    both = Heard(plays=200, ranks=first)
    assert scoring.listening_points(both, favourite=False) == 30


def test_a_saved_album_weighs_more_than_one_of_which_tracks_are_saved():
    whole, some = {"lib": 1}, {"lib": 31}
    assert scoring.plays_of_ranks(whole) == 250
    assert scoring.plays_of_ranks({"6m": 1}) < 250 < scoring.plays_of_ranks({"12m": 1})
    assert scoring.plays_of_ranks(some) == 100


def test_price_points_have_their_edges_where_the_terms_say():
    euros = [Decimal("29.99"), Decimal(30), Decimal("49.99"), Decimal(50), None]
    assert [scoring.price_points(one) for one in euros] == [10, 5, 5, 0, None]


@given(albums)
def test_a_page_holds_two_albums_of_an_artist_at_most(candidates):
    ranked = scoring.rerank(candidates, limit=60)
    for start in range(0, len(ranked), 20):
        page = [one.artist_id for one in ranked[start : start + 20] if one.artist_id is not None]
        assert all(page.count(artist) <= 2 for artist in page)
    assert ranked == scoring.rerank(list(reversed(candidates)), limit=60)


@given(albums, st.integers(0, 25))
def test_kept_albums_stay(candidates, count):
    kept = candidates[:count]
    ranked = scoring.rerank(candidates, kept=kept, limit=20)
    assert ranked[: len(kept)] == kept
    assert len({one.album_id for one in ranked}) == len(ranked) <= max(20, len(kept))


def test_neighbours_of_seeds_are_nearer_than_neighbours_of_favourites():
    listener = Listener(
        artists={1: ArtistPlays("Can", 300)}, albums={}, seeds={2: "Neu!"}, plays=300
    )
    near = neighbourhood(listener, [Edge(1, 10, 0.5), Edge(2, 11, 0.5), Edge(2, 10, 0.1)])
    assert near[11].nearness == 0.5
    assert near[10].nearness == 0.4
    assert near[10].because == (1, 2)


def score_of(points):
    parts = tuple(ScorePart(str(place), "", one, 50) for place, one in enumerate(points))
    return Score(scoring.total_points(points), parts)


@given(
    st.decimals(0, 50, places=2),
    st.decimals(0, 30, places=2),
    st.none() | st.decimals(0, 10, places=2),
    st.none() | st.decimals(0, 10, places=2),
)
def test_the_shown_parts_add_up_to_the_shown_total(listening, taste, community, price):
    points = [listening, taste, community, price]
    score = score_of(points)
    shown = [whole for _part, whole in score.shown]
    assert sum(one or 0 for one in shown) == int(as_shown(score.total))
    for exact, whole in zip(points, shown, strict=True):
        assert (whole is None) == (exact is None)
        assert exact is None or abs(whole - exact) < 1


def test_of_two_halves_the_one_that_loses_more_is_rounded_up():
    points = [Decimal("23.60"), Decimal("8.60"), None, Decimal(0)]
    assert [whole for _part, whole in score_of(points).shown] == [24, 8, None, 0]


def told(heard, favourite=False):
    """What the part of listening says of an album heard like this."""
    artists = {1: ArtistPlays("Can", 300)} if favourite else {}
    listener = Listener(artists=artists, albums={7: heard}, seeds={}, plays=300)
    [one] = scored(listener, [AlbumRow(7, 1, "Can", 0)], neighbourhood(listener, []))
    return reasons.plain(one.causes, LISTENING_CAUSES)


def test_the_sentence_names_all_plays_that_the_points_come_from():
    heard = Heard(plays=480, plays_by_period={"all": 480, "12m": 45, "1m": 45})
    assert told(heard) == "You played this 480 times. 45 of them in the last year."
    assert told(Heard(plays_by_period={"12m": 90, "6m": 20})) == (
        "You played this 90 times in the last year. 20 of them in the last six months."
    )
    assert told(Heard(plays=45, plays_by_period={"all": 45, "12m": 45})) == (
        "You played this 45 times in the last year."
    )
    assert told(heard, favourite=True).endswith("Times 1.2, as the artist is a favourite.")


def test_the_sentence_names_a_place_where_that_earns_more_than_the_plays():
    heard = Heard(plays=20, plays_by_period={"12m": 20}, ranks={"12m": 1, "1m": 1})
    assert told(heard) == "Among your most played albums, number 1."
    # First of a month is worth less than third of a year.
    assert "number 3" in told(Heard(ranks={"1m": 1, "12m": 3}))


@given(heards)
def test_the_figures_that_are_told_are_those_that_count(heard):
    counted = scoring.counted(heard.plays, heard.plays_by_period or {})
    figures = {"all": heard.plays} | dict(heard.plays_by_period or {})
    assert counted.whole == max([heard.plays, *figures.values()])
    assert counted.recent <= counted.whole
    if counted.recent:
        assert figures[counted.recent_period] == counted.recent
    assert counted.plays == counted.whole + scoring.RECENT_SHARE * counted.recent


def test_an_album_near_to_a_favourite_is_explained_by_that_favourite():
    artists = {1: ArtistPlays("Can", 300)} | {n: ArtistPlays(f"No {n}", 50) for n in range(2, 22)}
    listener = Listener(artists | {99: ArtistPlays("Neu!", 3)}, albums={}, seeds={}, plays=1)
    near = neighbourhood(listener, [Edge(1, 99, 0.9)])
    [one] = scored(listener, [AlbumRow(7, 99, "Neu!", 0)], near)
    assert reasons.plain(one.causes, TASTE_CAUSES) == "Because of Can, 300 plays."
