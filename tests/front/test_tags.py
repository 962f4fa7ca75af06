"""Template tags: money, times, numbers and grades in both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from pricing.blocks import OfferRow
from vinyl.look import Score, ScorePart, evidence, score_arcs
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import grade_code

NBSP = "\N{NO-BREAK SPACE}"


def render(source, language="en", **context):
    with translation.override(language):
        return Template("{% load vinyl_tags %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("money", "language", "expected"),
    [
        (Money(Decimal("26.4"), "EUR"), "en", '<span class="money money-m"><i>€</i>26.40</span>'),
        (
            Money(Decimal("26.4"), "EUR"),
            "es",
            f'<span class="money money-m">26,40<i class="post">{NBSP}€</i></span>',
        ),
        (
            Money(Decimal("1234.5"), "EUR"),
            "en",
            '<span class="money money-m"><i>€</i>1,234.50</span>',
        ),
        (
            Money(Decimal("1234.5"), "EUR"),
            "es",
            f'<span class="money money-m">1234,50<i class="post">{NBSP}€</i></span>',
        ),
        (
            Money(Decimal("12345"), "EUR"),
            "es",
            f'<span class="money money-m">12.345,00<i class="post">{NBSP}€</i></span>',
        ),
        (Money(Decimal("1999.5"), "JPY"), "en", '<span class="money money-m"><i>¥</i>2,000</span>'),
        (
            Money(Decimal("9"), "CHF"),
            "en",
            f'<span class="money money-m"><i>CHF{NBSP}</i>9.00</span>',
        ),
    ],
)
def test_money_is_written_as_the_language_writes_it(money, language, expected):
    assert render('{% money m "m" %}', language, m=money) == expected


def test_unknown_money_is_nothing_and_never_zero():
    assert render('{% money m "l" %}|{% money_text m %}', m=None) == "|"


def test_money_in_a_sentence():
    money = Money(Decimal("0.5"), "EUR")
    assert render("{% money_text m %}", m=money) == "€0.50"
    assert render("{% money_text m %}", "es", m=money) == f"0,50{NBSP}€"


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        (41206, "en", "41,206"),
        (41206, "es", "41.206"),
        (1204, "es", "1204"),
        (0, "en", "0"),
        (None, "en", ""),
    ],
)
def test_numbers_are_grouped(value, language, expected):
    assert render("{{ n|number }}", language, n=value) == expected


@pytest.mark.parametrize(
    ("age", "english"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=2, seconds=5), "2 min ago"),
        (timedelta(hours=3, minutes=1), "3 h ago"),
        (timedelta(days=1, hours=2), "1 day ago"),
        (timedelta(days=5), "5 days ago"),
    ],
)
def test_ago_says_the_shortest_true_thing(age, english):
    assert render("{% ago t %}", t=timezone.now() - age) == english


def test_ago_of_a_clock_that_runs_ahead_is_now():
    assert render("{% ago t %}", t=timezone.now() + timedelta(minutes=3)) == "now"


def test_long_ago_is_a_date_in_the_language():
    moment = datetime(2019, 3, 9, 12, tzinfo=UTC)
    assert render("{% ago t %}", t=moment) == "9 March 2019"
    assert render("{% nearest_day t %}", "es", t=moment) == "9 de marzo de 2019"


def test_short_days_are_written_as_the_language_writes_them():
    moment = datetime(2019, 3, 9, 12, 5, tzinfo=UTC)
    clock = f"{timezone.localtime(moment).hour}:05"
    assert render("{{ t|short_time }}", t=moment) == f"9 Mar 2019 {clock}"
    assert render("{{ t|short_time }}", "es", t=moment) == f"9 mar 2019 {clock}"
    assert render("{{ t|short_day }}", "es", t=date(2019, 3, 9)) == "9 mar 2019"


def test_nearest_day_names_today_with_its_time():
    now = timezone.localtime()
    assert render("{% nearest_day t %}", t=now) == f"today at {now.hour}:{now.minute:02d}"


@pytest.mark.parametrize(
    ("grade", "code"),
    [
        ("Mint (M)", "M"),
        ("Near Mint (NM or M-)", "NM"),
        ("Very Good Plus (VG+)", "VG+"),
        ("VG", "VG"),
        ("M-", "NM"),
        ("", ""),
    ],
)
def test_grades_have_one_short_form(grade, code):
    assert grade_code(grade) == code


def test_a_grade_from_outside_is_escaped():
    assert "<b>" not in render("{% grade_chip g %}", g="<b>x</b>")


def test_evidence_is_bold_and_everything_is_escaped():
    said = evidence("You played <{album}> {count} times.", album="<i>", count=3)
    assert said == "You played &lt;<b>&lt;i&gt;</b>&gt; <b>3</b> times."


def test_arcs_are_as_long_as_their_limits_and_filled_as_earned():
    parts = (
        ScorePart("listening", "", Decimal(50), 50),
        ScorePart("taste", "", Decimal(15), 30),
        ScorePart("community", "", None, 10),
        ScorePart("price", "", Decimal(12), 10),
    )
    arcs = score_arcs(Score(Decimal(75), parts).parts)
    assert [arc.track for arc in arcs] == ["48.1 51.9", "28.1 71.9", "8.1 91.9", "8.1 91.9"]
    assert [arc.filled for arc in arcs] == [
        "48.10 51.90",
        "14.05 85.95",
        "0.00 100.00",
        "8.10 91.90",
    ]
    assert [arc.empty for arc in arcs] == [False, False, True, False]
    assert [arc.offset for arc in arcs] == ["-0.95", "-50.95", "-80.95", "-90.95"]


def test_a_kept_part_is_drawn_for_each_language_and_value_and_holds_nobodys_texts():
    nav = (
        '{% kept "frame/_nav.html" signed_in=True here=here fill_wants=wants fill_shelf=0'
        ' fill_next=next fill_csrf="token" %}'
    )
    mine = render(nav, here="pricing:wants", wants=7, next="/wants/?q=<b>&x=1")
    assert '<b id="nav-wants">7</b>' in mine and 'value="/wants/?q=&lt;b&gt;&amp;x=1"' in mine
    assert mine.count('aria-current="page"') == 1
    other = render(nav, here="pricing:shelf", wants=1, next="/shelf/", user="somebody")
    assert '<b id="nav-wants">1</b>' in other and 'value="/shelf/"' in other
    assert '<a href="/shelf/" aria-current="page">' in other and "7</b>" not in other
    spanish = render(nav, "es", here="pricing:wants", wants=1234, next="/wants/")
    assert "English" in spanish and "Español" in mine


def test_a_recalled_part_is_drawn_for_its_values_and_language_and_holds_nobodys_token():
    row = OfferRow("<b>Tago Mago", "VG", money=Money(Decimal(20), "EUR"), check_url="/check/1/")
    part = (
        '{% recalled "components/_offer.html" offer=offer key="ebay" release_id=None'
        ' more_url="/a/1/" fill_csrf=token %}'
    )
    mine = render(part, offer=row, token="mine")
    assert mine.count('value="mine"') == 1 and "&lt;b&gt;Tago Mago" in mine
    assert render(part, offer=replace(row), token='"her') == mine.replace('"mine"', '"&quot;her"')
    spanish = render(part, "es", offer=row, token="mine")
    assert "20,00" in spanish and "20.00" in mine
    assert "21.00" in render(
        part, offer=replace(row, money=Money(Decimal(21), "EUR")), token="mine"
    )
    # A seller's own words are never given the token, whatever they are.
    sly = replace(row, label="\ue000fill_csrf\ue001", url="https://shop.test/\ue000fill_csrf\ue001")
    assert render(part, offer=sly, token="mine").count("mine") == 1
    unhashable = SimpleNamespace(label="Ege Bamyasi", grade="", detail="", money=None)
    assert "Ege Bamyasi" in render(part, offer=unhashable, token="mine")
    unhashable.label = "Landed"
    assert "Landed" in render(part, offer=unhashable, token="mine")
