"""Whoever a reason names is to the person what it says: whatever the list starts from."""

import re

import pytest
from lxml import html

from accounts.models import Listening, Owned, Snapshot, Want
from catalog.matching import normalise_name
from pricing.viewer import viewer_for
from recommendations import queries, reasons, services
from recommendations.models import Lean, Lock, Seed
from recommendations.services import playlists
from recommendations.starting import cards_from
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_similar,
    make_want,
)

pytestmark = pytest.mark.django_db
WAYS = ["own", "discover", "because", "start", "list"]


def by(name, **more):
    return {"artist__name": name} | more


def of_album(name):
    return {"album__credits__artist__name": name}


def played(person, name):
    rows = Listening.objects.filter(snapshot__user=person, kind="artist", artist__name=name)
    return max([row.plays or 0 for row in rows], default=0)


def owned(person, name):
    return Owned.objects.filter(user=person, **of_album(name)).count()


def heard_albums(person, name, **more):
    rows = Listening.objects.filter(snapshot__user=person, kind="album", artist__name=name, **more)
    return rows.exists()


def named(person, name):
    return Seed.objects.filter(user=person, **by(name)).exists()


def wanted(person, name):
    return Want.objects.filter(user=person, **of_album(name)).exists()


def kept(person, name):
    return Lock.objects.filter(user=person, **of_album(name)).exists()


def asked(person, name):
    return Lean.objects.filter(user=person, direction=1, **by(name)).exists()


def ranked(person, name):
    rows = Listening.objects.filter(snapshot__user=person, kind="artist", artist__name=name)
    return rows.filter(rank__gt=0).exists()


# What a reason claims of each artist it names; None where it claims nothing of the person.
CLAIMS = {
    r"You played (?!this|albums)(?P<who>.+?) [\d,]+ times?\b.*": played,
    r"You played albums of (?P<who>.+?) [\d,]+ times?\.": heard_albums,
    r"You play albums of (?P<who>.+)\.": heard_albums,
    r"You named (?P<who>.+)\.": named,
    r"You want records of (?P<who>.+)\.": wanted,
    r"You keep records of (?P<who>.+)\.": kept,
    r"You asked for more like (?P<who>.+)\.": asked,
    r"You saved albums of (?P<who>.+)\.": lambda p, w: heard_albums(p, w, period="lib"),
    r"\d+ records? of (?P<who>.+) (is|are) on your shelf\.": owned,
    r"(?P<who>.+) is number \d+ of your artists\.": ranked,
    r"Because of (?P<who>.+), [\d,]+ plays?\.": played,
    r"Because of (?P<who>.+), \d+ records? on your shelf\.": owned,
    r"Near to (?P<who>.+), whom you named\.": named,
    r"Near to (?P<who>.+), of those whom you play most\.": ranked,
    r"Near to (?P<who>.+), whose albums you play\.": heard_albums,
    r"Near to (?P<who>.+), whose albums you saved\.": lambda p, w: heard_albums(p, w, period="lib"),
    r"Near to (?P<who>.+), whose records you want\.": wanted,
    r"Near to (?P<who>.+), whose records you keep\.": kept,
    r"Near to (?P<who>.+), of whom you asked for more\.": asked,
    # Of a list and an album, on which there is only Both.
    r"(?P<who>.+) is on this list, with 1 track\.": lambda p, w: w == "Both",
    r"Near to (?P<who>.+), on this list\.": lambda p, w: w == "Both",
    r"Near to (?P<who>\w+)\.": lambda p, w: w == "Both",
    r"It is by (?P<who>.+) as well\.": lambda p, w: w == "Both",
    r"Starting from Of Both\.": None,
    r"Of .+, the one that was pressed most often\.": None,
    r"Rock makes up 100% of what you love\.": None,
    r"You (played|saved) this .+": None,
    r"Among your most played albums, number \d+\.": None,
    r"Because you have (?P<title>.+)\.": None,
    r"You keep it on your list\.": None,
}


def check(person, text):
    """That the reason is known, and that all it claims is so."""
    for pattern, is_so in CLAIMS.items():
        found = re.fullmatch(pattern, text)
        if found:
            names = found["who"].split(" and ") if is_so else ()
            assert all(is_so(person, name) for name in names), text
            if "plays" in text:
                told = int(re.search(r"(\d+) plays", text)[1])
                assert told == sum(played(person, name) for name in names), text
            if "Because you have" in text:
                for title in found["title"].split(" and "):
                    assert Owned.objects.filter(user=person, album__title=title).exists(), text
            return
    raise AssertionError(f"nobody knows what this claims: {text}")


def make_scene(person, *, listening):
    """One artist for each thing that one can have to do with an artist, each with two albums and
    somebody near to them, and one artist near to all of them."""
    names = ["Owned", "Wanted", "Kept", "Named", "Asked", "Both"]
    names += ["Played", "Little", "Ranked", "Heard", "Saved"] if listening else []
    artists = {name: make_artist(name, normalised=normalise_name(name)) for name in names}
    albums = {}
    middle = make_artist("Middle")
    make_album("Of Middle", middle, genres=["Rock"])
    for place, (name, artist) in enumerate(artists.items()):
        albums[name] = make_album(f"Of {name}", artist, genres=["Rock"], popularity=9)
        make_album(f"More of {name}", artist, genres=["Rock"])
        near = make_artist(f"Near {name}")
        make_album(f"Of Near {name}", near, genres=["Rock"])
        make_similar(artist, near, "0.9")
        make_similar(artist, middle, f"0.{70 + place}")
    make_copy(person, albums["Owned"])
    make_want(person, albums["Wanted"])
    services.lock(person, albums["Kept"])
    services.add_seed(person, artists["Named"])
    Lean.objects.create(user=person, artist=artists["Asked"], direction=1)
    if listening:
        make_listening(person, artists["Played"], plays=300)
        make_listening(person, artists["Little"], plays=12)
        make_listening(person, artists["Heard"], albums["Heard"], plays=40)
        row = make_listening(person, artists["Ranked"], source="spotify", period="12m")
        Listening.objects.filter(pk=row.pk).update(plays=None, rank=3)
        row = make_listening(
            person, artists["Saved"], albums["Saved"], source="spotify", period="lib"
        )
        Listening.objects.filter(pk=row.pk).update(plays=None, rank=1)
    services.make_set(person)
    return albums


def texts_of(answer, name):
    """What stands on a page in elements of this class."""
    found = html.fromstring(answer.content).xpath(f'//*[@class="{name}"]')
    return [" ".join(one.text_content().split()) for one in found]


def cards_of(person, way, albums):
    if way == "start":
        return cards_from(person, queries.Look(tab="because", start=albums["Both"].pk)).cards
    if way == "list":
        found = playlists.records_from(person, playlists.match_text("Both - A Song"))
        return queries.cards_for(found, viewer_for(person), signed_in=True, limit=40)
    return queries.cards(person, look=queries.Look(tab=way), limit=100).cards


@pytest.mark.parametrize("listening", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_all_that_reasons_claim_is_so(nuria, sign_in, way, listening):
    albums = make_scene(nuria, listening=listening)
    cards = cards_of(nuria, way, albums)
    assert cards
    told = {card.album.pk: [reasons.bare(one) for one in card.causes] for card in cards}
    for texts in told.values():
        for text in texts:
            check(nuria, text)
    if way == "list":
        client = sign_in(nuria)
        page = client.post("/records/playlist/", {"tracks": "Both - A Song"}, follow=True)
        answer = client.post(
            "/api/v1/recs/playlist", {"tracks": "Both - A Song"}, "application/json"
        ).json()["records"]
        shown = texts_of(page, "why")
    else:
        query = f"start={albums['Both'].pk}" if way == "start" else f"tab={way}"
        client = sign_in(nuria)
        answer = client.get(f"/records/export/?{query}").json()
        assert client.get(f"/api/v1/recs?{query}").json()[0]["reasons"] == answer[0]["reasons"]
        page = client.get(f"/records/?{query}")
        shown = texts_of(page, "why")
    for text in shown:
        check(nuria, text)
    if not listening:
        assert {one["album"]: one["reasons"] for one in answer} == told


def test_what_starts_from_an_album_or_a_list_says_so(nuria):
    albums = make_scene(nuria, listening=False)
    found = {card.title: [reasons.bare(one) for one in card.causes] for card in
             cards_of(nuria, "start", albums)}  # fmt: skip
    assert found["More of Both"][:2] == ["Starting from Of Both.", "It is by Both as well."]
    assert found["Of Near Both"] == ["Starting from Of Both.", "Near to Both."]
    found = {card.title: [reasons.bare(one) for one in card.causes] for card in
             cards_of(nuria, "list", albums)}  # fmt: skip
    assert found["More of Both"][0] == "Both is on this list, with 1 track."
    assert found["Of Near Both"] == ["Near to Both, on this list."]


def test_most_albums_have_a_second_reason_and_every_card_shows_all_it_has(nuria, sign_in):
    make_scene(nuria, listening=True)
    cards = queries.cards(nuria, look=queries.Look(tab="discover")).cards
    assert all(len(card.causes) > 1 for card in cards)
    page = html.fromstring(sign_in(nuria).get("/records/?tab=discover").content)
    for card in cards[1:]:
        path = f'//*[@id="{card.element_id}"]//*[@class="score-why"]/p'
        shown = [" ".join(one.text_content().split()) for one in page.xpath(path)]
        assert shown == [reasons.bare(one) for one in card.causes]


def test_more_and_less_stand_on_every_card_and_on_the_album_page(nuria, sign_in):
    albums = make_scene(nuria, listening=False)
    client = sign_in(nuria)
    page = html.fromstring(client.get("/records/").content)
    assert len(page.xpath("//*[@data-card]")) > 2
    for card in page.xpath("//*[@data-card]"):
        number = card.get("id").removeprefix("album-")
        for way in ("more", "less"):
            [_one] = card.xpath(f'.//button[@formaction="/records/{number}/{way}/"]')
    album = albums["Both"]
    address = f"/albums/{album.pk}/"
    page = html.fromstring(client.get(address).content)
    [back] = page.xpath('//form[contains(@class, "leans")]/input[@name="next"]')
    answer = client.post(f"/records/{album.pk}/more/", {"next": back.get("value")}, follow=True)
    assert answer.request["PATH_INFO"] == address
    assert "More like Both from now on." in answer.content.decode()
    htmx = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"}
    text = client.post(f"/records/{album.pk}/less/", headers=htmx)
    assert "Less like Both from now on." in text.content.decode()
    answer = text.content.decode()
    assert 'id="cards"' not in answer and 'id="dismissed"' not in answer
    client.post(f"/records/{album.pk}/undo/", {"what": "lean"}, headers=htmx)
    assert not Lean.objects.filter(artist__name="Both").exists()
    elsewhere = client.post(f"/records/{album.pk}/more/", {"next": "https://evil.test/"})
    assert elsewhere["Location"] == f"/records/?lean={album.pk}"


def said(client, query=""):
    page = html.fromstring(client.get(f"/records/{query}").content)
    [text] = page.xpath('//*[@class="said"]/p')
    return " ".join(text.text_content().split()).split(" Made ")[0]


def test_the_list_says_what_it_was_made_from(nuria, sign_in):
    albums = make_scene(nuria, listening=False)
    client = sign_in(nuria)
    told = "from 1 record, 1 artist you named, 1 record you want, 1 album you keep and 1 wish for"
    assert said(client).endswith(f"albums {told} more.")
    assert said(client, "?tab=because").endswith(" from 1 record.")
    assert said(client, f"?start={albums['Both'].pk}").endswith(" near to Of Both.")
    services.set_taste(nuria, off=["wants", "locks", "seeds"])
    Lean.objects.all().delete()
    services.make_set(nuria)
    assert said(client).endswith(" from 1 record.")
    services.set_taste(nuria, off=["shelf", "wants", "locks", "seeds"])
    services.lock(nuria, albums["Both"])
    services.make_set(nuria)
    assert said(client) == "2 albums that you keep."
    make_listening(nuria, albums["Both"].credits.get().artist, plays=7)
    Snapshot.objects.update(plays=7)
    services.make_set(nuria)
    assert said(client, "?tab=discover").endswith(" from 7 plays.")
