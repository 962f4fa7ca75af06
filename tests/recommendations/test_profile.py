"""What signals are worth: dated, weighted, one's own to switch off."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recommendations.profile import (
    DISMISSALS,
    LISTENED,
    LOCKS,
    MOST,
    SEEDS,
    SHELF,
    SOURCES,
    WANTS,
    Said,
    Signal,
    freshness,
    weights,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
YEAR = timedelta(days=365)
CAN, NEU = 1, 2

signals = st.lists(
    st.builds(
        Signal,
        source=st.sampled_from([LISTENED, SHELF, WANTS, LOCKS, SEEDS]),
        artist_id=st.integers(1, 20),
        at=st.none()
        | st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        plays=st.none() | st.floats(0, 1e12),
    ),
    max_size=60,
)  # fmt: skip
said = st.lists(
    st.builds(Said, what=st.sampled_from(["taste", "artist", "more", "less"]),
              artist_id=st.integers(1, 25), at=st.none() | st.just(NOW)),
    max_size=20,
)  # fmt: skip


@given(signals, said)
def test_weights_are_positive_and_finite_whatever_comes(some, words):
    found = weights(some, words, now=NOW)
    assert all(0 < weight <= MOST for weight in found.values())


@given(signals)
def test_what_is_switched_off_weighs_nothing(some):
    off = set(SOURCES) | {LISTENED}
    assert weights(some, now=NOW, without=off) == {}
    alone = [one for one in some if one.source == SHELF]
    assert weights(some, now=NOW, without=off - {SHELF}) == weights(alone, now=NOW)


def test_a_signal_halves_in_its_half_life_down_to_its_floor():
    assert freshness(LISTENED, NOW, NOW) == 1
    assert freshness(LISTENED, NOW - YEAR, NOW) == 0.5
    assert freshness(LISTENED, NOW - 20 * YEAR, NOW) == 0.25
    assert freshness(SHELF, NOW - 5 * YEAR, NOW) == 0.5
    assert freshness(LISTENED, None, NOW) == 1


def test_the_same_plays_told_twice_count_once_and_deeds_are_added():
    twice = [Signal(LISTENED, CAN, NOW, 300), Signal(LISTENED, CAN, NOW, 280)]
    assert weights(twice, now=NOW) == {CAN: 300}
    assert weights([*twice, Signal(SHELF, CAN, NOW)], now=NOW) == {CAN: 360}


def test_absurd_counts_are_not_believed():
    usual = [Signal(LISTENED, artist, NOW, 100) for artist in range(2, 30)]
    found = weights([Signal(LISTENED, CAN, NOW, 10**11), *usual], now=NOW)
    assert found[CAN] <= 5_000
    assert found[NEU] == 100


def test_what_was_said_moves_an_artist():
    some = [Signal(LISTENED, CAN, NOW, 100), Signal(LISTENED, NEU, NOW, 100)]

    def of_can(*words, **more):
        found = weights(some, [Said(what, CAN, NOW) for what in words], now=NOW, **more)
        return found.get(CAN, 0)

    assert of_can("taste") < 100 < of_can("more")
    assert 0 < of_can("less") < of_can("taste")
    assert of_can("artist") == 0
    assert of_can("artist", without={DISMISSALS}) == 100, "switched off it says nothing"
    assert of_can("less", without={DISMISSALS}) < 100, "but less of this was asked for"
