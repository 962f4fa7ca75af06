"""Discogs' limits, paging, caps and shapes."""

import pytest

from tests.sandbox.asking import DISCOGS, discogs_grant, session


@pytest.fixture
def discogs(sandbox):
    asking = session(**DISCOGS)
    asking.base = f"{sandbox.url}/discogs"
    return asking


def get(asking, path, **params):
    return asking.get(f"{asking.base}{path}", params=params, timeout=20)


def master_id(discogs, text):
    return get(discogs, "/database/search", q=text, type="master").json()["results"][0]["id"]


def all_rows(discogs, path, key, **params):
    rows, page, pages = [], 1, 1
    while page <= pages:
        body = get(discogs, path, page=page, **params).json()
        rows += body[key]
        pages = body["pagination"]["pages"]
        page += 1
    return rows, body["pagination"]["items"]


def test_sixty_with_sign_in_and_the_next_is_refused(sandbox, discogs):
    sandbox.speed(1)
    statuses = [get(discogs, "/artists/3840").status_code for _ in range(60)]
    assert set(statuses) == {200}
    refused = get(discogs, "/artists/3840")
    assert refused.status_code == 429
    assert refused.json() == {"message": "You are making requests too quickly."}
    assert "retry-after" not in refused.headers
    assert refused.headers["x-discogs-ratelimit"] == "60"
    assert refused.headers["x-discogs-ratelimit-remaining"] == "0"


def test_twenty_five_without_sign_in(sandbox):
    sandbox.speed(1)
    asking = session()
    asking.base = f"{sandbox.url}/discogs"
    assert [get(asking, "/artists/3840").status_code for _ in range(26)] == [200] * 25 + [429]


def test_window_moves_on(sandbox, discogs):
    sandbox.speed(1)
    sandbox.fill_limit("discogs", 60)
    assert get(discogs, "/artists/3840").status_code == 429
    sandbox.advance(61)
    assert get(discogs, "/artists/3840").status_code == 200


def test_headers_count_down(sandbox, discogs):
    sandbox.speed(1)
    left = [
        int(get(discogs, "/artists/3840").headers["x-discogs-ratelimit-remaining"])
        for _ in range(3)
    ]
    assert left == [59, 58, 57]


def test_library_user_agent_is_refused(sandbox):
    answer = session(**{"User-Agent": "python-requests/2.32"}).get(
        f"{sandbox.url}/discogs/artists/3840", timeout=5
    )
    assert answer.status_code == 403


def test_search_needs_sign_in(sandbox):
    answer = session().get(f"{sandbox.url}/discogs/database/search?q=can", timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {"message": "You must authenticate to access this resource."}


def test_images_are_empty_without_sign_in(sandbox, discogs):
    anonymous = session().get(f"{sandbox.url}/discogs/artists/3840", timeout=5).json()
    assert {image["uri"] for image in anonymous["images"]} == {""}
    assert get(discogs, "/artists/3840").json()["images"][0]["uri"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/releases/999", "Release not found."),
        ("/masters/2", "Master Release not found."),
        ("/artists/999999", "Artist not found."),
        ("/marketplace/stats/999", "Release not found."),
        ("/nonsense", "The requested resource was not found."),
    ],
)
def test_unknown_things_are_404(discogs, path, message):
    answer = get(discogs, path)
    assert (answer.status_code, answer.json()) == (404, {"message": message})


def test_two_hundred_pressings_come_in_two_pages(discogs):
    number = master_id(discogs, "the dark side of the moon")
    rows, items = all_rows(
        discogs, f"/masters/{number}/versions", "versions", format="Vinyl", per_page=100
    )
    assert (len(rows), items) == (200, 200)
    assert len({row["id"] for row in rows}) == 200
    assert all("Vinyl" in row["major_formats"] for row in rows)


def test_versions_filters_agree_with_their_facets(discogs):
    number = master_id(discogs, "unknown pleasures")
    body = get(discogs, f"/masters/{number}/versions", format="Vinyl").json()
    country, count = next(iter(body["filters"]["available"]["country"].items()))
    rows, items = all_rows(
        discogs, f"/masters/{number}/versions", "versions", format="Vinyl", country=country
    )
    assert items == count
    assert {row["country"] for row in rows} == {country}


def test_page_past_the_end_is_404(discogs):
    number = master_id(discogs, "unknown pleasures")
    assert get(discogs, f"/masters/{number}/versions", page=99).status_code == 404


def test_link_header_mirrors_the_urls(discogs):
    number = master_id(discogs, "the dark side of the moon")
    answer = get(discogs, f"/masters/{number}/versions", per_page=10)
    urls = answer.json()["pagination"]["urls"]
    assert {name: link["url"] for name, link in answer.links.items()} == urls
    assert set(urls) == {"last", "next"}


def test_generated_pressings_say_so(discogs):
    number = master_id(discogs, "unknown pleasures")
    row = get(discogs, f"/masters/{number}/versions", format="Vinyl").json()["versions"][0]
    release = get(discogs, f"/releases/{row['id']}").json()
    assert row["id"] >= 3_000_000_000
    assert release["generated"] is True
    assert "Generated for the sandbox" in release["notes"]


def test_album_without_vinyl_has_other_versions_only(discogs):
    number = master_id(discogs, "the immaculate collection")
    assert get(discogs, f"/masters/{number}/versions").json()["pagination"]["items"] > 0
    vinyl = get(discogs, f"/masters/{number}/versions", format="Vinyl").json()
    assert vinyl["pagination"]["items"] == 0


def test_artist_releases_mix_types_and_roles(discogs):
    rows, _ = all_rows(discogs, "/artists/3840/releases", "releases")
    assert "Main" in {row["role"] for row in rows}
    assert {row["role"] for row in rows} - {"Main"}
    assert all("main_release" in row for row in rows if row["type"] == "master")


def test_inventory_of_others_stops_at_page_100(discogs):
    body = get(discogs, "/users/tonarm_tom/inventory", per_page=100, page=100).json()
    assert body["pagination"]["pages"] == 168
    refused = get(discogs, "/users/tonarm_tom/inventory", per_page=100, page=101)
    assert refused.status_code == 403
    assert refused.json() == {
        "message": "Pagination above 100 disabled for inventories besides your own"
    }


def test_inventory_is_whole_and_each_listing_answers(discogs):
    name = "surco_abierto"
    rows, items = all_rows(discogs, f"/users/{name}/inventory", "listings", per_page=100)
    assert len({row["id"] for row in rows}) == len(rows) == items
    listing = get(discogs, f"/marketplace/listings/{rows[7]['id']}").json()
    assert listing["price"] == rows[7]["price"]
    assert "master_id" not in rows[0]["release"]


def test_marketplace_figures_agree_with_inventories(discogs):
    row = get(discogs, "/users/surco_abierto/inventory").json()["listings"][0]
    release = row["release"]["id"]
    stats = get(discogs, f"/marketplace/stats/{release}", curr_abbr="EUR").json()
    assert stats["num_for_sale"] >= 1
    assert stats["lowest_price"]["currency"] == "EUR"
    assert stats["lowest_price"]["value"] <= row["price"]["value"] + 0.01
    assert get(discogs, f"/releases/{release}").json()["num_for_sale"] == stats["num_for_sale"]


def test_price_sort_is_sorted(discogs):
    rows = get(discogs, "/users/surco_abierto/inventory", sort="price", per_page=100).json()
    values = [row["price"]["value"] for row in rows["listings"]]
    assert values == sorted(values)


def test_price_suggestions_need_a_person_with_seller_settings(sandbox, discogs):
    release = get(discogs, "/users/surco_abierto/inventory").json()["listings"][0]["release"]["id"]
    path = f"{sandbox.url}/discogs/marketplace/price_suggestions/{release}"
    assert discogs.get(path, timeout=5).json()["Mint (M)"]["currency"] == "EUR"
    assert session().get(path, timeout=5).status_code == 401
    assert discogs_grant(sandbox.url, "theo_hardbop").get(path).status_code == 404
    assert discogs_grant(sandbox.url, "ida_synth").get(path).json()["Poor (P)"]["currency"] == "SEK"


def test_shipping_is_known_to_signed_in_people_only(sandbox, discogs):
    path = f"{sandbox.url}/discogs/users/needle_and_thread/inventory?per_page=100"
    anonymous = discogs.get(path, timeout=10).json()["listings"]
    assert all(row["shipping_price"] == {} for row in anonymous)
    person = discogs_grant(sandbox.url, "nuria_bcn")
    known = [
        row["shipping_price"]
        for name in ("surco_abierto", "rillenreich", "leeds_wax", "mesa_records")
        for row in person.get(f"{sandbox.url}/discogs/users/{name}/inventory").json()["listings"]
    ]
    assert {} in known
    assert any(known)


def test_collection_holds_doubles_and_releases_without_master(sandbox):
    person = discogs_grant(sandbox.url, "nuria_bcn")
    person.base = f"{sandbox.url}/discogs"
    path = "/users/nuria_bcn/collection/folders/0/releases"
    rows, items = all_rows(person, path, "releases", per_page=100)
    assert len(rows) == items == 214
    assert len({row["instance_id"] for row in rows}) == 214
    assert len({row["id"] for row in rows}) == 212
    assert sum(not row["basic_information"]["master_id"] for row in rows) == 2
    folders = get(person, "/users/nuria_bcn/collection/folders").json()["folders"]
    counts = {folder["id"]: folder["count"] for folder in folders}
    assert counts[0] == sum(count for number, count in counts.items() if number)


def test_private_folder_is_403_for_others(discogs):
    answer = get(discogs, "/users/nuria_bcn/collection/folders/1/releases")
    assert answer.status_code == 403


def test_collection_value_is_money_as_text(sandbox):
    person = discogs_grant(sandbox.url, "nuria_bcn")
    body = person.get(f"{sandbox.url}/discogs/users/nuria_bcn/collection/value").json()
    assert all(body[name].startswith("€") for name in ("minimum", "median", "maximum"))


def test_want_is_put_edited_and_deleted(sandbox, discogs):
    person = discogs_grant(sandbox.url, "nuria_bcn")
    release = get(discogs, "/users/surco_abierto/inventory").json()["listings"][0]["release"]["id"]
    path = f"{sandbox.url}/discogs/users/nuria_bcn/wants"
    before = person.get(path).json()["pagination"]["items"]
    assert person.put(f"{path}/{release}").status_code == 201
    assert person.get(path).json()["pagination"]["items"] == before + 1
    assert person.post(f"{path}/{release}?rating=4").json()["rating"] == 4
    assert person.delete(f"{path}/{release}").status_code == 204
    assert person.delete(f"{path}/{release}").status_code == 404
    assert discogs.put(f"{path}/{release}", timeout=5).status_code == 403


def test_copy_is_added_and_removed(sandbox, discogs):
    person = discogs_grant(sandbox.url, "ida_synth")
    release = get(discogs, "/users/surco_abierto/inventory").json()["listings"][0]["release"]["id"]
    path = f"{sandbox.url}/discogs/users/ida_synth/collection/folders/1/releases/{release}"
    first, second = (person.post(path).json()["instance_id"] for _ in range(2))
    assert first != second
    assert person.delete(f"{path}/instances/{first}").status_code == 204
    kept = person.get(f"{sandbox.url}/discogs/users/ida_synth/collection/releases/{release}")
    assert [row["instance_id"] for row in kept.json()["releases"]] == [second]


def test_barcode_search_finds_its_release(sandbox, discogs):
    number = master_id(discogs, "nevermind")
    rows, _ = all_rows(discogs, f"/masters/{number}/versions", "versions", per_page=100)
    for row in rows:
        release = get(discogs, f"/releases/{row['id']}").json()
        codes = [one["value"] for one in release["identifiers"] if one["type"] == "Barcode"]
        if codes:
            break
    found = get(discogs, "/database/search", type="release", barcode=codes[0]).json()["results"]
    assert [hit["id"] for hit in found] == [row["id"]]


def test_www_pages_say_what_a_person_would_see(sandbox, discogs):
    number = master_id(discogs, "the dark side of the moon")
    page = session().get(f"{sandbox.url}/discogs-www/sell/list?master_id={number}", timeout=10)
    assert "copies for sale, cheapest first" in page.text
    assert "Sandbox: stands in for www.discogs.com" in page.text
