"""The compiled library says what the Python way says, byte by byte, and survives any input."""

import json
import random
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.conf import settings
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.dumps import careful, columns, copying, cutting, native
from catalog.dumps.filling import ALONE, COLUMNS, SPAN, Bases, Filler
from catalog.dumps.native import building
from catalog.dumps.records import BadRecord
from tests.catalog.dumps.sample import release
from tests.catalog.dumps.shapes import (
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
    with_tag_changed,
    without_vinyl,
)

BASES = Bases(0, 2 * SPAN, SPAN)
quickly = hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def library():
    quick = native.prepared("cc", settings.VINILOGY_HOME / "native")
    if quick.path is None:
        pytest.skip(f"no compiled library here: {quick.reason}")
    return native.Library(quick.path)


@pytest.fixture
def reader(library):
    reader = native.NativeReader(library, BASES)
    yield reader
    reader.close()


def natively(reader, block):
    """(rows by table, the records that were left out)."""
    reader.forget()
    rows = reader.rows(block)
    tables = {table: lines.split(b"\n")[:-1] for table, lines in rows.tables.items()}
    if rows.releases:
        tables["catalog_release"] = list(lines_of(rows.releases))
    return tables, rows.others


def number_of(size):
    return lambda value: (
        str(int.from_bytes(value, signed=True)).encode() if len(value) == size else 0
    )


def texts_of(value):
    """A list in COPY's text format from one in its binary format."""
    dimensions, nulls, kind = struct.unpack(">iii", value[:12])
    assert (nulls, kind) == (0, VARCHAR)
    items, at = [], 20
    for _ in range(struct.unpack(">i", value[12:16])[0] if dimensions else 0):
        (size,) = struct.unpack(">i", value[at : at + 4])
        items.append(value[at + 4 : at + 4 + size].decode())
        at += 4 + size
    assert at == len(value) or not dimensions
    return copying.array(tuple(items)).encode()


def plain(value):
    return copying.field(value.decode()).encode()


VARCHAR = 1043
KINDS = {
    **dict.fromkeys(("id", "album_id", "discogs_id"), number_of(8)),
    **dict.fromkeys(("year", "discs"), number_of(2)),
    **dict.fromkeys(("genres", "styles"), texts_of),
    "is_unofficial": {b"\0": b"f", b"\1": b"t"}.get,
}


def lines_of(rows):
    """Lines of releases in COPY's text format from rows in its binary format."""
    names, at = COLUMNS["catalog_release"], 0
    while at < len(rows):
        assert int.from_bytes(rows[at : at + 2]) == len(names)
        at, line = at + 2, []
        for name in names:
            (size,) = struct.unpack(">i", rows[at : at + 4])
            value, at = rows[at + 4 : at + 4 + max(0, size)], at + 4 + max(0, size)
            line.append(KINDS.get(name, plain)(value) if size >= 0 else b"\\N")
        yield b"\t".join(line)


def in_python(records):
    """(rows by table, whether all were of the usual shape); None where a parser refuses them."""
    block, odd = columns.read_block(records)
    if odd:
        try:
            parsed = [(careful.read_release(one), columns.digest(one)) for one in records]
        except BadRecord:
            return None, False
        if any(max(one.id, one.master_id or 0) >= ALONE for one, _ in parsed):
            return None, False
        block = columns.of_parsed(parsed)
    rows = Filler(BASES).lines(block) if block is not None else {}
    return {table: list(lines) for table, lines in rows.items() if lines}, not odd


def told(tables):
    """Rows whose JSON is compared by what it says: the parser writes names in another order."""

    def of(line):
        *plain, tracks, companies = line.decode().split("\t")
        return *plain, *(json.loads(one.replace("\\\\", "\\")) for one in (tracks, companies))

    found = dict(tables)
    return {**found, "catalog_release": [of(one) for one in found.get("catalog_release", ())]}


def check(reader, records):
    """Whatever the library takes says the same as in Python. Returns the records it left, without
    blanks around them."""
    made, left = natively(reader, b"\n".join(records))
    left = [one.strip() for one in left]
    taken = [one for one in records if one.strip() not in left]
    expected, usual = in_python(taken)
    if usual:
        assert made == expected
    elif expected is not None:
        assert told(made) == told(expected)
    return left


@quickly
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_rows_are_those_of_the_python_way(reader, found):
    records = [release(number, **fields).encode() for number, fields in enumerate(found, 1)]

    left = check(reader, records)

    # Only digits of other scripts in brackets behind a name, and what is not XML's own.
    usual, odd = columns.read_block(records)
    assert all(one in odd or b"(" in one for one in left)


SAID = {
    "signs beyond two bytes": ("Stockholm", "𝔖𝔱𝔬𝔠𝔨 🎵 ﷺ"),
    "backslashes": ("Stockholm", "Stock\\holm \\N \\t"),
    "references": ("Stockholm", "&lt;&amp;amp;&gt; &quot;x&apos;"),
    "edition words": ("Stockholm", "The Wall (2011 Remaster)"),
    "a name with a number": ("The Persuader", "Persuader, The (12)"),
    "an article": ("The Persuader", "Les Paul"),
    "a label with a number": ('name="Svek"', 'name="Svek (3)"'),
    "a number in another script": ("SK032-A MPO", "ЯК－032 Ⓐ"),
    "no number": ('catno="SK032"', 'catno="None"'),
    "a long title": ("Stockholm", "é" * 1100),
    "long words": ("180g", "&amp;" * 700),
    "two barcodes": ('type="Matrix / Runout"', 'type="Barcode"'),
    "several formats": ("<formats>", '<formats><format name="Flexi-disc" qty="x"/>'),
    "unofficial": ("33 ⅓ RPM", "Unofficial Release"),
    "no formats' texts": (' text="180g"', ""),
    "many discs": ('qty="2"', 'qty="99999999999999999999"'),
    "a box": ('qty="2"', 'qty="01000"'),
    "one more than a box": ('qty="2"', 'qty="1001"'),
    "a status": ('"><artists>', '" status="Accepted"><artists>'),
    "an odd date": ("1999-03-00", "0199"),
    "a date with blanks": ("1999-03-00", "  1999 "),
    "blanks for a date": ("1999-03-00", "  "),
    "three digits behind a blank": ("1999-03-00", " 199"),
    "a placeholder": ("The Persuader", "Various"),
    "several artists": (
        "</artist></artists>",
        "<join>&amp;</join></artist><artist><id>194</id><name>Various</name><anv>V \\ A</anv>"
        "<join>,</join></artist><artist><id>9</id><name>Sigur Rós (2)</name></artist></artists>",
    ),
    "no artists": ("<artist><id>1</id><name>The Persuader</name></artist>", ""),
    "no styles": ("<styles><style>Deep House</style></styles>", ""),
    "no tracks": (
        "<track><position>A</position><title>Östermalm</title><duration>4:45</duration></track>",
        "",
    ),
    "companies": (
        "</release>",
        "<videos/><companies><company><id>7</id><name>A &amp; \\B</name><catno/><entity_type>1"
        "</entity_type><entity_type_name>Pressed By</entity_type_name><resource_url>x"
        "</resource_url></company><company><id>8</id><name>C</name><entity_type>1</entity_type>"
        '<entity_type_name>Made "At"</entity_type_name><catno>9</catno></company></companies>'
        "</release>",
    ),
    "a master told again": ('id="7"', 'id="5"'),
}


@pytest.mark.parametrize("said", SAID)
def test_no_record_of_a_usual_shape_is_left_to_the_python_way(reader, said):
    record = release(7).replace(*SAID[said])
    assert record != release(7)

    assert check(reader, [release(6).encode(), record.encode(), release(8).encode()]) == []


# Words and signs that mean something else beside others, and letters that join with them.
PIECES = st.sampled_from(
    [
        "the", "The", "los", "Les", "and", "Y", "und", "a", "n", "N", "'", "’", "&", "+", "-", "–",
        "—", "/", ":", ".", ",", "!", "$", "(", ")", "[", "]", "live", "remaster", "12", "000", "é",
        "ß", "İ", "\u0301", "\u3099", "か", "가", "\u1161", "Ⅻ", "￣", "\u00a0", "\u3000", '"', "_",
        "*", "愛", "ʼ", "½",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.just(" ")), max_size=12).map("".join)


@quickly
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_keys_are_those_of_the_python_way(reader, said):
    records = [
        release(
            number,
            title=title,
            artists=[(number, name)],
            labels=[("Svek", catno, 5)],
            identifiers=[("Barcode", catno + title)],
        ).encode()
        for number, (title, name, catno) in enumerate(said, 1)
    ]

    left = check(reader, records)

    assert all(one in columns.read_block(records)[1] or b"(" in one for one in left)


@pytest.mark.parametrize("shape", SHAPES)
def test_tracks_of_every_usual_shape_are_taken(reader, shape):
    record = release(7).replace(INSIDE, SHAPES[shape]).encode()

    assert check(reader, [record, release(8, master=None).encode()]) == []


@pytest.mark.parametrize("odd", set(ODD) - {"artists below a heading"})
def test_a_record_of_another_shape_is_left_and_its_neighbours_are_not(reader, odd):
    record = release(7).replace(*ODD[odd]).encode()

    assert check(reader, [release(6).encode(), record, release(8).encode()]) == [record]


@pytest.mark.parametrize("start", ["<release>", "<release\n>", '<release id="">'])
def test_a_record_without_a_number_is_left_whole(library, reader, start):
    nameless = release(7).replace('<release id="7">', start)
    block = f"{release(6)}{nameless}{release(8)}".encode()

    assert library.cut_releases(block) == cutting.cut_releases(block)
    left = check(reader, [release(6).encode(), nameless.encode(), release(8).encode()])
    assert left == [nameless.encode()]


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_record_that_has_lost_its_end_is_left_with_the_one_that_it_runs_into(
    library, reader, lost
):
    block = (lost + release(3)).encode()

    assert library.cut_releases(block) == cutting.cut_releases(block)
    assert check(reader, [lost.encode(), release(3).encode()]) == [lost.encode()]


def check_changed(library, reader, change, first, second=0):
    """What the library takes of a record with changed tags is XML and says what the parser says."""
    record = with_tag_changed(FULL, change, first, second)
    block = "\n".join((release(6), record, release(8))).encode()

    wanted, read = library.cut_releases(block)
    left = check(reader, wanted)

    assert (wanted, read) == cutting.cut_releases(block)
    assert all(in_python([one])[0] is not None for one in wanted if one.strip() not in left)


@pytest.mark.parametrize("change", ["removed", "doubled"])
def test_a_record_whose_tags_do_not_pair_is_left(library, reader, change):
    for tag in range(TAGS):
        check_changed(library, reader, change, tag)


@quickly
@given(first=st.integers(0, TAGS - 1), second=st.integers(0, TAGS - 1))
@example(first=FORMATS_AT, second=FORMATS_AT + 6)
def test_a_record_with_two_tags_exchanged_is_left(library, reader, first, second):
    check_changed(library, reader, "exchanged", first, second)


def test_a_record_that_holds_all_that_it_may_is_taken(reader):
    assert check(reader, [FULL.encode()]) == []


@pytest.mark.parametrize("written", VINYL_TOO.values(), ids=VINYL_TOO)
def test_a_record_that_is_on_vinyl_in_another_way_is_left(library, reader, written):
    record = release(7).replace(VINYL, written).encode()

    assert library.cut_releases(record) == ([record], 1)
    assert check(reader, [record, release(8).encode()]) == [record]


@pytest.mark.parametrize("which", NO_VINYL)
def test_a_record_that_names_no_medium_in_the_usual_way_is_left(library, reader, which):
    record = without_vinyl(7, which).encode()

    assert library.cut_releases(record) == ([record], 1)
    assert check(reader, [record, release(8).encode()]) == [record]


def test_a_second_format_with_blanks_around_its_name_is_left(reader):
    record = release(7, formats=(("Vinyl", 1, "", ()), (" CD", 1, "", ()))).encode()

    assert check(reader, [record]) == columns.read_block([record])[1] == [record]
    assert [one.name for one in careful.read_release(record).formats] == ["Vinyl", "CD"]


BROKEN = {
    "no UTF-8": (b"Stockholm", b"Stock\xffholm"),
    "half a sign": (b"Stockholm", b"Stockholm\xc3"),
    "an overlong sign": (b"Stockholm", b"Stock\xc0\xafholm"),
    "half of a pair": (b"Stockholm", b"Stock\xed\xa0\x80holm"),
    "no sign at all": (b"Stockholm", b"Stock\0holm"),
    "a line break": (b"Stockholm", b"Stock\nholm"),
    "a digit of another script": (b"The Persuader", "The Persuader (²)".encode()),
    "parts without end": (b"</duration></track>", b"</duration><sub_tracks>" * 9),
    "a number too long": (b'id="7"', b'id="777777777"'),
    "a number with nothing in front": (b'id="7"', b'id="07"'),
    "a master too high": (b">1660109<", b">100000000<"),
    "a company without end": (b"</identifiers>", b"</identifiers><companies><company><id>1"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_left(reader, broken):
    record = release(7).encode().replace(*BROKEN[broken])

    assert check(reader, [record, release(8).encode()]) == [record]


@quickly
@given(RECORDS, st.randoms(use_true_random=False))
def test_damaged_bytes_are_never_read_as_something_else(reader, fields, chance):
    whole = release(3, **fields).encode() + b"\n" + release(4).encode()
    block = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(block))
        change = chance.random()
        if change < 0.3:
            del block[at : at + chance.randint(1, 40)]
        elif change < 0.6:
            block[at:at] = chance.choice((b"<", b'"', b"&", b"</release>", b"<formats>", b"\x80"))
        elif change < 0.8:
            block[at] = chance.randrange(256)
        else:
            del block[at:]
        if not block:
            break
    damaged = bytes(block)

    wanted, read = cutting.cut_releases(damaged)
    rows = reader.rows(damaged)

    assert rows.read == read
    if b"<release " in damaged:
        check(reader, wanted)


@quickly
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_bytes_of_any_kind_are_survived(reader, noise, length):
    part = (noise + release(1).encode())[:length]
    reader.rows(part)
    assert reader.rows(part + noise).read == part.count(b"</release>") + noise.count(b"</release>")


def test_what_was_written_is_remembered_until_it_is_forgotten(reader):
    block = release(5).encode()

    first, again = reader.rows(block).tables, reader.rows(block).tables
    lower = reader.rows(release(4).encode()).tables
    reader.forget()

    assert {"catalog_dump_artist", "catalog_dump_master"} <= set(first)
    assert not {"catalog_dump_artist", "catalog_dump_master"} & set(again)
    # Of several pressings the one with the lowest number tells its master.
    assert "catalog_dump_master" in lower and "catalog_dump_artist" not in lower
    assert reader.rows(block).tables == first


# Tags, what looks like them, and as much between that they stand anywhere among the bytes that the
# library looks at together.
PIECES = st.one_of(
    st.sampled_from(
        (
            "\n",
            '<release id="1">',
            "<release>",
            "<release ",
            "</release>",
            "</releases>",
            "</releas",
        )
        + ("release", "<formats>", "</formats>", "<formats/>", "<formatx>", "<notes>")
        + ('<format name="Vinyl"', '<format name="CD"', ' qty="1"/>', ' qty="" text="é"></format>')
        + ('<formats><format name="CD" qty="1"', "/></formats><genres>", "<descriptions>")
        + ("<description>", "</description>", "</descriptions>", "</format>", "<genres>")
        + ('<format name="Lathe Cut" qty="1"/>', '<format name="C D" qty=""/></formats><notes>')
    ),
    st.integers(0, 80).map(lambda size: "elease>formats<name="[: size % 7] + "x" * size),
)


@hypothesis_settings(max_examples=300)
@given(st.lists(PIECES, max_size=40))
def test_records_are_cut_wherever_their_tags_stand(library, pieces):
    block = "".join(pieces).encode()

    assert library.cut_releases(block) == cutting.cut_releases(block)


def test_a_large_block_is_cut_whole(library):
    records = [release(number).encode() for number in range(1, 400)]
    random.Random(7).shuffle(records)
    block = b"\n".join(records)

    assert library.cut_releases(block) == cutting.cut_releases(block) == (records, 399)


def compiler(folder, *, works):
    """A compiler that makes nothing of use, and counts how often it is asked."""
    program = folder / "compiler.py"
    program.write_text(
        "import sys, pathlib\n"
        f"open({str(folder / 'asked')!r}, 'a').write('x')\n"
        + (
            "pathlib.Path(sys.argv[sys.argv.index('-o') + 1]).write_text('no library')\n"
            if works
            else "sys.exit('releases.c:1: no such language')\n"
        )
    )
    return SimpleNamespace(
        command=f"{sys.executable} -S {program}",
        asked=lambda: len((folder / "asked").read_text()),
    )


def test_the_library_is_compiled_once_however_many_ask(tmp_path):
    made = compiler(tmp_path, works=True)
    folder = tmp_path / "home" / "native"

    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(lambda _: building.library(made.command, folder), range(3)))
    before = made.asked()
    paths.add(building.library(made.command, folder))

    assert made.asked() == before
    assert [*folder.iterdir()] == [*paths]


def test_where_nothing_can_be_compiled_the_reason_is_told(tmp_path):
    broken = compiler(tmp_path, works=False).command
    useless = compiler(tmp_path, works=True).command

    assert native.prepared("", tmp_path) == (None, "no compiler is set")
    assert native.prepared("no-such-compiler", tmp_path) == (None, "there is no no-such-compiler")
    assert "cannot be loaded" in native.prepared(useless, tmp_path).reason
    compiler(tmp_path, works=False)
    assert "no such language" in native.prepared(broken, tmp_path / "other").reason
    (tmp_path / "file").write_text("")
    assert "cannot be written" in native.prepared(broken, tmp_path / "file").reason


def test_collected_media_are_the_same_in_both_ways(reader):
    records = [
        release(number, formats=[(name, 1, "", ("LP",))]).encode()
        for number, name in enumerate(("Vinyl", "Shellac", "Flexi-disc", "Lathe Cut", "Acetate"), 1)
    ]

    assert check(reader, records) == []
    assert cutting.cut_releases(b"".join(records))[0] == records
