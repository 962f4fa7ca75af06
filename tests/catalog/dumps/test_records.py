"""A record says the same whichever way it is read."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.dumps import careful, columns, cutting, fast
from catalog.dumps.records import (
    FormatLine,
    artist_line,
    discs_of,
    format_words,
    medium_of,
    quantity_of,
    year_of,
)
from tests.catalog.dumps.sample import release
from tests.catalog.dumps.shapes import (
    CD,
    FORMATS_AT,
    FULL,
    INSIDE,
    LOST,
    NO_VINYL,
    ODD,
    RECORDS,
    SHAPES,
    TAGS,
    VINYL,
    VINYL_TOO,
    can_be_parsed,
    formats,
    labels,
    with_tag_changed,
    without_vinyl,
    words,
)


def said(block):
    """A block without the marks of COPY around its JSON."""
    if block is None:
        return None
    fields = block._asdict()
    for name in ("tracklists", "companies"):
        fields[name] = [json.loads(one.replace(b"\\\\", b"\\")) for one in fields[name]]
    return {
        name: [list(one) if isinstance(one, tuple) else one for one in column]
        if isinstance(column, list | tuple) and name not in ("artists", "labels", "identifiers")
        else column
        for name, column in fields.items()
    }


def parsed(records):
    return columns.of_parsed([(careful.read_release(one), columns.digest(one)) for one in records])


@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_columns_of_a_block_say_what_the_parser_says(found):
    records = [release(position, **fields).encode() for position, fields in enumerate(found, 1)]

    block, odd = columns.read_block(records)

    usual = [one for one in records if one not in odd]
    assert len(usual) + len(odd) == len(records)
    assert said(block) == said(parsed(usual))


@pytest.mark.parametrize("shape", SHAPES)
def test_tracks_of_every_usual_shape_are_read_without_the_parser(shape):
    record = release(7).replace(INSIDE, SHAPES[shape]).encode()

    block, odd = columns.read_block([record, release(8).encode()])

    assert odd == []
    assert said(block) == said(parsed([record, release(8).encode()]))


@pytest.mark.parametrize("odd", ODD)
def test_a_record_of_another_shape_is_set_apart_and_its_neighbours_are_not(odd):
    record = release(7).replace(*ODD[odd]).encode()

    block, apart = columns.read_block([release(6).encode(), record, release(8).encode()])

    assert apart == [record]
    assert said(block) == said(parsed([release(6).encode(), release(8).encode()]))


@pytest.mark.parametrize("odd", ODD)
def test_what_the_parser_refuses_is_refused_in_later_months_too(odd):
    record = release(7).replace(*ODD[odd]).encode()

    quick = fast.read_release(record)

    if quick is not None:
        assert quick == careful.read_release(record)


def test_notes_are_not_kept_so_what_stands_there_sends_nothing_to_the_parser():
    record = release(7, notes="LINES").replace("LINES", "One&#13;\nTwo")

    assert fast.read_release(record.encode()) == careful.read_release(record.encode())


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_record_that_has_lost_its_end_is_told_with_the_one_that_it_runs_into(lost):
    assert cutting.cut_releases((lost + release(3)).encode()) == (
        [lost.encode(), release(3).encode()],
        2,
    )


def check_changed(change, first, second=0):
    record = with_tag_changed(FULL, change, first, second)
    block = "\n".join((release(6), record, release(8))).encode()

    wanted, read = cutting.cut_releases(block)
    usual, odd = columns.read_block(wanted)
    taken = [one for one in wanted if one not in odd]

    assert len(wanted) == read
    assert all(map(can_be_parsed, taken))
    assert said(usual) == said(parsed(taken))
    for one in wanted:
        quick = fast.read_release(one)
        assert quick is None or quick == careful.read_release(one)


@pytest.mark.parametrize("change", ["removed", "doubled"])
def test_a_record_whose_tags_do_not_pair_is_told_and_never_read_in_part(change):
    for tag in range(TAGS):
        check_changed(change, tag)


@given(first=st.integers(0, TAGS - 1), second=st.integers(0, TAGS - 1))
@example(first=FORMATS_AT, second=FORMATS_AT + 6)
def test_a_record_with_two_tags_exchanged_is_told_and_never_read_in_part(first, second):
    check_changed("exchanged", first, second)


@given(
    title=words,
    artists=st.lists(st.tuples(st.integers(1, 10**7), words), min_size=1, max_size=3),
    labels=labels,
    formats=formats,
    tracks=st.lists(st.tuples(st.just("A1"), words, st.just("3:05")), max_size=5),
    identifiers=st.lists(st.tuples(st.just("Barcode"), words), max_size=3),
    notes=words,
)
def test_the_fast_way_never_says_other_things_than_the_parser(**fields):
    record = release(7, **fields).encode()

    quick = fast.read_release(record)

    assert quick is None or quick == careful.read_release(record)


def test_the_usual_shape_takes_the_fast_way():
    assert fast.read_release(release(7, title="Rock & Roll <Part 2>").encode()) is not None


def test_a_record_of_another_shape_is_left_to_the_parser():
    nested = release(7).replace(
        "</duration></track>",
        "</duration><sub_tracks><track><position>A.1</position><title>Part</title></track>"
        "</sub_tracks></track>",
    )
    odd = release(7).replace("<label ", '<label extra="1" ')

    assert fast.read_release(nested.encode()) is None
    assert fast.read_release(odd.encode()) is None
    assert careful.read_release(nested.encode()).tracks[0]["parts"][0]["title"] == "Part"


def test_any_of_several_formats_on_vinyl_counts():
    assert medium_of(("CD", "Vinyl")) == "vinyl"
    assert medium_of(("Flexi-disc", "Vinyl")) == "vinyl"
    assert medium_of(("Flexi-disc",)) == "flexi"
    assert medium_of(("Shellac",)) == "shellac"
    assert medium_of(("CD", "File")) is None


def test_a_label_called_vinyl_makes_no_record():
    block = release(7, labels=[("Vinyl", "X", 1)], formats=[("CD", 1, "", ("Album",))])

    assert cutting.cut_releases(block.encode()) == ([], 1)


def test_every_record_is_counted_also_one_without_formats():
    plain = "<release id='1'><title>No formats</title></release>"
    block = "\n".join([plain, release(2), plain, release(3, formats=CD)])

    wanted, read = cutting.cut_releases((block + plain).encode())

    assert read == 5
    assert [careful.read_release(one).id for one in wanted] == [1, 2, 1, 1]


@pytest.mark.parametrize("written", VINYL_TOO.values(), ids=VINYL_TOO)
def test_a_record_is_on_vinyl_however_it_is_written(written):
    record = release(7).replace(VINYL, written).encode()

    assert cutting.cut_releases(record) == ([record], 1)
    block, odd = columns.read_block([record])
    assert (block, odd) == (None, [record])
    assert fast.read_release(record) in (None, careful.read_release(record))
    assert said(parsed(odd))["shapes"][0][0].startswith(b"vinyl\t")


@pytest.mark.parametrize("which", NO_VINYL)
def test_a_record_that_names_no_medium_in_the_usual_way_is_for_the_parser_to_tell(which):
    record = without_vinyl(7, which).encode()

    assert cutting.cut_releases(record) == ([record], 1)
    assert columns.read_block([record]) == (None, [record])
    assert parsed([record]) is None


@pytest.mark.parametrize(
    "format",
    [
        '<format name="CD" qty="1"/>',
        '<format name="CD" qty="" text="é &amp; > &#13;"></format>',
        '<format name="All Media" qty="1"><descriptions></descriptions></format>',
        '<format name="CD" qty="1"/><format name="Vinyl Plus" qty="1"/>',
    ],
)
def test_a_record_on_another_medium_in_the_usual_shape_costs_no_parser(format):
    record = release(7, formats=()).replace("<formats>", f"<formats>{format}").encode()

    assert cutting.cut_releases(record) == ([], 1)
    assert parsed([record]) is None


def test_labels_below_a_label_belong_to_its_record():
    block = (
        '<label><id>1</id><name>A</name><sublabels><label id="2">B</label></sublabels></label>\n'
        "<label><id>3</id><name>C</name></label>"
    )

    assert [careful.read_label(one).name for one in cutting.cut_all(block.encode(), "label")] == [
        "A",
        "C",
    ]


def test_dates_of_every_precision_give_a_year():
    assert [year_of(one) for one in ("1999", "1999-03-00", " 1999 ", "", "?", "0199", "1 99")] == [
        1999, 1999, 1999, None, None, None, None,
    ]  # fmt: skip


def test_formats_read_as_discogs_writes_them():
    two = FormatLine("Vinyl", 2, "180g", ("LP", "Album"))
    single = FormatLine("Vinyl", 1, "", ('7"',))

    assert format_words((two, single)) == '2xLP, Album, 180g, 7"'
    assert discs_of((two, single)) == 3


def test_a_credit_reads_as_on_the_sleeve():
    assert artist_line([(1, "Scuba (4)", "", "")]) == "Scuba"
    assert artist_line([(1, "A", "", ","), (2, "B (2)", "Bee", "feat."), (3, "C", "", "")]) == (
        "A, Bee feat. C"
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [("12", 12), ("0002", 2), ("1000", 1000), ("1001", 1), ("9" * 5000, 1), ("-3", 1), ("", 1)],
)
def test_a_quantity_that_no_sleeve_holds_says_nothing(written, meant):
    assert quantity_of(written) == meant
