"""The order of a list: in the person's own mix, not all alike, by a dial."""

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from recommendations.ranking import DIALS, Weights, arrange, distance, shares_of

GENRES = ["Rock", "Jazz", "Electronic", "Folk"]


@dataclass(frozen=True)
class Album:
    album_id: int
    artist_id: int | None = None
    points: Decimal = Decimal(10)
    genres: tuple = ()
    styles: tuple = ()
    fame: float = 0.5

    @property
    def traits(self):
        return (*self.genres, *self.styles)


albums = st.lists(
    st.builds(
        Album,
        album_id=st.integers(1, 300),
        artist_id=st.none() | st.integers(1, 15),
        points=st.decimals(0, 80, places=2),
        genres=st.lists(st.sampled_from([*GENRES, "Unheard of"]), max_size=3).map(tuple),
        fame=st.floats(0, 1),
    ),
    unique_by=lambda one: one.album_id,
    max_size=80,
)
mixes = st.dictionaries(st.sampled_from(GENRES), st.floats(0, 1), max_size=4)


@given(albums, mixes, st.integers(-50, 200), st.integers(0, 8))
def test_any_list_keeps_its_rules(candidates, mix, dial, held):
    kept = candidates[:held]
    found = arrange(candidates, mix=mix, dial=dial, kept=kept, limit=60)
    assert found[: len(kept)] == kept, "kept ones stay"
    assert len({one.album_id for one in found}) == len(found)
    assert {one.album_id for one in found} <= {one.album_id for one in candidates}
    for start in range(0, len(found), 20):
        page = [one.artist_id for one in found[start : start + 20] if one.artist_id]
        mine = [one.artist_id for one in kept]
        assert all(page.count(key) <= max(2, mine.count(key)) for key in page)
    assert found == arrange(list(reversed(candidates)), mix=mix, dial=dial, kept=kept, limit=60)


def test_nobody_is_left_out_while_there_is_room():
    candidates = [Album(number, artist_id=number) for number in range(1, 31)]
    assert len(arrange(candidates, mix={}, limit=20)) == 20
    assert len(arrange(candidates, mix={}, limit=60)) == 30
    assert arrange([], mix={"Rock": 1.0}) == []


@dataclass
class Shelf:
    """A hundred rock albums that are a little better than fifty of jazz."""

    albums: list = field(default_factory=list)

    def __post_init__(self):
        for number in range(150):
            rock = number < 100
            self.albums.append(
                Album(
                    number + 1,
                    artist_id=number + 1,
                    points=Decimal(60 if rock else 55),
                    genres=("Rock",) if rock else ("Jazz",),
                )
            )


def test_the_genres_of_a_list_follow_the_persons():
    mix = {"Rock": 0.6, "Jazz": 0.4}
    found = arrange(Shelf().albums, mix=mix, limit=20)
    jazz = sum("Jazz" in one.genres for one in found)
    assert 6 <= jazz <= 10
    by_points = sorted(Shelf().albums, key=lambda one: -one.points)[:20]
    near, far = (distance(shares_of(one.genres for one in row), mix) for row in (found, by_points))
    assert near < 0.05 < far


def test_of_a_genre_that_the_person_never_plays_there_is_little():
    found = arrange(Shelf().albums, mix={"Jazz": 1.0}, limit=20)
    assert sum("Jazz" in one.genres for one in found) >= 18


def test_an_album_of_which_no_genre_is_known_is_not_punished():
    unknown = Album(1, artist_id=1, points=Decimal(58))
    others = [Album(n, artist_id=n, points=Decimal(57), genres=("Rock",)) for n in range(2, 40)]
    assert unknown in arrange([unknown, *others], mix={"Rock": 0.5, "Jazz": 0.5}, limit=20)


def variety(found):
    """How many different styles a list has."""
    return len({style for one in found for style in one.styles})


def test_the_dial_turns_from_safe_to_adventurous():
    candidates = [
        Album(
            number,
            artist_id=number,
            points=Decimal(70) - number / Decimal(4),
            genres=("Rock",),
            styles=(f"Style {number // 12}",),
            fame=1 - number / 120,
        )
        for number in range(120)
    ]
    lists = [arrange(candidates, mix={"Rock": 1.0}, dial=dial, limit=20) for dial in DIALS]
    varieties = [variety(found) for found in lists]
    assert varieties == sorted(varieties) and varieties[0] < varieties[-1]
    fames = [sum(one.fame for one in found) / 20 for found in lists]
    assert fames == sorted(fames, reverse=True) and fames[0] > fames[-1]
    points = [sum(one.points for one in found) for found in lists]
    assert points[0] == max(points), "the safe end gives the most points"


def test_the_ends_of_the_dial_are_its_ends():
    assert Weights.of_dial(-5) == Weights.of_dial(0)
    assert Weights.of_dial(900) == Weights.of_dial(100)
