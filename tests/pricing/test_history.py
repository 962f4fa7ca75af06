"""What prices were: written as they come, few rows, and told honestly."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing import history, services
from pricing.alerts import set_alert
from pricing.history_chart import NARROW, WIDE, Dot, axis, chart
from pricing.history_queries import price_story
from pricing.models import PriceHistory
from pricing.pages.history import apart, limit_of
from pricing.providers.base import FoundQuote, Part
from pricing.viewer import viewer_for
from tests.factories import make_album, make_person, make_release, make_want
from tests.pricing.reading import words
from vinyl.money import Money

TODAY = date(2026, 11, 20)


def at(day, hour=12):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def observe(album, amounts, day, *, grade="NM", release=None, source="discogs", hour=12, **more):
    """Everything that a source tells of an album that day: offers 0, 1, 2 at these prices."""
    found = tuple(
        FoundQuote(
            key=f"{album.pk}:{grade}:{number}", kind="offer", item=Money(Decimal(amount), "EUR"),
            grade=grade, release_id=None if release is None else release.pk, **more,
        )
        for number, amount in enumerate(amounts)
    )  # fmt: skip
    about = (None if release is None else release.pk,)
    services.record_quotes(
        source=source, album_id=album.pk, territory="", part=Part(found, about=about),
        observed_at=at(day, hour),
    )  # fmt: skip


def rows(album):
    return [
        (row.first_day, row.last_day, row.days, row.prices)
        for row in PriceHistory.objects.filter(album_id=album.pk).order_by("first_day", "grade")
    ]


def story(album, **asked):
    return price_story(**({"album_id": album.pk, "today": TODAY} | asked))


@pytest.mark.django_db
def test_a_row_is_written_only_when_a_price_changes():
    album, day = make_album(), TODAY - timedelta(days=10)
    observe(album, ["20.00", "30.00"], day)
    observe(album, ["30.00", "20.00"], day + timedelta(days=1))
    observe(album, ["20.00", "30.00"], day + timedelta(days=4))
    observe(album, ["18.00", "30.00"], day + timedelta(days=5))
    assert rows(album) == [
        (day, day + timedelta(days=4), 3, [2000, 3000]),
        (day + timedelta(days=5), day + timedelta(days=5), 1, [1800, 3000]),
    ]


@pytest.mark.django_db
def test_a_price_that_changes_within_a_day_counts_as_it_was_last():
    album, day = make_album(), TODAY - timedelta(days=10)
    observe(album, ["20.00"], day)
    observe(album, ["20.00"], day + timedelta(days=1), hour=8)
    observe(album, ["25.00"], day + timedelta(days=1), hour=12)
    observe(album, ["26.00"], day + timedelta(days=1), hour=16)
    assert rows(album) == [
        (day, day, 1, [2000]),
        (day + timedelta(days=1), day + timedelta(days=1), 1, [2600]),
    ]


@pytest.mark.django_db
def test_after_a_week_without_a_sight_a_new_row_begins_and_the_time_between_is_a_gap():
    album, day = make_album(), TODAY - timedelta(days=60)
    observe(album, ["20.00"], day)
    observe(album, ["20.00"], day + timedelta(days=7))
    observe(album, ["20.00"], day + timedelta(days=15))
    assert [row[:2] for row in rows(album)] == [
        (day, day + timedelta(days=7)),
        (day + timedelta(days=15), day + timedelta(days=15)),
    ]
    told = story(album)
    assert told.gaps == ((day + timedelta(days=7), day + timedelta(days=15)),)
    assert (told.days, told.observations) == (3, 3)


@pytest.mark.django_db
def test_days_between_two_sights_are_no_observations():
    album, pressing = make_album(), make_album()
    for back in (14, 7, 0):
        observe(album, ["20.00", "30.00"], TODAY - timedelta(days=back))
    told = story(album)
    assert (told.days, told.observations, told.enough, told.cheaper_than) == (3, 6, False, None)
    assert [(one.last, one.count) for one in told.buckets] == [
        (TODAY - timedelta(days=back), 2) for back in (14, 7, 0)
    ]
    assert told.gaps == () and len(rows(album)) == 1
    # Twice on two days and once more: what is taken back leaves no sight behind.
    for back, hour, amount in ((3, 9, "20"), (2, 9, "20"), (0, 9, "20"), (0, 11, "25")):
        observe(pressing, [amount], TODAY - timedelta(days=back), hour=hour)
    told = story(pressing)
    assert (told.days, told.observations, told.now) == (3, 3, 2500)


@pytest.mark.django_db
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=1, max_size=12))
def test_days_and_observations_are_those_that_were_seen_before_and_after_weeks(told):
    album = make_album()
    pressings = [make_release(album), make_release(album)]
    seen = {(TODAY - timedelta(days=back), which) for back, which in told}
    for day, which in sorted(seen):
        observe(album, ["20.00"], day, release=pressings[which])
    days = {day for day, _which in seen}
    both = story(album)
    assert (both.days, both.observations) == (len(days), len(seen))
    later = {"today": TODAY + timedelta(days=400), "asked": "all"}
    history.roll_up(later["today"])
    weeks = story(album, **later)
    assert sum(one.count for one in weeks.buckets) == len(seen)
    assert {one.last for one in weeks.buckets} <= days


@pytest.mark.django_db
def test_of_rows_of_before_the_days_that_are_known_count_as_seen():
    sights = import_module("pricing.migrations.0023_past_sights_of_history")
    album = make_album()
    first = date(2026, 3, 2)
    told = [(9, 2, None), (9, 3, 4), (3, 4, 2), (4, 3, 1)]  # last day, days, last but one, after it
    for number, (last, days, before) in enumerate(told):
        PriceHistory.objects.create(
            album_id=album.pk, source="discogs", grade=f"G{number}", first_day=first, count=1,
            last_day=first + timedelta(days=last), days=days, prices=[100],
            day_before=None if before is None else first + timedelta(days=before),
        )  # fmt: skip
    PriceHistory.objects.filter(grade="G3").update(seen=[0, 2, 4])  # noted since: stays
    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(sights._KNOWN)
        seen = PriceHistory.objects.order_by("grade").values_list("seen", flat=True)
        assert list(seen) == [[0, 9], [0, 4, 9], None, [0, 2, 4]]


@pytest.mark.django_db
def test_an_album_is_compared_by_the_pressings_that_were_asked_about_both_times():
    """That more pressings are asked about makes nothing cheaper, and fewer nothing dearer."""
    album = make_album()
    dear, cheap, new = (make_release(album) for _ in range(3))
    for back in range(20, 0, -1):
        day = TODAY - timedelta(days=back)
        observe(album, ["22.90"], day, release=dear)
        if back > 10:
            observe(album, ["12.00"], day, release=cheap)
    observe(album, ["22.90"], TODAY, release=dear)
    observe(album, ["11.95"], TODAY, release=new)
    told = story(album)
    assert (told.now, told.compared_now, told.compared, told.cheaper_than) == (1195, 2290, 21, 0)
    observe(album, ["11.00"], TODAY, release=cheap)
    assert story(album).cheaper_than == 50  # on the ten days that knew its price
    only_new = story(album, release_id=new.pk)
    assert (only_new.compared, only_new.comparable, only_new.cheaper_than) == (1, 1, None)


@pytest.mark.django_db
def test_what_is_called_cheap_is_the_price_that_was_compared(client):
    """The cheapest may be a pressing that was never seen before: the year says nothing of it."""
    album = make_album()
    known, new = make_release(album), make_release(album)
    today = timezone.now().date()
    for back in range(20, 0, -1):
        dearer = "30.00" if back > 10 else "20.00"
        observe(album, [dearer], today - timedelta(days=back), release=known)
    observe(album, ["22.90"], today, release=known)
    observe(album, ["5.00"], today, release=new)
    page = words(client.get(reverse("pricing:album", args=[album.pk])))
    assert "Cheaper than 50% of the last year: €22.90 now." in page
    assert "The least is €5.00, of a pressing whose past nobody saw here." in page
    alone = words(client.get(reverse("pricing:release", args=[known.pk])))
    assert "Cheaper than 50% of the last year: €22.90 now." in alone
    assert "The least is" not in alone


@pytest.mark.django_db
def test_without_enough_days_to_compare_with_the_page_says_so(client):
    album = make_album()
    old, new = make_release(album), make_release(album)
    today = timezone.now().date()
    for back in range(20, 10, -1):
        observe(album, ["22.90"], today - timedelta(days=back), release=old)
    observe(album, ["11.95"], today, release=new)
    page = client.get(reverse("pricing:album", args=[album.pk])).content.decode()
    assert "Too little data to compare: prices of 1 day" in page
    assert "11 own observations on 11 days" in page


@pytest.mark.django_db
def test_series_are_kept_by_pressing_and_condition():
    album = make_album()
    one, two = make_release(album), make_release(album)
    observe(album, ["20.00"], TODAY, release=one, grade="NM")
    observe(album, ["12.00"], TODAY, release=one, grade="G")
    observe(album, ["40.00"], TODAY, release=two, grade="")
    assert PriceHistory.objects.count() == 3
    assert story(album).buckets[0].low == 1200
    assert story(album, least_grade="VG+").buckets[0].low == 2000
    assert story(album, release_id=two.pk).buckets[0].low == 4000
    assert story(album, grade="G").buckets[0].median == 1200
    assert story(album).grades == ("NM", "G")


@pytest.mark.django_db
def test_bids_and_prices_in_doubt_are_no_observations():
    album = make_album()
    observe(album, ["20", "21", "22", "23", "24", "1.00", "999"], TODAY)
    assert rows(album)[0][3] == [2000, 2100, 2200, 2300, 2400]
    observe(album, ["3.00"], TODAY, grade="VG", is_auction=True)
    assert PriceHistory.objects.count() == 1


@pytest.mark.django_db
def test_of_many_prices_a_row_keeps_quantiles_with_both_ends():
    album = make_album()
    observe(album, [str(10 + number) for number in range(40)], TODAY)
    row = PriceHistory.objects.get()
    assert (row.count, len(row.prices), row.prices[0], row.prices[-1]) == (40, 11, 1000, 4900)
    assert story(album).buckets[0].count == 40


@pytest.mark.django_db
def test_an_offer_seen_from_two_territories_is_one_price():
    album = make_album()
    for territory in ("ES", "DE"):
        found = FoundQuote(
            key=f"1:{territory}", kind="offer", item=Money(Decimal(20), "EUR"), grade="NM",
            url="https://www.ebay.es/itm/1", seller_country="DE",
        )  # fmt: skip
        services.record_quotes(
            source="ebay", album_id=album.pk, territory=territory,
            part=Part((found,), about=(None,)), observed_at=at(TODAY),
        )  # fmt: skip
    assert rows(album) == [(TODAY, TODAY, 1, [2000])]


@pytest.mark.django_db
def test_cheaper_than_says_on_how_many_days_everything_was_dearer():
    album = make_album()
    for back in range(20, 0, -1):
        observe(album, [f"{30 if back % 4 else 20}.00"], TODAY - timedelta(days=back))
    observe(album, ["25.00"], TODAY)
    told = story(album)
    assert (told.days, told.now, told.cheaper_than) == (21, 2500, 75)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "enough"), [(13, False), (14, True)])
def test_below_fourteen_days_there_is_too_little_data(days, enough):
    album = make_album()
    for back in reversed(range(days)):
        observe(album, [f"{20 + back}.00"], TODAY - timedelta(days=back))
    told = story(album)
    assert (told.days, told.enough, told.cheaper_than) == (days, enough, 100 if enough else None)


@pytest.mark.django_db
def test_what_was_not_seen_for_a_week_is_not_compared():
    album = make_album()
    for back in range(40, 20, -1):
        observe(album, [f"{back}.00"], TODAY - timedelta(days=back))
    told = story(album)
    assert told.enough
    assert (told.now, told.cheaper_than) == (None, None)


def past(album, first, last, prices, **more):
    return PriceHistory.objects.create(
        **{
            "album_id": album.pk, "source": "discogs", "grade": "NM", "first_day": first,
            "last_day": last, "days": (last - first).days + 1, "count": len(prices),
            "prices": prices,
        } | more
    )  # fmt: skip


@pytest.mark.django_db
def test_after_a_year_days_become_weeks():
    album, monday = make_album(), date(2025, 6, 2)
    for back in range(14):
        day = monday + timedelta(days=back)
        past(album, day, day, [1000 + back * 100, 3000])
    lasting = past(album, date(2025, 5, 1), date(2025, 5, 28), [900])
    recent = past(album, TODAY - timedelta(days=30), TODAY - timedelta(days=30), [800])
    before = price_story(album_id=album.pk, today=TODAY, asked="all")
    assert history.roll_up(TODAY) == 12
    weeks = PriceHistory.objects.filter(weekly=True).exclude(pk=lasting.pk).order_by("first_day")
    assert [(row.first_day, row.last_day, row.days, row.prices[0]) for row in weeks] == [
        (monday, monday + timedelta(days=6), 7, 1000),
        (monday + timedelta(days=7), monday + timedelta(days=13), 7, 1700),
    ]
    recent.refresh_from_db()
    assert not recent.weekly
    after = price_story(album_id=album.pk, today=TODAY, asked="all")
    assert sum(one.count for one in after.buckets) == sum(one.count for one in before.buckets)
    assert min(one.low for one in after.buckets) == min(one.low for one in before.buckets)
    assert history.roll_up(TODAY) == 0


@pytest.mark.django_db
def test_in_real_mode_only_what_may_be_kept_is_kept_and_the_setting_is_named(settings):
    album = make_album()
    observe(album, ["20.00"], TODAY)
    assert PriceHistory.objects.exists()
    settings.UPSTREAMS, settings.DISCOGS_KEEP_PRICE_HISTORY = "real", False
    settings.EBAY_CONSENT = False
    told = story(album)
    assert told.buckets == ()
    assert dict(told.off) == {
        "Discogs": "DISCOGS_KEEP_PRICE_HISTORY", "eBay": "EBAY_CONSENT",
    }  # fmt: skip
    observe(album, ["21.00"], TODAY, grade="VG")
    assert PriceHistory.objects.count() == 1
    history.roll_up(TODAY)
    assert not PriceHistory.objects.exists()
    page = Client().get(reverse("pricing:album", args=[album.pk])).content.decode()
    assert "DISCOGS_KEEP_PRICE_HISTORY" in page


@pytest.mark.django_db
def test_a_merged_albums_past_is_the_standing_ones(django_assert_num_queries):
    gone, stands = make_album("Tago Mago LP"), make_album("Tago Mago")
    observe(gone, ["20.00"], TODAY)
    gone.merged_into = stands
    gone.save()
    with django_assert_num_queries(1):
        assert story(stands).buckets[0].low == 2000


@pytest.mark.django_db
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_last_price_of_each_day_is_what_is_remembered(told):
    """Whatever came in whichever order within its day."""
    album, said = make_album(), {}
    for hour, (back, euros) in enumerate(sorted(told, key=lambda one: -one[0])):
        day = TODAY - timedelta(days=back)
        observe(album, [f"{20 + euros}.00"], day, hour=hour)
        said[day] = 2000 + euros * 100
    kept = {}
    for row in PriceHistory.objects.filter(album_id=album.pk):
        day = row.first_day
        while day <= row.last_day:
            assert day not in kept
            kept[day] = row.prices[0]
            day += timedelta(days=1)
    assert {day: kept[day] for day in said} == said
    assert sum(row.days for row in PriceHistory.objects.filter(album_id=album.pk)) == len(said)


@given(least=st.floats(0.01, 5000, allow_nan=False), more=st.floats(0, 5000, allow_nan=False))
def test_the_axis_has_round_ends_around_the_prices(least, more):
    start, end, step = axis(least, least + more)
    assert start <= least + 1e-6
    assert end >= least + more - 1e-6
    assert 1 <= round((end - start) / step) <= 5


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_line_breaks_at_a_gap(size):
    start = TODAY - timedelta(days=30)
    days = [start, start + timedelta(days=1), start + timedelta(days=20), TODAY]
    gap = ((days[1], days[2]),)
    drawn = chart([Dot(day, 20, 30) for day in days], gap, start=start, end=TODAY, size=size)
    assert drawn.low.count("M") == 2
    assert drawn.last[0] == drawn.right
    assert drawn.gaps[0].x > drawn.left


@pytest.mark.django_db
def test_the_album_page_tells_the_year_with_a_table():
    album, today = make_album(), datetime.now(UTC).date()
    for back in range(30):
        day = today - timedelta(days=back)
        past(album, day, day, [2000 + back * 10, 4000])
    page = Client().get(reverse("pricing:album", args=[album.pk]), {"range": "3m"})
    text = page.content.decode()
    assert "Cheaper than 100%" in text
    assert text.count("<tr data-day=") == 30
    assert 'data-low="20.00"' in text
    assert text.count("<svg class=") >= 2
    assert "style=" not in text[text.index('id="history"') : text.index('id="pressings"')]


@pytest.mark.django_db
def test_the_chart_draws_the_price_that_its_reader_waits_for(client):
    album, today = make_album(), datetime.now(UTC).date()
    release = make_release(album)
    for back in range(20):
        day = today - timedelta(days=back)
        past(album, day, day, [2000 + back * 10, 4000])
    person = make_person()
    client.force_login(person)
    address = reverse("pricing:album", args=[album.pk])
    assert "Your limit" not in client.get(address).content.decode()
    set_alert(make_want(person, album), below=Decimal(15), currency="EUR")
    set_alert(make_want(person, release=release), below=Decimal(9), currency="EUR")
    set_alert(make_want(make_person(), album), below=Decimal(5), currency="EUR")
    text = client.get(address).content.decode()
    assert text.count('<path class="go" d="M44 ') == 2, "in both sizes"
    assert re.search(r"Your limit:\s+\S*15\.00", text)
    assert "Your limit" not in Client().get(address).content.decode()
    viewer = viewer_for(person)
    of_pressing = limit_of(viewer, album_id=album.pk, release_id=release.pk)
    assert of_pressing == Money(Decimal(9), "EUR")
    assert limit_of(viewer, album_id=album.pk) == Money(Decimal(15), "EUR")


@given(st.lists(st.floats(14, 200), min_size=1, max_size=3).map(sorted))
def test_the_names_of_lines_never_stand_on_each_other(places):
    found = apart(places, 200.0)
    assert all(b - a >= 14.999 for a, b in zip(found, found[1:], strict=False))
    assert found[-1] <= 200


@pytest.mark.django_db
def test_the_sandboxs_albums_get_a_past_that_is_marked_and_leads_to_todays_prices():
    album, today = make_album(), datetime.now(UTC).date()
    release = make_release(album)
    assert services.simulate_pasts([album.pk], 0) == (None, 1)
    observe(album, ["20.00", "30.00"], today, release=release, hour=0)
    written, tries = services.simulate_pasts([album.pk], 1)
    assert (written > 40, tries) == (True, 2)
    assert services.simulate_pasts([album.pk], 2) == (0, 3)
    made = PriceHistory.objects.filter(generated=True)
    assert made.count() == written
    assert not made.filter(last_day__gte=today).exists()
    told = price_story(album_id=album.pk, release_id=release.pk, today=today)
    assert told.generated
    assert told.enough
    assert told.gaps
    assert 1200 < min(one.low for one in told.buckets) < 3500


@pytest.mark.django_db
def test_nothing_is_made_up_outside_of_the_sandbox(settings):
    album = make_album()
    observe(album, ["20.00"], datetime.now(UTC).date(), hour=0)
    settings.SANDBOX = False
    assert services.simulate_pasts([album.pk], 0) == (0, 0)
    assert not PriceHistory.objects.filter(generated=True).exists()
