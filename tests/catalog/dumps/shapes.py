"""Records of many shapes, made up and odd, for every way that reads them."""

from hypothesis import strategies as st

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
# Records that have lost their end and those that they run into, by which is collected.
LOST = {
    which: release(1, **first).removesuffix("</release>") + release(2, **second)
    for which, first, second in (
        ("both", {}, {}),
        ("the second", {"formats": CD}, {}),
        ("the first", {}, {"formats": CD}),
    )
}
