"""People are told when what they want costs what they hoped for: once, and not at night."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message, MessageSettings
from accounts.services import messages
from catalog.services.merging import merge_albums
from pricing import alerts, services
from pricing.models import PriceAlert, Quote
from pricing.providers.base import FoundQuote, Part
from tests.factories import make_album, make_person, make_quote, make_release, make_want
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.money import Money

pytestmark = pytest.mark.django_db
CHECK, MAIL = "pricing.check_alerts", "accounts.mail_messages"


@pytest.fixture
def person():
    found = make_person()
    EmailAddress.objects.create(user=found, email=found.email, verified=True, primary=True)
    MessageSettings.objects.create(user=found, quiet_from=time(0), quiet_until=time(0))
    return found


@pytest.fixture
def album():
    return make_album()


def alert(person, album=None, release=None, below="30.00", percent=None, **options):
    want = make_want(person, album, release, **options)
    price = None if below is None else Decimal(below)
    return alerts.set_alert(want, below=price, currency="EUR", percent=percent)


def offer(album, amount, *, release=None, shipping="0.00", **more):
    return make_quote(album, release, amount=amount, shipping=shipping, **more)


def told(person):
    return list(Message.objects.filter(user=person).order_by("pk").values_list("title", flat=True))


def reprice(quote, amount):
    amount = Decimal(amount)
    total = amount + (quote.shipping or 0)
    Quote.objects.filter(pk=quote.pk).update(
        amount=amount, amount_eur=amount, total_eur=None if quote.shipping is None else total
    )


def test_a_price_at_the_limit_is_told_with_what_it_is(person, album):
    alert(person, album)
    offer(album, "25.00", shipping="5.01")
    assert alerts.check_album(album.pk) == 0
    offer(album, "25.00", shipping="5.00")
    assert alerts.check_album(album.pk) == 1
    message = Message.objects.get()
    assert message.title == "Remain in Light by Talking Heads for €30.00"
    assert "Delivered to your door." in message.text and "VG+" in message.text
    assert message.url == reverse("pricing:album", args=[album.pk])


def test_what_is_delivered_for_a_known_sum_is_told_before_what_lacks_shipping(person, album):
    alert(person, album)
    offer(album, "6.00", shipping=None, key="cheap?")
    offer(album, "20.00", shipping="4.00")
    alerts.check_album(album.pk)
    assert told(person) == ["Remain in Light by Talking Heads for €24.00"]


@pytest.mark.parametrize(
    ("country", "origin", "shipping", "said"),
    [
        ("ES", "DE", None, "Shipping comes on top."),
        ("ES", "US", None, "Shipping and import charges come on top."),
        ("BR", "DE", "4.00", "Import charges come on top."),
    ],
)
def test_what_a_price_leaves_open_is_said_with_it(person, album, country, origin, shipping, said):
    person.country = country
    person.save()
    alert(person, album)
    quote = offer(album, "20.00", shipping=shipping, territory=country, seller_country=origin)
    Quote.objects.filter(pk=quote.pk).update(total_eur=None)
    alerts.check_album(album.pk)
    assert said in Message.objects.get().text


def test_an_offer_is_told_once_however_often_it_is_looked_at(person, album):
    alert(person, album)
    offer(album, "20.00")
    for _ in range(3):
        alerts.check_album(album.pk)
    assert len(told(person)) == 1


def test_two_wants_that_a_merge_made_one_are_told_by_one_of_their_alerts(person, album):
    stands, goes, later = (make_album(name) for name in ("One", "One (Album)", "One!"))
    dear = alert(person, stands, below="10.00")
    for one in (goes, later):
        alert(person, one, below="30.00")
    for other in (make_person(), make_person()):
        alert(other, goes)
    offer(stands, "20.00")
    merge_albums([goes.pk, later.pk], stands)
    assert alerts.check_album(goes.pk) == 2, "the others, who wanted one of them only"
    assert told(person) == [], "what stands asks for less"

    # Of the want that stands nothing is watched any more: the elder of the others is.
    alerts.set_alert(dear.want)
    assert alerts.check_album(stands.pk) == 1 and len(told(person)) == 1
    assert PriceAlert.objects.filter(want__user=person).count() == 2, "kept until a split"


def test_a_price_that_trembles_around_its_limit_is_one_message(person, album):
    alert(person, album)
    lowest = offer(album, "29.90", kind=Quote.Kind.LOWEST)
    for amount in ("29.90", "30.20", "29.80", "30.50", "29.95"):
        reprice(lowest, amount)
        alerts.check_album(album.pk)
    assert len(told(person)) == 1


def test_a_price_that_left_its_limit_and_came_back_is_news(person, album):
    alert(person, album)
    lowest = offer(album, "29.90", kind=Quote.Kind.LOWEST)
    for amount in ("29.90", "32.00", "29.70"):
        reprice(lowest, amount)
        alerts.check_album(album.pk)
    assert len(told(person)) == 2


def test_something_clearly_cheaper_is_told_and_something_alike_is_not(person, album):
    alert(person, album)
    for amount, messages_then in (("29.00", 1), ("28.00", 1), ("26.00", 2)):
        offer(album, amount)
        alerts.check_album(album.pk)
        assert len(told(person)) == messages_then, amount


def test_when_what_was_told_is_sold_the_next_one_is_told(person, album):
    alert(person, album)
    first = offer(album, "28.00")
    offer(album, "29.00")
    alerts.check_album(album.pk)
    first.delete()
    alerts.check_album(album.pk)
    assert len(told(person)) == 2


def test_what_the_want_leaves_out_is_not_told(person, album):
    reissue = make_release(album, year=2016, country="Germany", format="LP, Album, Reissue")
    original = make_release(album)
    alert(person, album, originals_only=True, countries=["US"], least_grade="NM")
    offer(album, "10.00", release=reissue, grade="M")
    offer(album, "10.00", release=original, grade="VG+")
    offer(album, "10.00", release=original, grade="")
    offer(album, "10.00", grade="M")
    offer(album, "10.00", release=original, grade="M", territory="SE")
    offer(album, "10.00", release=original, grade="M", doubt="low")
    assert alerts.check_album(album.pk) == 0
    offer(album, "12.00", release=original, grade="M")
    assert alerts.check_album(album.pk) == 1


def test_so_many_percent_under_the_median_is_a_matter_of_items(person, album):
    release = make_release(album)
    alert(person, release=release, below=None, percent=20)
    for amount in ("50.00", "50.00", "50.00"):
        offer(album, amount, release=release)
    offer(album, "41.00", release=release)
    assert alerts.check_album(album.pk) == 0
    offer(album, "40.00", release=release, shipping="9.00")
    assert alerts.check_album(album.pk) == 1
    assert "20% under its median of €50.00" in Message.objects.get().text


def test_without_enough_prices_there_is_no_median_to_be_under(person, album):
    alert(person, album, below=None, percent=50)
    offer(album, "50.00")
    offer(album, "1.00")
    assert alerts.check_album(album.pk) == 0


def test_recorded_prices_have_alerts_looked_at_and_only_these(person, album):
    alert(person, album)
    other = make_album("Low", "David Bowie")
    Job.objects.all().delete()
    for one in (album, other):
        found = FoundQuote(
            key=f"k{one.pk}", kind=Quote.Kind.OFFER, item=Money(Decimal(20), "EUR"),
            shipping=Money(Decimal(5), "EUR"), grade="NM", seller_country="DE",
        )  # fmt: skip
        services.record_quotes(
            source="discogs",
            album_id=one.pk,
            territory="ES",
            part=Part(about=(None,), found=(found,)),
        )
    (job,) = Job.objects.filter(kind=CHECK)
    assert job.payload == {"album_id": album.pk}
    run_pending_jobs({CHECK})
    assert told(person) == ["Remain in Light by Talking Heads for €25.00"]


def test_where_prices_may_not_be_kept_no_message_holds_one(person, album, settings):
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = False
    found = alert(person, album)
    offer(album, "20.00")
    assert alerts.check_album(album.pk) == 1
    message = Message.objects.get()
    assert "20" not in message.title + message.text + message.key.partition(":")[2][:8]
    assert "€30.00" in message.text
    found.refresh_from_db()
    assert found.told_eur is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"below": Decimal(0)},
        {"below": Decimal(-1)},
        {"below": Decimal(10), "currency": "XXX"},
        {"percent": 0},
        {"percent": 95},
    ],
)
def test_an_alert_that_makes_no_sense_is_refused(person, album, wrong):
    want = make_want(person, album)
    with pytest.raises(ValidationError):
        alerts.set_alert(want, **{"currency": "EUR"} | wrong)
    assert not PriceAlert.objects.exists()


# --- by mail ------------------------------------------------------------------------------


def test_what_waits_leaves_in_one_mail_with_a_way_out(person, client):
    for number in range(3):
        messages.tell(person, kind="price", key=str(number), title=f"Album {number} for €5")
    run_pending_jobs({MAIL}, ignore_waits=True)
    assert not mail.outbox, "what happens at once is gathered"
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    run_pending_jobs({MAIL}, ignore_waits=True)
    (sent,) = mail.outbox
    assert sent.subject == "3 messages for you"
    assert all(f"Album {number} for €5" in sent.body for number in range(3))
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way_out = sent.extra_headers["List-Unsubscribe"].strip("<>").partition("/messages")[2]
    assert client.get(f"/messages{way_out}").status_code == 200
    assert MessageSettings.objects.get(user=person).by_mail
    assert client.post(f"/messages{way_out}").status_code == 200
    assert not MessageSettings.objects.get(user=person).by_mail
    messages.tell(person, kind="price", key="later", title="Told in the site")
    run_pending_jobs({MAIL}, ignore_waits=True)
    assert len(mail.outbox) == 1


def test_a_forged_way_out_leads_nowhere(client):
    assert client.post("/messages/off/1:forged:x/").status_code == 404


@pytest.mark.parametrize(
    ("when", "zone", "leaves"),
    [
        ("2026-11-21T12:00", "Europe/Madrid", "2026-11-21T12:00"),
        ("2026-11-21T21:30", "Europe/Madrid", "2026-11-22T07:00"),
        ("2026-11-21T23:30", "Europe/Madrid", "2026-11-22T07:00"),
        ("2026-11-21T06:59", "Europe/Madrid", "2026-11-21T07:00"),
        ("2026-11-21T12:00", "America/Los_Angeles", "2026-11-21T16:00"),
        ("2026-11-21T23:00", "No/Where", "2026-11-22T08:00"),
    ],
)
def test_quiet_hours_are_by_the_persons_own_clock(when, zone, leaves):
    moment = datetime.fromisoformat(when).replace(tzinfo=UTC)
    found = messages.after_quiet(moment, time(22), time(8), zone)
    assert found == datetime.fromisoformat(leaves).replace(tzinfo=UTC)


def test_no_more_than_four_mails_leave_in_a_day(person):
    now = timezone.now()
    for number in range(4):
        messages.tell(person, kind="price", key=str(number), title="x")
        assert messages.send_waiting(person, now - timedelta(hours=number)) == 1
    how = messages.settings_of(person)
    assert messages.may_leave(person, now, how) == now + timedelta(hours=21)
    Message.objects.filter(key="3").delete()
    assert messages.may_leave(person, now, how) == now


def test_the_site_too_stops_telling_at_some_point(person):
    for number in range(messages.MESSAGES_A_DAY + 5):
        messages.tell(person, kind="price", key=str(number), title="x")
    assert Message.objects.count() == messages.MESSAGES_A_DAY


def test_an_address_that_nobody_confirmed_gets_no_mail():
    stranger = make_person()
    messages.tell(stranger, kind="price", key="1", title="x")
    assert messages.send_waiting(stranger, timezone.now()) == 0
    assert not mail.outbox and Message.objects.count() == 1


@pytest.mark.parametrize(
    "spread, said",
    [
        ("15.00", "Delivered to your door, from €14.00: what the border takes is not certain."),
        ("0.00", "Delivered to your door."),
    ],
)
def test_where_the_borders_part_is_a_range_the_message_says_both_ends(person, album, spread, said):
    levied = {
        "charge": "handling", "low": str(15 - Decimal(spread)), "high": "15.00", "currency": "EUR",
        "code": "x", "source": "", "estimate": True,
    }  # fmt: skip
    alert(person, album)
    offer(album, "10.00", shipping="4.00", total_eur="29.00", spread_eur=spread, charges=[levied])
    alerts.check_album(album.pk)
    message = Message.objects.get(user=person)
    assert "for €29.00" in message.title
    assert said in message.text
