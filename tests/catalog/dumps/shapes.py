"""Records of many shapes, made up and odd, for every way that reads them."""

import re

from hypothesis import strategies as st

from catalog.dumps import careful
from catalog.dumps.records import BadRecord
from tests.catalog.dumps.sample import release

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=30
)
labels = st.lists(st.tuples(words, words, st.integers(1, 10**7)), min_size=1, max_size=3)
formats = st.lists(
    st.tuples(
        st.sampled_from(["Vinyl", "CD", "Shellac", "All Media"]),
        st.integers(1, 12),
        words,
        st.lists(st.sampled_from(['12"', "LP", "33 ⅓ RPM", "Album & More"]), min_size=1),
    ),
    min_size=1,
    max_size=3,
)


RECORDS = st.fixed_dictionaries(
    {
        "title": words,
        "artists": st.lists(st.tuples(st.integers(1, 10**7), words), min_size=1, max_size=3),
        "labels": labels,
        "formats": formats,
        "tracks": st.lists(
            st.tuples(st.sampled_from(["", "A1", "B"]), words, st.sampled_from(["", "3:05"])),
            max_size=5,
        ),
        "identifiers": st.lists(
            st.tuples(st.sampled_from(["Barcode", "Label Code"]), words), max_size=3
        ),
        "notes": words,
        "genres": st.lists(words.filter(bool), min_size=1, max_size=2),
        "country": st.sampled_from(["", "UK &amp; Europe", "Sweden"]),
    }
)

INSIDE = "</duration></track>"
SHAPES = {
    "parts": "</duration><sub_tracks><track><position>A.1</position><title>One</title></track>"
    "<track><title>Two</title></track></sub_tracks></track>",
    "an artist": '</duration><artists><artist><id>3</id><name>Who &amp; "X" (2)</name></artist>'
    "</artists></track>",
    "two artists": "</duration><artists><artist><id>3</id><name>A</name><anv>B</anv><join>&amp;"
    "</join></artist><artist><id>4</id><name>C</name></artist></artists></track>",
    "credits": "</duration><extraartists><artist><name>P</name><role>Producer</role></artist>"
    "</extraartists></track>",
    "headings": "</duration></track><track><title>Side \\ B</title></track>"
    "<track><title>Long</title><duration>9:00</duration></track>",
}

ODD = {
    "a comment": ("Stockholm", "Stock<!-- hidden -->holm"),
    "a status": ('<release id="7"', '<release id="7" status="Unheard of"'),
    "an unknown reference": ("Stockholm", "Stock&#13;holm"),
    "a sign that XML does not know": ("Stockholm", "Stock\x01holm"),
    "a reference to no sign": ("Stockholm", "Stock&#0;holm"),
    "a name that XML does not know": ("Stockholm", "Stock&nbsp;holm"),
    "the next record": ("</release>", '<<< <release id="8"><companies></companies></release>'),
    "a tab": ("SK032", "SK\t032"),
    "an attribute": ("<label ", '<label extra="1" '),
    "an empty genre": ("<genre>Electronic</genre>", "<genre>Electronic</genre><genre></genre>"),
    "a tag in a track": ("</duration></track>", "</duration><mood>x</mood></track>"),
    "artists below a heading": (
        "<position>A</position><title>Östermalm</title><duration>4:45</duration>",
        "<title>Östermalm</title><artists><artist><id>1</id><name>A</name></artist></artists>",
    ),
    "an artist without a number": ("<id>1</id>", ""),
}

CD = (("CD", 1, "", ("Album",)),)
VINYL = '<format name="Vinyl"'
# Ways to write that a record is on vinyl which Discogs does not use, and that are XML.
VINYL_TOO = {
    "single quotes": "<format name='Vinyl'",
    "blanks around the sign": '<format name = "Vinyl"',
    "blanks around the name": '<format name=" Vinyl "',
    "a reference": '<format name="&#86;inyl"',
    "another attribute before": '<format id="1" name="Vinyl"',
    "a line break": '<format\nname="Vinyl"',
    "a comment": f"<!-- one -->{VINYL}",
    "a blank before": f" {VINYL}",
    "another before": f"<format name='CD' qty='1'/>{VINYL}",
}
# Records on no collected medium that a parser has to tell as that.
NO_VINYL = {
    "no formats": ("<formats>", "</formats>", ""),
    "empty formats": ("<formats>", "</formats>", "<formats/>"),
    "no format": ("<formats>", "</formats>", "<formats></formats>"),
    "no name": ("<formats>", "</formats>", '<formats><format qty="1"/></formats>'),
    "an empty name": ("<formats>", "</formats>", '<formats><format name="" qty="1"/></formats>'),
    "a reference": ("<formats>", "</formats>", '<formats><format name="C&#68;"/></formats>'),
    "single quotes": ("<formats>", "</formats>", "<formats><format name='CD'/></formats>"),
}


def without_vinyl(number, which):
    """A record on no collected medium, by `NO_VINYL`."""
    start, end, instead = NO_VINYL[which]
    record = release(number)
    return record[: record.index(start)] + instead + record[record.index(end) + len(end) :]


# Records that have lost their end and those that they run into, by which is collected.
LOST = {
    which: release(1, **first).removesuffix("</release>") + release(2, **second)
    for which, first, second in (
        ("both", {}, {}),
        ("the second", {"formats": CD}, {}),
        ("the first", {}, {"formats": CD}),
    )
}

CREDIT = "<artist><id>9</id><name>Jeff</name><anv>J.</anv><role>Producer</role></artist>"
# All that a record may hold, a section that is unheard of included.
FULL = (
    release(
        7,
        artists=((1, "The Persuader"), (2, "Somebody")),
        formats=(("Vinyl", 2, "180g", ("LP",)), ("CD", 1, "", ("Album", "Reissue"))),
        tracks=(("A", "One", "4:45"), ("", "Side B", ""), ("B", "Two", "3:05")),
        notes="Made of wood.",
    )
    .replace("</labels>", f"</labels><extraartists>{CREDIT * 2}</extraartists>")
    .replace("4:45</duration>", f"4:45</duration><extraartists>{CREDIT}</extraartists>")
    .replace(
        "3:05</duration>",
        "3:05</duration><artists><artist><id>3</id><name>Who</name></artist></artists>"
        "<sub_tracks><track><position>B.1</position><title>Part</title></track></sub_tracks>",
    )
    .replace(
        "</release>",
        "<companies><company><id>7</id><name>A</name><entity_type>1</entity_type>"
        "<entity_type_name>Pressed By</entity_type_name><catno>C 1</catno><resource_url>x"
        "</resource_url></company>"
        '</companies><series><series name="S" catno="1" id="4"/></series><videos>'
        '<video src="x" duration="1" embed="true"><title>V</title><description>W'
        "</description></video></videos></release>",
    )
)


def can_be_parsed(record):
    try:
        careful.read_release(record.encode() if isinstance(record, str) else record)
    except BadRecord:
        return False
    return True


_TAG = re.compile("(<[^>]*>)")


def with_tag_changed(record, change, first, second=0):
    """The record with a tag removed, doubled, or exchanged for another; None behind the last."""
    pieces = _TAG.split(record)
    if max(first, second) * 2 + 1 >= len(pieces):
        return None
    one, other = 2 * first + 1, 2 * second + 1
    if change == "exchanged":
        pieces[one], pieces[other] = pieces[other], pieces[one]
    else:
        pieces[one] *= {"removed": 0, "doubled": 2}[change]
    return "".join(pieces)


TAGS = len(_TAG.findall(FULL))
FORMATS_AT = _TAG.findall(FULL).index("<formats>")
