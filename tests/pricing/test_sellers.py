"""Sellers whom people follow: pasted names, stock read page by page, wants counted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pricing.models import AlbumBestPrice, FollowedSeller, Quote, Seller, Shop
from pricing.sellers import queries, services
from pricing.sellers.names import read_names
from pricing.services import rebuild_best_prices
from pricing.viewer import viewer_for
from sandbox import shop_feeds
from sandbox.market import load_market
from tests.factories import make_album, make_person, make_release, make_want
from tests.pricing.reading import words
from tests.pricing.test_providers_shops import make_shop
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import budget
from vinyl.upstreams.door import forget_everything

SMALL = min(load_market().sellers, key=lambda one: one.items)
HTMX = {"HX-Request": "true"}


def stock_in_catalogue(number=3):
    """Releases here of the first places of the small seller's stock."""
    market = load_market()
    found = []
    for place in range(number):
        offer = market.offer(SMALL, place)
        album = make_album(offer.album.title, offer.album.credit)
        found.append(make_release(album, discogs_id=offer.release.id))
    return found


def test_names_are_read_from_lines_commas_and_addresses():
    text = """surco_abierto, @Leeds_Wax ; leeds_wax
    https://www.discogs.com/seller/cara_b_discos/profile
    discogs.com/user/mizu.records
    https://www.discogs.com/release/1
    ¿qué? Disco Vivo"""
    found = read_names(text, {"disco vivo": "disco-vivo"})
    assert found.names == ("surco_abierto", "Leeds_Wax", "cara_b_discos", "mizu.records")
    assert found.unclear == ("https://www.discogs.com/release/1", "¿qué? Disco Vivo")
    named = read_names("Blue, Green & Co", {"blue, green & co": "blue"})
    assert (named.names, named.shops) == ((), ("blue",))
    assert read_names("Disco Vivo\nx", {"disco vivo": "disco-vivo"}).shops == ("disco-vivo",)
    assert len(read_names(",".join(f"n{n}" for n in range(60)), {}).names) == 50


def test_a_stock_is_read_in_the_background_and_wants_are_counted(sandbox, person):
    first, second, third = stock_in_catalogue()
    make_want(person, release=first)
    make_want(person, album=second.album)
    make_want(make_person(), release=third)
    assert services.follow(person, SMALL.username).added == 1
    job = Job.objects.get(kind=services.READ)
    assert (job.queue, job.owner) == (Job.Queue.SYNC, person)
    run_pending_jobs([services.READ])
    seller = Seller.objects.get()
    assert (seller.state, seller.username) == ("read", SMALL.username)
    assert seller.items_read == seller.items_total == SMALL.items
    assert sandbox.asked("discogs", f"/users/{SMALL.username}/inventory") == -(-SMALL.items // 100)
    quotes = Quote.objects.filter(source="discogs:stock")
    assert {one.release_id for one in quotes} >= {first.pk, second.pk, third.pk}
    assert set(quotes.values_list("shipping", flat=True)) == {None}
    poor = viewer_for(person)
    person.least_grade = "P"
    (line,) = queries.sellers_of(person, viewer_for(person))
    assert line.wants == 2
    assert poor.least_grade == "VG+"
    assert AlbumBestPrice.objects.filter(quote__in=quotes).exists()
    assert rebuild_best_prices() == 0


def test_what_was_sold_goes_with_the_next_reading(sandbox, person):
    stock_in_catalogue(2)
    services.follow(person, SMALL.username)
    run_pending_jobs([services.READ])
    kept, sold = Quote.objects.filter(source="discogs:stock").order_by("pk")
    sandbox.offer(listing=int(sold.key.partition(":")[2]), status="Sold")
    forget_everything()
    services.read_stock(Seller.objects.get())
    run_pending_jobs([services.READ])
    assert [one.pk for one in Quote.objects.filter(source="discogs:stock")] == [kept.pk]


def test_a_page_of_stock_without_its_copies_sells_nothing(sandbox, person):
    stock_in_catalogue(2)
    services.follow(person, SMALL.username)
    run_pending_jobs([services.READ])
    before = set(Quote.objects.values_list("pk", flat=True))
    assert before
    forget_everything()
    sandbox.fault("discogs", "empty", f"/users/{SMALL.username}/inventory")
    services.read_stock(Seller.objects.get())
    run_pending_jobs([services.READ])
    assert set(Quote.objects.values_list("pk", flat=True)) == before
    assert Seller.objects.get().state == Seller.State.FAILED


def test_a_reading_that_broke_off_goes_on_at_its_page(sandbox, person):
    services.follow(person, SMALL.username)
    job = Job.objects.get(kind=services.READ)
    sandbox.fault("discogs", "500html", f"/users/{SMALL.username}/inventory")
    run_pending_jobs([services.READ])
    job.refresh_from_db()
    assert job.is_active
    sandbox.clear()
    budget.forget("discogs")
    forget_everything()
    Job.objects.filter(pk=job.pk).update(
        not_before=None,
        checkpoint={
            "order": "asc", "page": 2, "read": 100, "known": 0, "total": SMALL.items,
            "capped": False, "newest": "", "since": timezone.now().isoformat(),
        },
    )  # fmt: skip
    run_pending_jobs([services.READ])
    asked = [one["path"] for one in sandbox.counters()["requests"] if one["status"] == 200]
    assert len([path for path in asked if "inventory" in path]) == -(-SMALL.items // 100) - 1
    assert Seller.objects.get().items_read == SMALL.items


def test_a_stock_beyond_the_cap_is_read_from_both_ends(sandbox, person):
    big = next(one for one in load_market().sellers if one.items == 10_400)
    services.follow(person, big.username)
    job = Job.objects.get(kind=services.READ)
    offer = load_market().offer(big, 9_899)
    boundary = timezone.now() - timedelta(minutes=offer.minutes_ago)
    Job.objects.filter(pk=job.pk).update(
        checkpoint={
            "order": "asc", "page": 100, "read": 9_900, "known": 0, "total": 10_400,
            "capped": False, "newest": boundary.isoformat(), "since": timezone.now().isoformat(),
        },
    )  # fmt: skip
    run_pending_jobs([services.READ])
    seller = Seller.objects.get()
    assert (seller.state, seller.capped) == ("read", False)
    assert abs(seller.items_read - 10_400) <= 2
    pages = [one["path"] for one in sandbox.counters()["requests"] if "inventory" in one["path"]]
    assert len(pages) == 6  # the last of one end, five of the other


def test_a_name_that_nobody_has_is_said(sandbox, person, client):
    services.follow(person, "nobody-of-this-name")
    run_pending_jobs([services.READ])
    assert Seller.objects.get().state == "unknown"
    client.force_login(person)
    page = client.get(reverse("pricing:sellers")).content.decode()
    assert "Discogs knows no seller of this name." in page


def test_favourites_are_read_first_and_forgotten_sellers_go(person):
    for name in ("a-seller", "b-seller", "nobodys"):
        seller = Seller.objects.create(username=name, items_total=100)
        if name != "nobodys":
            FollowedSeller.objects.create(user=person, seller=seller, favourite=name == "b-seller")
    jobs = services.read_due()
    names = dict(Seller.objects.values_list("pk", "username"))
    assert [names[job.payload["seller_id"]] for job in jobs] == ["b-seller", "a-seller"]
    Seller.objects.update(read_at=timezone.now())
    assert services.read_due() == []


def test_a_round_plans_no_more_pages_than_its_share(person):
    for number in range(9):
        seller = Seller.objects.create(username=f"s{number}", items_total=9_900)
        FollowedSeller.objects.create(user=person, seller=seller)
    assert len(services.read_due()) == services.round_pages() // 99


def test_the_page_adds_favours_removes_and_takes_back(client, person):
    client.force_login(person)
    assert "No sellers yet" in client.get(reverse("pricing:sellers")).content.decode()
    answer = client.post(reverse("pricing:sellers_follow"), {"names": "leeds_wax"}, follow=True)
    assert "1 seller added" in answer.content.decode()
    followed = FollowedSeller.objects.get()
    client.post(reverse("pricing:seller_favourite", args=[followed.pk]), {"on": "1"})
    followed.refresh_from_db()
    assert followed.favourite
    answer = client.post(reverse("pricing:seller_remove", args=[followed.pk]))
    assert not FollowedSeller.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "leeds_wax removed." in page
    token = page.partition('name="removed" value="')[2].partition('"')[0]
    client.post(reverse("pricing:sellers_undo"), {"removed": token})
    assert FollowedSeller.objects.get().favourite
    client.force_login(make_person())
    again = FollowedSeller.objects.get()
    assert client.get(reverse("pricing:seller", args=[again.pk])).status_code == 404
    assert client.post(reverse("pricing:sellers_undo"), {"removed": token}).status_code == 404


def test_a_name_with_blanks_is_a_shops_or_none_and_stays_in_the_field(client, person):
    make_shop(shop_feeds.WOO, "woocommerce")
    shop = Shop.objects.exclude(slug=shop_feeds.WOO).filter(name__contains=" ").first()
    read = Shop.objects.get(slug=shop_feeds.WOO).name
    client.force_login(person)
    text = f"{read}\n{shop.name}\nsome body, leeds_wax"
    page = client.post(reverse("pricing:sellers_follow"), {"names": text}, follow=True)
    assert set(Seller.objects.values_list("username", flat=True)) == {read, "leeds_wax"}
    told = page.content.decode()
    assert "No seller&#x27;s name: “some body”." in told
    assert f"Shops whose stock this site does not read: {shop.name}." in told
    assert ">some body</textarea>" in told


def test_a_seller_without_stock_holds_none_of_the_wants(person):
    empty = Seller.objects.create(
        username="empty", state="read", read_at=timezone.now(), items_total=0
    )
    unread = Seller.objects.create(username="unread")
    for seller in (empty, unread):
        FollowedSeller.objects.create(user=person, seller=seller)
    lines = queries.sellers_of(person, viewer_for(person))
    assert {one.seller.username: one.wants for one in lines} == {"empty": 0, "unread": None}


def test_where_a_seller_ships_from_is_said_in_the_pages_language(client, person):
    seller = Seller.objects.create(
        username="north", country="Germany", state="read", items_read=3, read_at=timezone.now()
    )
    FollowedSeller.objects.create(user=person, seller=seller)
    client.force_login(person)
    assert "Germany, 3 of" in client.get(reverse("pricing:sellers")).content.decode()
    page = client.get(reverse("pricing:sellers"), headers={"Accept-Language": "es"})
    assert "Alemania, 3 de" in page.content.decode()


@pytest.mark.parametrize(
    ("currency", "told"),
    [("JPY", "orders from ¥1,500"), ("EUR", "orders from €1,500.00"), ("", "")],
)
def test_a_sellers_least_order_is_money_of_its_currency(client, person, currency, told):
    seller = Seller.objects.create(
        username="east", country="Japan", state="read", items_read=3, read_at=timezone.now(),
        rating=99, ratings=7, currency=currency, min_order=1500,
    )  # fmt: skip
    FollowedSeller.objects.create(user=person, seller=seller)
    client.force_login(person)
    page = words(client.get(reverse("pricing:sellers")))
    assert told in page
    assert bool(told) == ("orders from" in page)


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_takes_as_many_queries_for_four_sellers_as_for_one(
    client, person, django_assert_num_queries, count
):
    for number in range(count):
        seller = Seller.objects.create(username=f"s{number}", state="read", items_read=3)
        FollowedSeller.objects.create(user=person, seller=seller)
    viewer = viewer_for(person)
    with django_assert_num_queries(2):
        assert len(queries.sellers_of(person, viewer)) == count


def test_what_is_too_old_to_be_shown_is_withheld(person, settings):
    settings.UPSTREAMS = "real"
    seller = Seller.objects.create(
        username="old", state="read", items_read=5, rating="99.1",
        read_at=timezone.now() - timedelta(hours=7),
    )  # fmt: skip
    FollowedSeller.objects.create(user=person, seller=seller)
    (line,) = queries.sellers_of(person, viewer_for(person))
    assert (line.wants, line.too_old) == (None, True)
