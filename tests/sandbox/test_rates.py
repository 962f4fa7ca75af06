"""The sandbox's European Central Bank goes on after the newest day of the bundled file."""

import csv
import io
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox.market import load_market
from sandbox.rates import bank_days, generated, history, real_history
from tests.sandbox.asking import DISCOGS, session

ECB = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
LAST_REAL = date.fromisoformat(real_history()[0][0])


def fetched(sandbox, name):
    answer = session().get(f"{sandbox.url}/ecb/stats/eurofxref/{name}", timeout=20)
    assert answer.status_code == 200, name
    return answer.content


def tables(document):
    return [
        (day.get("time"), {row.get("currency"): row.get("rate") for row in day})
        for day in ElementTree.fromstring(document).iter(f"{ECB}Cube")
        if day.get("time")
    ]


def packed(document):
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        text = archive.read("eurofxref-hist.csv").decode()
    return [
        (row.pop("Date"), {code: rate for code, rate in row.items() if code and rate != "N/A"})
        for row in csv.DictReader(io.StringIO(text))
    ]


def listing(sandbox, offer, currency):
    answer = session(**DISCOGS).get(
        f"{sandbox.url}/discogs/marketplace/listings/{offer.id}",
        params={"curr_abbr": currency}, timeout=5,
    )  # fmt: skip
    return answer.json()


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        ("2026-10-30", "2026-11-03", ["2026-11-02", "2026-11-03"]),
        ("2026-12-23", "2026-12-29", ["2026-12-24", "2026-12-28", "2026-12-29"]),
        ("2026-12-31", "2027-01-04", ["2027-01-04"]),
        ("2027-03-24", "2027-03-30", ["2027-03-25", "2027-03-30"]),  # Easter
        ("2028-04-13", "2028-04-18", ["2028-04-18"]),  # an Easter in April
        ("2029-04-27", "2029-05-02", ["2029-04-30", "2029-05-02"]),  # the first of May
        ("2026-10-30", "2026-10-01", []),
    ],
)
def test_the_bank_publishes_on_days_when_it_is_open(after, until, days):
    found = bank_days(date.fromisoformat(after), date.fromisoformat(until))
    assert [day.isoformat() for day in found] == days


def test_every_bank_day_of_the_file_is_one_by_the_same_calendar():
    since = date(2010, 1, 1)
    real = [day for day, _ in real_history() if day > since.isoformat()]
    assert [day.isoformat() for day in bank_days(since, LAST_REAL)] == real[::-1]


def test_a_day_has_the_same_rates_whenever_it_is_asked():
    soon, later = LAST_REAL + timedelta(days=30), LAST_REAL + timedelta(days=60)
    assert generated(later)[-len(generated(soon)) :] == generated(soon)
    assert history(LAST_REAL) == history(LAST_REAL - timedelta(days=400)) == real_history()


def test_rates_that_are_generated_look_like_the_real_ones_and_stay_near():
    years = generated(LAST_REAL + timedelta(days=5 * 365))
    (_, last), steps = real_history()[0], []
    for (_, rates), (_, before) in zip(years, years[1:], strict=False):
        assert rates.keys() == last.keys()
        for code, rate in rates.items():
            assert float(rate) == pytest.approx(float(last[code]), rel=0.1), code
            assert "." not in rate or not rate.endswith("0"), code
            steps.append(abs(float(rate) / float(before[code]) - 1))
    assert 0.001 < sum(steps) / len(steps) < 0.004
    decimals = {code: max(len(t[code].partition(".")[2]) for _, t in years) for code in last}
    assert (decimals["USD"], decimals["SEK"], decimals["GBP"], decimals["IDR"]) == (4, 4, 5, 2)


def test_all_four_files_agree_to_the_clocks_today(sandbox):
    sandbox.advance(40 * 86400)
    whole = tables(fetched(sandbox, "eurofxref-hist.xml"))
    today = datetime.now(UTC).date() + timedelta(days=40)
    newest = [day.isoformat() for day in bank_days(LAST_REAL, date.fromisoformat(whole[0][0]))]
    assert [day for day, _ in whole[: len(newest) + 1]] == [*newest[::-1], LAST_REAL.isoformat()]
    assert today - timedelta(days=6) < date.fromisoformat(whole[0][0]) <= today
    assert whole == packed(fetched(sandbox, "eurofxref-hist.zip"))
    assert tables(fetched(sandbox, "eurofxref-daily.xml")) == whole[:1]
    recent = tables(fetched(sandbox, "eurofxref-hist-90d.xml"))
    assert recent == whole[: len(recent)]
    assert 55 <= len(recent) <= 66


def test_the_first_state_has_the_rates_of_today_again(sandbox):
    today = tables(fetched(sandbox, "eurofxref-daily.xml"))
    sandbox.advance(400 * 86400)
    assert tables(fetched(sandbox, "eurofxref-daily.xml"))[0][0] > today[0][0]
    sandbox.reset()
    assert tables(fetched(sandbox, "eurofxref-daily.xml")) == today


def test_marketplaces_convert_at_the_rates_that_are_published(sandbox):
    market = load_market()
    seller = next(one for one in market.sellers if one.currency == "GBP")
    offer = market.offer(seller, 3)
    converted = set()
    for days in (0, 40):
        sandbox.advance(days * 86400)
        [(_, rates)] = tables(fetched(sandbox, "eurofxref-daily.xml"))
        assert listing(sandbox, offer, "GBP")["price"]["value"] == offer.cents / 100
        told = listing(sandbox, offer, "EUR")["price"]["value"]
        assert told == pytest.approx(offer.cents / 100 / float(rates["GBP"]))
        converted.add(told)
    assert len(converted) == 2
