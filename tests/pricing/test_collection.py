"""What a shelf is worth over time, what moved it, its doubles, the forms of wants and copies."""

import re
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Owned, Want
from pricing.collection import collection_story, note_day
from pricing.models import CollectionDay, CopyPrice, PriceAlert, Quote
from tests.factories import (
    make_album,
    make_copy,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from vinyl.jobs.services import enqueue, run_pending_jobs

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


def owned(person, *amounts, title="Remain in Light", **more):
    album = make_album(title)
    release = make_release(album)
    for amount in amounts:
        make_quote(album, release, amount=amount)
    return make_copy(person, album, release, **more)


def day_of(person, day=TODAY):
    return CollectionDay.objects.get(user=person, day=day)


def test_a_day_is_low_median_high_and_what_was_paid(person):
    owned(person, "10.00", "20.00", "60.00", paid=15, paid_currency="EUR")
    owned(person, "5.00", title="Low", paid=100, paid_currency="SEK")
    owned(person, title="Unpriced")
    note_day(person, TODAY)
    day = day_of(person)
    assert (day.copies, day.priced, day.with_median) == (3, 2, 2)
    assert (day.low_eur, day.median_eur, day.high_eur) == (15, 25, 65)
    assert day.paid_copies == 2 and 15 < day.paid_eur < 30


def test_a_day_written_twice_is_one_day(person):
    copy = owned(person, "10.00")
    note_day(person, TODAY)
    Quote.objects.update(amount_eur=12)
    note_day(person, TODAY)
    assert day_of(person).low_eur == 12
    assert CopyPrice.objects.get(copy=copy).euros == 12


def test_a_copys_own_value_is_written_only_when_it_changed(person):
    copy = owned(person, "10.00")
    for back, euros in ((4, 10), (3, 10), (2, 14), (1, 14)):
        Quote.objects.update(amount_eur=euros)
        note_day(person, TODAY - timedelta(days=back))
    found = CopyPrice.objects.filter(copy=copy).order_by("day").values_list("euros", flat=True)
    assert list(found) == [10, 14]


def test_what_moved_the_value_is_told_the_largest_first(person):
    small, large = owned(person, "10.00"), owned(person, "10.00", title="Low")
    owned(person, "10.00", title="Still")
    note_day(person, TODAY - timedelta(days=9))
    Quote.objects.filter(release=small.release).update(amount_eur=11)
    Quote.objects.filter(release=large.release).update(amount_eur=4)
    owned(person, "99.00", title="New")
    note_day(person, TODAY)
    story = collection_story(person, today=TODAY)
    assert [(one.copy_id, one.change) for one in story.movers] == [(large.pk, -6), (small.pk, 1)]
    assert story.came == 1


def test_a_copy_does_not_move_where_only_the_kind_of_figure_changed(person):
    """A source told the lowest of several copies; now the copies are known, and so their median."""
    copy = owned(person, "10.00")
    Quote.objects.update(kind=Quote.Kind.LOWEST, for_sale=3)
    note_day(person, TODAY - timedelta(days=9))
    make_quote(copy.album, copy.release, amount="40.00")
    note_day(person, TODAY - timedelta(days=5))
    found = CopyPrice.objects.order_by("day").values_list("euros", "is_median")
    assert list(found) == [(10, False), (40, True)]
    assert collection_story(person, today=TODAY).movers == ()
    # Of the lowest prices that are all there is again, those are compared.
    Quote.objects.filter(kind=Quote.Kind.OFFER).delete()
    Quote.objects.update(amount_eur=12)
    note_day(person, TODAY)
    (moved,) = collection_story(person, today=TODAY).movers
    assert (moved.before, moved.now) == (10, 12)


def test_prices_that_may_not_be_kept_are_in_no_line(person, settings):
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = settings.EBAY_CONSENT = False
    owned(person, "10.00", paid=15, paid_currency="EUR")
    note_day(person, TODAY)
    day = day_of(person)
    assert (day.copies, day.priced, day.low_eur, day.paid_eur) == (1, 0, None, 15)
    assert not CopyPrice.objects.exists()


def test_everybody_who_comes_here_is_valued_once_a_day(person):
    owned(person, "10.00")
    away = make_person()
    owned(away, "10.00", title="Low")
    type(person).objects.filter(pk=person.pk).update(last_login=timezone.now())
    make_person(last_login=timezone.now())
    enqueue("pricing.value_collections")
    (job,) = run_pending_jobs({"pricing.value_collections"})
    assert job.result == {"people": 1}
    assert list(CollectionDay.objects.values_list("user_id", flat=True)) == [person.pk]


def test_the_shelf_shows_the_line_its_table_and_what_moved_it(person, browser):
    copy = owned(person, "10.00", paid=7, paid_currency="EUR")
    today = timezone.now().date()
    note_day(person, today - timedelta(days=3))
    Quote.objects.update(amount_eur=25)
    note_day(person, today)
    page = browser.get(reverse("pricing:shelf")).content.decode()
    assert "€15.00 more" in page and "You paid €7.00 for 1 of them" in page
    assert 'class="chart-w"' in page and 'id="worth-table"' in page
    assert "What moved it" in page and copy.album.title in page
    assert browser.get(reverse("pricing:shelf") + "?range=zz").status_code == 200


def test_a_median_of_few_copies_is_not_compared_with_the_low_of_all(person, browser):
    owned(person, "10.00")
    today = timezone.now().date()
    for back, low, median, of in ((2, 2016, 18, 1), (1, 2020, 2100, 37), (0, 2030, 20, 1)):
        CollectionDay.objects.create(
            user=person, day=today - timedelta(days=back), copies=40, priced=37, with_median=of,
            low_eur=low, median_eur=median, high_eur=2400,
        )  # fmt: skip
    page = browser.get(reverse("pricing:shelf")).content.decode()
    assert "€14.00 more" in page
    assert 'data-low="2030.00" data-median="2030.00"' in page
    assert page.count("of 1 record<") == 2 and "of 37 records" not in page
    assert "The line is of their lowest prices: not all of them have a median." in page
    assert "Low and median of" not in page


# --- doubles ------------------------------------------------------------------------------


def test_doubles_are_pointed_out_with_what_to_do(person, browser):
    album = make_album()
    release, other = make_release(album), make_release(album, country="UK")
    good = make_copy(person, album, release, grade="NM")
    worse = make_copy(person, album, release, grade="VG")
    make_copy(person, album, other)
    owned(person, title="Alone")
    assert "1 album stands here twice" in browser.get(reverse("pricing:shelf")).content.decode()
    page = browser.get(reverse("pricing:doubles")).content.decode()
    assert "The same pressing more than once" in page and "Alone" not in page
    part = page.partition("The worse of the two")[0]
    assert part.rindex("VG") > part.rindex("NM"), (good, worse)
    browser.post(reverse("pricing:doubles_meant"), {"album_id": album.pk})
    assert "No doubles" in browser.get(reverse("pricing:doubles")).content.decode()
    make_copy(person, album, release)
    assert "No doubles" not in browser.get(reverse("pricing:doubles")).content.decode()


@pytest.mark.parametrize("number", [1, 4])
def test_doubles_cost_as_many_queries_with_four_as_with_one(
    person, browser, django_assert_num_queries, number
):
    for at in range(number):
        album = make_album(f"Album {at}")
        make_copy(person, album)
        make_copy(person, album)
    with django_assert_num_queries(4):
        browser.get(reverse("pricing:doubles"))


# --- forms --------------------------------------------------------------------------------


def test_a_want_is_described_on_its_page_and_the_list_says_so(person, browser):
    album = make_album()
    make_release(album, country="UK")
    want = make_want(person, album)
    address = reverse("pricing:want", args=[want.pk])
    assert 'value="UK"' in browser.get(address).content.decode()
    asked = {
        "originals_only": "on", "countries": ["UK"], "colour": "red", "least_grade": "NM",
        "max_price": "40", "currency": "EUR", "priority": "must", "notes": "with poster",
        "below": "35.50", "percent": "20",
    }  # fmt: skip
    assert browser.post(address, asked).status_code == 302
    want.refresh_from_db()
    assert (want.originals_only, want.countries, want.priority) == (True, ["UK"], "must")
    assert (want.max_price, want.currency) == (40, "EUR")
    alert = PriceAlert.objects.get()
    assert (alert.below, alert.percent) == (Decimal("35.50"), 20)
    page = browser.get(reverse("pricing:wants")).content.decode()
    for said in ("Must have", "originals only", "€40.00 at most", "NM or better", "with poster"):
        assert said in page
    browser.post(address, asked | {"below": "", "percent": "", "max_price": ""})
    assert not PriceAlert.objects.exists()
    want.refresh_from_db()
    assert (want.max_price, want.currency) == (None, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_price": "-1"},
        {"max_price": "abc"},
        {"max_price": "1e400"},
        {"currency": "XXX"},
        {"percent": "95"},
        {"least_grade": "EX"},
        {"countries": ["Atlantis"]},
        {"notes": "x" * 5001},
    ],
)
def test_what_makes_no_sense_is_told_on_the_form(person, browser, wrong):
    want = make_want(person, make_album())
    data = {"currency": "EUR", "priority": "nice"} | wrong
    assert browser.post(reverse("pricing:want", args=[want.pk]), data).status_code == 422
    want.refresh_from_db()
    assert (want.max_price, want.notes) == (None, "")


def test_each_country_of_a_want_is_a_box_to_tick(person, browser):
    album = make_album()
    for country in ("UK", "US"):
        make_release(album, country=country)
    want = make_want(person, album, countries=["UK"])
    page = browser.get(reverse("pricing:want", args=[want.pk])).text
    assert "multiple" not in page and "<legend>Only from</legend>" in page
    boxes = re.findall(r'<input type="checkbox" name="countries"[^>]*>', page)
    assert [("checked" in box) for box in boxes] == [True, False]


def test_a_removed_want_comes_back_with_its_options_and_its_alert(person, browser):
    want = make_want(person, make_album(), colour="red", least_grade="NM")
    PriceAlert.objects.create(want=want, percent=30, below="12.50", currency="EUR")
    away = browser.post(reverse("pricing:wants_remove", args=[want.pk]))
    assert not PriceAlert.objects.exists()
    token = away["Location"].partition("removed=")[2]
    browser.post(reverse("pricing:wants_undo"), {"removed": unquote(token)})
    assert Want.objects.get().colour == "red"
    alert = PriceAlert.objects.get()
    assert (alert.percent, alert.below, alert.currency) == (30, Decimal("12.50"), "EUR")


def test_a_copy_is_described_and_one_of_discogs_only_by_what_was_paid(person, browser):
    mine = owned(person)
    theirs = owned(person, title="Low", discogs_instance_id=5, grade="VG")
    data = {
        "grade": "NM", "sleeve_grade": "generic", "rating": "4", "folder": "Jazz",
        "paid": "12.00", "paid_currency": "EUR", "notes": "n",
    }  # fmt: skip
    for copy in (mine, theirs):
        browser.post(reverse("pricing:copy", args=[copy.pk]), data)
    rows = dict(Owned.objects.values_list("pk", "grade"))
    assert rows == {mine.pk: "NM", theirs.pk: "VG"}
    assert set(Owned.objects.values_list("paid", flat=True)) == {12}
    page = browser.get(reverse("pricing:shelf")).content.decode()
    assert "sleeve Generic" in page and "paid €12.00" in page
    wrong = browser.post(reverse("pricing:copy", args=[mine.pk]), data | {"rating": "9"})
    assert wrong.status_code == 422


def test_strangers_find_neither_want_nor_copy(person, browser):
    other = make_person()
    want, copy = make_want(other, make_album()), make_copy(other, make_album())
    for address in (
        reverse("pricing:want", args=[want.pk]),
        reverse("pricing:copy", args=[copy.pk]),
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"currency": "EUR"}).status_code == 404
    assert (
        browser.post(
            reverse("pricing:doubles_meant"), {"album_id": copy.album_id}
        ).status_code == 404
    )  # fmt: skip
