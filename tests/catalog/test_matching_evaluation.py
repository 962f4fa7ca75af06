"""The figures of the matching on labelled pairs, and what is no table of pairs."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

HEAD = "left,right,kind,same,why\n"


def evaluate(path, **options):
    out = StringIO()
    call_command("evaluate_matching", str(path), stdout=out, **options)
    return [line.split() for line in out.getvalue().splitlines()]


def test_figures_by_kind_and_category_and_rows_with_verdicts(tmp_path):
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text(
        HEAD
        + 'Joni Mitchell,"Mitchell, Joni",artist,1,order\n'
        + "Joni Mitchell,Miles Davis,artist,0,other\n"
        + "Yusuf,Cat Stevens,artist,1,alias\n"
        + "Can - Landed,Can – Landed (Deluxe),album,1,\n"
    )
    lines = evaluate(pairs, out=out)
    assert lines[:6] == [
        ["kind", "pairs", "accuracy", "precision", "recall", "ask"],
        ["artist", "3", "0.6667", "1.0000", "0.5000", "0.0000"],
        ["alias", "1", "0.0000", "-", "0.0000", "0.0000"],
        ["order", "1", "1.0000", "1.0000", "1.0000", "0.0000"],
        ["other", "1", "1.0000", "-", "-", "0.0000"],
        ["album", "1", "1.0000", "1.0000", "1.0000", "0.0000"],
    ]
    assert lines[-2][1:] == ["microseconds", "a", "pair"] and int(lines[-2][0]) < 100_000
    rows = list(csv.DictReader(out.open()))
    assert [row["verdict"] for row in rows] == ["same", "different", "different", "same"]
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_kinds_are_read_however_they_are_written(tmp_path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("Left,Right,Kind,Same\nCan,Can,Artist,TRUE\nCan,CAN,artist,1\nA,A,ALBUM,1\n")
    lines = evaluate(pairs)
    assert [line[:2] for line in lines[1:3]] == [["artist", "2"], ["album", "1"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("left,right,kind\na,b,artist\n", "no column same"),
        (HEAD, "no pairs"),
        (HEAD + "a,b,person,1,\n", "kind is 'person'"),
        (HEAD + "a,b,artist,perhaps,\n", "same is 'perhaps'"),
        (HEAD + "a,,artist,1,\n", "an empty name"),
        (HEAD + "a,b\n", "kind is ''"),
        ("\x00\x01", "no column"),
    ],
)
def test_what_is_no_table_of_pairs_is_told_in_one_line(tmp_path, text, says):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(text)
    with pytest.raises(CommandError, match=says) as told:
        evaluate(pairs)
    assert "\n" not in str(told.value)


def test_missing_and_foreign_files_are_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        evaluate(tmp_path / "nothing.csv")
    (tmp_path / "latin.csv").write_bytes(b"left,right\xff\xfe\n")
    with pytest.raises(CommandError, match="not UTF-8"):
        evaluate(tmp_path / "latin.csv")
