"""evaluate_recommender: files in, ranks out."""

import csv
import gzip
import random
import warnings
from collections import defaultdict

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommendations.similarity import matrix

GROUPS, ARTISTS = 4, 40


def artists_of(group):
    """Every group of people plays the artists of one residue."""
    return [f"artist {number}" for number in range(ARTISTS) if number % GROUPS == group]


@pytest.fixture
def files(tmp_path):
    """60 people in four groups of taste to learn from; six more to rank for."""
    draw = random.Random(4)
    train = [
        (f"p{person}", artist, draw.randint(1, 300))
        for person in range(60)
        for artist in draw.sample(artists_of(person % GROUPS), 8)
    ]
    foldin = [
        (f"new {person}", artist, draw.randint(1, 300))
        for person in range(6)
        for artist in draw.sample(artists_of(person % GROUPS), 4)
    ]
    tags = [
        (artist, f"taste {group}", 3) for group in range(GROUPS) for artist in artists_of(group)
    ]
    write(tmp_path / "train.csv", ("user", "artist", "plays"), train)
    write(tmp_path / "foldin.csv", ("user", "artist", "plays"), foldin)
    write(tmp_path / "tags.csv.gz", ("artist", "tag", "weight"), tags)
    return tmp_path


def write(path, head, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def append(path, *rows):
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def evaluate(folder, *more, tags=True, out="out.csv"):
    tagged = ["--artist-tags", str(folder / "tags.csv.gz")] if tags else []
    call_command(
        "evaluate_recommender", "--train", str(folder / "train.csv"),
        "--foldin", str(folder / "foldin.csv"), "--out", str(folder / out),
        "--seconds", "0", "--threads", "1", *tagged, *more,
    )  # fmt: skip
    found = defaultdict(list)
    with (folder / out).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert int(row["rank"]) == len(found[row["user"]]) + 1
            found[row["user"]].append(row["artist"])
    return found


def test_people_are_led_to_what_their_like_play(files, capsys):
    ranked = evaluate(files)
    assert sorted(ranked) == [f"new {person}" for person in range(6)]
    for person in range(6):
        group = set(artists_of(person % GROUPS))
        assert set(ranked[f"new {person}"][:6]) <= group
        assert len(ranked[f"new {person}"]) == ARTISTS - 4
    assert "rows written" in capsys.readouterr().out


def test_nobody_is_led_to_what_they_play_and_nothing_comes_twice(files):
    own = defaultdict(set)
    with (files / "foldin.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            own[row["user"]].add(row["artist"])
    for person, artists in evaluate(files, "--model", "neighbours").items():
        assert not own[person] & set(artists)
        assert len(set(artists)) == len(artists)


def test_odd_people_are_ranked_for_too(files):
    everything = [("all of it", f"artist {number}", 1) for number in range(ARTISTS)]
    append(
        files / "foldin.csv",
        ("stranger", "Кино", 12),
        ("nobody", "artist 1", 0),
        ("minus", "artist 1", -4),
        ("absurd", "artist 1", "1e300"),
        ("twice", "artist 1", 3),
        ("twice", "artist 1", 3),
        ("not a number", "artist 2", "many"),
        *everything,
    )
    ranked = evaluate(files)
    assert len(ranked["stranger"]) == ARTISTS
    assert len(ranked["nobody"]) == len(ranked["minus"]) == ARTISTS - 1
    assert len(ranked["not a number"]) == ARTISTS - 1
    assert set(ranked["absurd"][:6]) <= set(artists_of(1))
    assert ranked["twice"] == ranked["absurd"]
    assert "all of it" not in ranked, "whoever plays everything has nothing left"


def test_whom_a_row_names_without_plays_that_count_is_known_to_the_person(files, capsys):
    odd = ["0", "", "-4", "nan", "inf", "1,200", "many"]
    append(
        files / "foldin.csv",
        *[("odd", f"artist {number}", plays) for number, plays in enumerate(odd)],
        ("odd", "artist 11", 30),
        ("odd", "artist 15", 30),
        ("plain", "artist 11", 30),
        ("plain", "artist 15", 30),
    )
    ranked = evaluate(files)
    own = {f"artist {number}" for number in (*range(len(odd)), 11, 15)}
    assert not own & set(ranked["odd"])
    assert ranked["odd"] == [artist for artist in ranked["plain"] if artist not in own]
    assert "foldin: 7 rows not counted" in capsys.readouterr().out


def test_a_poisoned_listener_changes_little(files):
    before = evaluate(files, tags=False)
    append(
        files / "train.csv",
        *[("poison", f"artist {number}", 10**15) for number in range(ARTISTS)],
        *[("poison", f"unheard {number}", 10**15) for number in range(3000)],
    )
    after = evaluate(files, tags=False)
    for person in before:
        assert len(set(before[person][:5]) & set(after[person][:5])) >= 4


@pytest.mark.parametrize("plays", ["1e20", "1e308"])
def test_plays_that_nobody_can_reach_do_not_reach_the_model(files, plays):
    before = evaluate(files)
    append(
        files / "train.csv", *[("poison", f"artist {number % 60}", plays) for number in range(120)]
    )
    append(
        files / "foldin.csv",
        *[("new poison", f"artist {number % 4}", plays) for number in range(8)],
    )
    with gzip.open(files / "tags.csv.gz", "at", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("artist 1", "taste 1", plays)] * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = evaluate(files)
    assert len(after["new poison"]) == 56
    for person in before:
        assert len(set(before[person][:5]) & set(after[person][:5])) >= 4


def test_counts_that_nobody_can_reach_have_no_say_in_where_the_cap_lies():
    honest = matrix.listening(*np.array([[0, 1, 2], [0, 1, 1], [3, 40, 7]]), (4, 2)).data.max()
    rows = np.array([[0, 1, 2, 3, 3], [0, 1, 1, 0, 1], [3, 40, 7, 10**9, 10**15]])
    assert matrix.listening(*rows, (4, 2)).data.max() == honest < 40
    assert matrix.listening(*rows[:, 3:], (4, 2)).data.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--seed", "-1", "-1 is not a number from 0 to"),
        ("--seed", "x", "'x' is not a whole number"),
        ("--seconds", "-3", "-3 is not a number of seconds, 0 or more"),
        ("--seconds", "nan", "nan is not a number of seconds, 0 or more"),
        ("--seconds", "soon", "'soon' is not a number of seconds"),
        ("--out", "nowhere/ranks.csv", "there is no folder"),
        ("--out", "a folder", "this is a folder"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_in_one_line(files, option, value, words):
    (files / "a folder").mkdir()
    given = str(files / value) if option == "--out" else value
    with pytest.raises(CommandError, match=words) as told:
        evaluate(files, option, given)
    assert "\n" not in str(told.value)
    assert not (files / "nowhere").exists()


def test_an_artist_known_by_tags_alone_can_be_reached(files):
    with gzip.open(files / "tags.csv.gz", "at", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(("椎名林檎", "taste 2", 5))
    ranked = evaluate(files)
    places = {person: artists.index("椎名林檎") for person, artists in ranked.items()}
    assert places["new 2"] < min(places["new 0"], places["new 1"], places["new 3"])


def test_few_people_take_the_usual_settings(files, capsys):
    write(
        files / "train.csv", ("user", "artist", "plays"), [("a", "other 1", 3), ("a", "other 2", 1)]
    )
    assert len(evaluate(files, tags=False)) == 6
    assert "too few" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train.csv", "user,artist\n1,2\n", "no column plays"),
        ("train.csv", "user,artist,plays\n", "no row to learn from"),
        ("train.csv", "user,artist,plays\n1,2,0\n", "no row to learn from"),
        ("foldin.csv", "", "no column user, artist, plays"),
        ("foldin.csv", "user,artist,plays\n", "nobody to rank for"),
        ("train.csv", b"\x1f\x8bnot gzip at all", "cannot be read"),
        ("train.csv", b"user,artist,plays\n\xff\xfe,1,1\n", "cannot be read"),
    ],
)
def test_bad_files_are_told_in_one_line(files, name, content, words):
    raw = content if isinstance(content, bytes) else content.encode()
    (files / name).write_bytes(raw)
    with pytest.raises(CommandError, match=words) as told:
        evaluate(files)
    assert "\n" not in str(told.value)


def test_a_missing_file_is_named(files):
    (files / "train.csv").unlink()
    with pytest.raises(CommandError, match=r"train\.csv: no such file"):
        evaluate(files)
