"""The generated world: the same everywhere, large enough, and with its awkward corners."""

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import requests

from sandbox.clock import Clock
from sandbox.market import Market, load_market
from sandbox.people import People, load_people
from sandbox.server import free_port
from sandbox.state import State
from sandbox.world import World, load_world
from vinyl.embedded.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]


def known():
    return [album for album in load_world().albums if album.known]


def test_enough_artists_albums_and_pressings():
    albums = known()
    assert len({album.artist.number for album in albums}) >= 300
    assert len(albums) >= 691
    assert sum(100 <= album.pressings <= 200 for album in albums) >= 15
    assert {album.pressings for album in albums if album.fame >= 998} == {200}
    assert sum(album.pressings == 0 for album in albums) >= 10


def test_every_well_known_artist_has_styles_and_a_country():
    lacking = [a.artist.name for a in known() if not a.artist.styles or not a.artist.country]
    assert lacking == []


def test_two_worlds_are_equal():
    one, other = load_world(), World()
    for number in (0, 37, 200, 700):
        assert one.releases_of(number) == other.releases_of(number)
    assert load_market().sellers == Market(other).sellers
    assert People(one).by_name["nuria_bcn"].plays == People(other).by_name["nuria_bcn"].plays


def test_seeds_give_the_same_world_on_every_machine():
    """Written down once: who changes a seed on purpose writes the new values here."""
    world, seller = load_world(), load_market().sellers[0]
    album = world.album_named("Joy Division", "Unknown Pleasures")
    digest = hashlib.sha256(repr(world.releases_of(album.number)).encode()).hexdigest()
    assert digest.startswith("d596678b479b8a1e")
    offer = load_market().offer(seller, 0)
    assert (offer.id, offer.release.id, offer.cents) == (3_500_000_000, 3_200_219_018, 6380)
    nuria = load_people().by_name["nuria_bcn"]
    assert [(artist.name, plays) for artist, plays in nuria.artist_counts(None)[:2]] == [
        ("Siouxsie & The Banshees", 2953),
        ("Public Image Limited", 2471),
    ]


def test_pressings_have_the_awkward_corners_of_real_ones():
    rows = [p for album in known()[:200] for p in load_world().releases_of(album.number)]
    vinyl = [p for p in rows if p.vinyl and p.generated]
    assert any(p.released == "" for p in vinyl)
    assert any(p.released.endswith("-00") for p in vinyl)
    assert any("-19-" in p.released for p in vinyl)
    assert any(p.unofficial for p in vinyl)
    assert any(not p.in_master for p in vinyl)
    assert any(p.country == "" for p in vinyl)
    assert any(p.formats[0][1] == 2 for p in vinyl)
    assert not [p for p in vinyl if p.barcode and p.year < 1980]
    assert all(p.year >= load_world().albums[p.album].year for p in vinyl)
    assert all(p.id >= 3_000_000_000 for p in vinyl)
    assert len({p.id for p in rows}) == len(rows)


def test_originals_come_from_several_countries():
    album = load_world().album_named("Pink Floyd", "The Dark Side of the Moon")
    first = [p for p in load_world().versions(album) if p.vinyl and p.year == album.year]
    assert len({p.country for p in first}) >= 3


def test_real_releases_keep_their_numbers():
    album, pressing = load_world().release(157)
    assert (pressing.generated, pressing.country, album.artist.name) == (False, "UK", "Autechre")


def test_sellers_cover_four_markets_and_some_are_large():
    sellers = load_market().sellers
    assert len(sellers) == 40
    assert {"Spain", "United Kingdom", "United States", "Japan"} <= {s.country for s in sellers}
    assert sum(s.items > 10_000 for s in sellers) >= 3


def test_stock_and_offers_are_two_views_of_one_thing():
    market = load_market()
    for seller in market.sellers[::9]:
        for place in range(0, seller.items, max(1, seller.items // 25)):
            offer = market.offer(seller, place)
            assert offer.release.vinyl
            assert not offer.release.unofficial
            assert offer.id in {other.id for other in market.offers(offer.release)}


def test_demo_list_is_the_same_catalogue():
    path = ROOT / "catalog" / "data" / "demo_catalogue.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    header, rows = rows[0], rows[1:]
    assert set(header) >= {"source", "licence", "made"}
    masters = {row["master_id"] for row in rows if row["type"] == "album" and row["master_id"]}
    assert masters == set(load_world().album_by_master)
    artists = {row["discogs_id"]: row["mbid"] for row in rows if row["type"] == "artist"}
    assert artists == {a.discogs_id: a.mbid for a in load_world().artists}


def test_data_files_stay_small():
    total = sum(path.stat().st_size for path in (ROOT / "sandbox" / "data").iterdir())
    assert total < 3_000_000


def test_shelf_changes_and_grants_survive_a_restart(tmp_path):
    clock = Clock()
    state = State(clock, tmp_path / "state.json")
    state.memory.discogs_tokens["abc"] = {"secret": "s", "person": "nuria_bcn"}
    state.save()
    assert State(clock, tmp_path / "state.json").memory.discogs_tokens["abc"]["secret"] == "s"
    (tmp_path / "state.json").write_text("{broken")
    assert State(clock, tmp_path / "state.json").memory.discogs_tokens == {}


def test_command_line_starts_quickly_and_stops_on_terminate():
    port = free_port()
    answers = []

    def has_started():
        try:
            answers.append(requests.get(f"http://127.0.0.1:{port}/_control", timeout=1))
        except requests.ConnectionError:
            return False
        return True

    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", str(free_port())],
        cwd=ROOT,
    )
    try:
        assert wait_until(has_started, seconds=15)
        assert answers[0].json()["sandbox"] == "vinilogy"
    finally:
        process.terminate()
        process.wait(timeout=10)
    # A reset in the middle of a signal is no failure: uvicorn re-raises the signal at its end.
    assert process.returncode in (0, -15)
