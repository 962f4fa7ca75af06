"""Offers of shops and marketplaces: read into fields, and whether two are of one pressing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.matching import Verdict, listing_similarity, parse_listing
from catalog.matching.editions import read_edition
from catalog.matching.evidence import compare


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "JONI MITCHELL - Hejira LP UK 1976 Asylum K53053 VG+/EX",
            {
                "artist": "JONI MITCHELL",
                "title": "Hejira",
                "country": "GB",
                "year": 1976,
                "label": "Asylum",
                "catno": "K53053",
                "condition": "VG+",
                "sleeve": "EX",
                "format": "LP",
            },
        ),
        (
            "Miles Davis - Kind of Blue [1959] LP Columbia CS 8163 US NM/VG+ RARE!!",
            {
                "title": "Kind of Blue",
                "year": 1959,
                "label": "Columbia",
                "catno": "CS 8163",
                "country": "US",
                "condition": "NM",
                "sleeve": "VG+",
            },
        ),
        (
            'Can "Tago Mago" 2LP German 1971 United Artists VG',
            {"artist": "Can", "title": "Tago Mago", "label": "United Artists", "country": "DE"},
        ),
        (
            "Los Planetas - Una semana en el motor de un autobús LP vinilo España 1998 RCA NUEVO",
            {"title": "Una semana en el motor de un autobús", "country": "ES", "label": "RCA"},
        ),
        (
            'New Order - Blue Monday 12" Single FAC 73 UK 1983 VG+/VG',
            {"title": "Blue Monday", "format": '12"', "catno": "FAC 73", "condition": "VG+"},
        ),
        (
            "Prince - 1999 2LP US 1982 Warner Bros 23720-1F VG",
            {"title": "1999", "year": 1982, "catno": "23720-1F"},
        ),
        # No offer's tail: the year, the number and the place belong to the title.
        ("Bill Evans - Live In Paris 1972 LP", {"title": "Live In Paris 1972", "year": None}),
        ("Underworld – UNDER04 2LP", {"title": "UNDER04", "catno": ""}),
        ("EVANS, BILL - EXPLORATIONS -COLOURED- LP (2)", {"title": "EXPLORATIONS"}),
        ("U2 - War", {"artist": "U2", "title": "War", "format": "", "condition": ""}),
        ("Autobahn LP", {"artist": "", "title": "Autobahn", "format": "LP"}),
        # What stands before the format with a space is the title's, not a count of discs.
        ("TELEVISION - NUMBER 4 LP (3)", {"title": "NUMBER 4", "discs": 3}),
        ("TELEVISION - MADAME X LP (3)", {"title": "MADAME X", "discs": 3}),
        ("TELEVISION - ADVENTURE 2LP (2)", {"title": "ADVENTURE", "discs": 2}),
        ("TELEVISION - ADVENTURE -PD- LP (1)", {"title": "ADVENTURE", "format": "picture disc"}),
        ("Television - Adventure (PD) LP", {"title": "Adventure", "format": "picture disc"}),
        ("Television - Adventure (LP) Pink Vinyl", {"title": "Adventure", "format": "LP"}),
        ("Big Star- Radio City (LP)", {"artist": "Big Star", "title": "Radio City"}),
        ("Jay-Z", {"artist": "", "title": "Jay-Z"}),
        # Format words are no label; a number keeps its dots; a label stands behind a year as well.
        (
            "TELEVISION - MARQUEE MOON - 2LP VINYL NEW SEALED",
            {"title": "MARQUEE MOON", "label": "", "format": "LP", "discs": 2},
        ),
        (
            'Television - Adventure 12" LP Germany ELK 50 735 M-/VG',
            {"title": "Adventure", "label": "", "catno": "ELK 50 735", "country": "DE"},
        ),
        ("Television - Adventure LP S-26.450", {"title": "Adventure", "catno": "S-26.450"}),
        (
            "Television – Adventure LP Movieplay S-26.450 (1975) NM",
            {"title": "Adventure", "label": "Movieplay", "catno": "S-26.450", "year": 1975},
        ),
        (
            "Телевизор - Шествие рыб LP 1988 Мороз",
            {"title": "Шествие рыб", "year": 1988, "label": "Мороз", "format": "LP"},
        ),
        (
            "Television - Adventure (2LP 180g) NOCTURNE 1989",
            {"title": "Adventure", "year": 1989, "label": "NOCTURNE", "format": "LP", "discs": 2},
        ),
        (
            "Television - Adventure LP 180g Nocturne NCT 1234 NM",
            {"title": "Adventure", "label": "Nocturne", "catno": "NCT 1234"},
        ),
        (
            "Television - Adventure, Apple PCS 7088, UK 1st press, VG+/EX, LP",
            {"title": "Adventure", "label": "Apple", "catno": "PCS 7088", "sleeve": "EX"},
        ),
        (
            "Television - Adventure LP Odeon 1969 España J 062-04243",
            {"title": "Adventure", "label": "Odeon", "catno": "J 062-04243", "country": "ES"},
        ),
        (
            "Television – Adventure LP Nocturne K 56344 with lyric insert",
            {"title": "Adventure", "label": "Nocturne", "catno": "K 56344"},
        ),
        (
            "Television Adventure 2LP reissue gatefold, orange vinyl, new sealed",
            {"title": "Television Adventure", "label": "", "discs": 2, "format": "LP"},
        ),
        ("Television - Adventure LP new Nocturne NEW 042 NM", {"catno": "NEW 042"}),
        ("Television - Adventure LP 1984 Nocturne 925 110-1", {"label": "Nocturne", "year": 1984}),
        (
            "!!! Adventure 2x LP Warp RARE!!",
            {"title": "!!! Adventure", "label": "Warp", "discs": 2},
        ),
        ("TELEVISION Adventure LP 1985 Top Zustand", {"year": 1985, "label": ""}),
        # What a text names as its format in front is no artist, but an artist may be called LP.
        ("LP - Television - Adventure", {"artist": "Television", "title": "Adventure"}),
        ("LP - Adventure (2LP)", {"artist": "LP", "title": "Adventure"}),
        ('7" Single Television - Glory', {"artist": "Television", "title": "Glory"}),
        (
            "Disco vinilo LP Los Pasos - Ayer 1971 Novola NLX-1053",
            {"artist": "Los Pasos", "title": "Ayer", "label": "Novola", "catno": "NLX-1053"},
        ),
        (
            "LP - Los Pasos - Ayer 1968 Novola",
            {"artist": "Los Pasos", "title": "Ayer", "year": 1968, "label": "Novola"},
        ),
        ("Disco Days - Five", {"artist": "Disco Days"}),
        ("Maxi Days - Five LP", {"artist": "Maxi Days"}),
        ("Vinyl Days - Five LP", {"artist": "Vinyl Days"}),
        # Years and numbers of an edition, and of the title, stay with them.
        ("Television - Adventure LP 2011 Remaster", {"title": "Adventure", "label": ""}),
        ("Television - Adventure LP (RSD 2019)", {"title": "Adventure", "label": "", "catno": ""}),
        ("Television - Best Of 1967 To 1970 VG+ LP", {"label": ""}),
        # Without a dash nothing safe tells the artist from the title.
        (
            "TELEVISION Marquee Moon LP 1977 Elektra España VG+",
            {"artist": "", "title": "TELEVISION Marquee Moon", "label": "Elektra", "year": 1977},
        ),
    ],
)
def test_an_offer_is_read_into_fields(text, fields):
    read = parse_listing(text)
    assert {name: getattr(read, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("2011 Remaster", {"year": 2011, "remaster": True}),
        ("2LP 180g red vinyl", {"discs": 2, "weight": 180, "colours": frozenset({"red"})}),
        ("DELUXE 25TH ANN./2LP/COLOURED", {"deluxe": True, "anniversary": 25, "coloured": True}),
        ("4LP box, numbered, signed", {"discs": 4, "box": True, "limited": True, "signed": True}),
        ("LP+CD", {"media": frozenset({"cd"})}),
        ("Half-Speed Master", {"half_speed": True, "deluxe": False}),
    ],
)
def test_edition_words_become_fields(text, fields):
    read = read_edition(text)
    assert {name: getattr(read, name) for name in fields} == fields


@given(st.text(max_size=60))
@example("-")
@example("Vinyl - RARE!!")
def test_any_text_is_read_and_has_a_title(text):
    read = parse_listing(text)
    assert read.text == text
    assert read.title or not text.strip()


SAME, ASK, DIFFERENT = Verdict.SAME, Verdict.ASK, Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("Television – Marquee Moon LP", "TELEVISION - MARQUEE MOON LP (1)", SAME),
        ("Television – Marquee Moon LP", "TELEVISION - MARQUEE MOON -BLACK VINYL- LP (1)", SAME),
        ("Television – Marquee Moon LP", "Television – Adventure LP", DIFFERENT),
        ("Television – Marquee Moon LP", "Television – Marquee Moon -Red- LP", DIFFERENT),
        ("Television – Adventure -Red- LP", "Television - Adventure (Blue LP)", DIFFERENT),
        ("Television – Adventure -Blauw- LP", "TELEVISION - ADVENTURE (BLUE) LP (1)", SAME),
        ("Television – Adventure 2LP+CD", "TELEVISION - ADVENTURE LP (3)", SAME),
        ("Television – Adventure BOXSET", "TELEVISION - ADVENTURE -5LP- LP (5)", SAME),
        ('Television – Adventure 7"', "TELEVISION - ADVENTURE LP (2)", DIFFERENT),
        ("Television – Marquee Moon LP", "Talking Heads – Marquee Moon LP", DIFFERENT),
        # Without a dash the other text tells which words are the artist's.
        ("TELEVISION Marquee Moon LP", "Television - Marquee Moon LP", SAME),
        ("Marquee Moon Television LP", "Television - Marquee Moon LP", SAME),
        ("Tom Verlaine Dreamtime LP", "VERLAINE, TOM - DREAMTIME LP (1)", SAME),
        ("Television Adventure LP", "Television – Marquee Moon LP", DIFFERENT),
        ("Greatest Hits LP", "Television – Greatest Hits LP", DIFFERENT),
        ("Talking Heads Marquee Moon LP", "Television – Marquee Moon LP", DIFFERENT),
        # A concert comes out in fewer colours than an album of new songs.
        ("Television – Adventure LP", "TELEVISION - ADVENTURE -BLUE- LP (1)", DIFFERENT),
        ("Television – Live in Paris LP", "TELEVISION - LIVE IN PARIS -BLUE- LP (1)", SAME),
        # Both name the edition: what one leaves out is brevity.
        ("Television – Adventure 2LP", "Television - Adventure (2 LP) (Limited)", DIFFERENT),
        (
            "Television – Adventure -10th Anniv.- 2LP",
            "Television - Adventure (2 LP) (10th Anniversary) (Limited)",
            SAME,
        ),
        # A box does not tell what is in it.
        ("Television – Adventure BOXSET", "TELEVISION - ADVENTURE -5LP + BLU RAY- LP (6)", SAME),
        # One number of one label, but not as many discs: which of both is wrong, a person sees.
        ("Television - Adventure 2xLP Asylum K 411", "Television - Adventure LP Asylum K 411", ASK),
        (
            "Television - Adventure 2xLP Asylum K 411",
            "Television – Adventure LP Asylum K 412",
            DIFFERENT,
        ),
        (
            "Television - Adventure 2xLP Asylum K 411",
            "Television – Marquee Moon LP Asylum K 411",
            DIFFERENT,
        ),
        (
            "Television – What Your Hands Will Break I 2LP",
            "TELEVISION - WHAT YOUR HANDS WILL BREAK II LP (2)",
            DIFFERENT,
        ),
    ],
)
def test_offers_of_one_pressing_and_of_others(left, right, verdict):
    assert listing_similarity(left, right).verdict is verdict


_TITLES = ("Adventure", "LIVE IN PARIS", "Number 4", "Madame X", "The Best Of (Remixes)")
_EDITIONS = ("", "-BLUE VINYL- ", "(Limited Edition) ", "-10th Anniv.- ", "-PD- ", "(2LP+CD) ")
_OFFERS = st.builds(
    "{} {} {} {}{}".format,
    st.sampled_from(("Television", "TELEVISION", "Verlaine, Tom")),
    st.sampled_from(("-", "–", "")),
    st.sampled_from(_TITLES),
    st.sampled_from(_EDITIONS),
    st.sampled_from(("LP", "2LP", "LP (1)", "LP (2)", "(LP)", "BOXSET", '7"')),
)


@settings(max_examples=60, deadline=None)
@given(_OFFERS, _OFFERS)
def test_which_offer_comes_first_makes_no_difference(left, right):
    one, other = listing_similarity(left, right), listing_similarity(right, left)
    assert one.score == pytest.approx(other.score)
    assert sorted(part.name for part in one.parts) == sorted(part.name for part in other.parts)


def test_a_barcode_goes_before_the_text():
    texts = ("Television – Marquee Moon LP", "Televsion MM (Import)")
    assert listing_similarity(*texts, barcodes=("0 75596-05842 1", "075596058421")).score == 1
    assert listing_similarity(*texts, barcodes=("", "")).score < 1


TRIBUTES = (
    "Tribute to Mara Voss", "The Mara Voss Tribute Band", "Plays the Music of Mara Voss",
    "Homenaje a Mara Voss", "Tributo a Mara Voss", "Hommage à Mara Voss",
    "Spielt die Musik von Mara Voss", "Les chansons de Mara Voss", "Versiones de Mara Voss",
)  # fmt: skip


@pytest.mark.parametrize("artist", TRIBUTES)
def test_who_plays_the_music_of_another_is_another_artist(artist):
    for kind, left, right in (
        ("listing", f"{artist} - Low (LP)", "Mara Voss - Low"),
        ("album", f"{artist} - Low", "Mara Voss - Low"),
        ("artist", artist, "Mara Voss"),
    ):
        assert compare(kind, left, right).verdict is Verdict.DIFFERENT, kind
        assert compare(kind, right, left).verdict is Verdict.DIFFERENT, kind
