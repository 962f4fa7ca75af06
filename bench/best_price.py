"""Best prices over many quotes: kept current, rebuilt, read by an album's page.

    python -m bench.best_price [--releases 500000] [--quotes 2000000] [--albums 150000]
        [--territories 10] [--rounds 20] [--pages 200]

Makes a catalogue (bench.big_catalogue) and quotes in a PostgreSQL of its own, durable as in
production: a fifth hold everywhere without shipping, as Discogs' figures do; the others are offers
in one of the territories, with grades, shipping and some of them found as one pressing. Then:

rebuild    `rebuild_best_prices` into an empty table, again over the full one (which must find no
           difference), and a digest of all rows of both
insert     1,000 new offers of 1,000 albums through `record_answers`, as pages of sellers' stock
           bring them, `--rounds` times, each with the best prices and the history that follow;
           a third of them are offers that are known already, with another price
page       what an album's page asks of prices: statements and milliseconds, for `--pages` albums

Fails when a rebuild finds a difference or gives other rows, takes a minute, when the median insert
takes a second, or when a page needs more than three statements or 20 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bench.database import own_services

TERRITORIES = "ES DE FR IT GB US CH NO JP AU ES-CN NL SE PL CA".split()
AT_ONCE = 1_000
# All quotes stand on the ten-thousandth part of the past day, most on albums with many pressings.
_QUOTES = """
INSERT INTO pricing_quote (source, key, kind, album_id, release_id, territory, amount, currency,
    shipping, shipping_currency, amount_eur, total_eur, spread_eur, charges, edition, grade, title,
    seller, seller_country, url, is_auction, doubt, observed_at, valid_until)
SELECT CASE WHEN everywhere THEN 'discogs' WHEN n %% 17 = 0 THEN 'shop:one' ELSE 'ebay' END,
    'bench:' || n, CASE WHEN everywhere THEN 'lowest' ELSE 'offer' END, r.album_id,
    CASE WHEN everywhere OR n %% 3 = 0 THEN r.id END, CASE WHEN everywhere THEN '' ELSE place END,
    amount, 'EUR', shipping, CASE WHEN shipping IS NULL THEN '' ELSE 'EUR' END, amount,
    amount + shipping, 0, '[]',
    CASE WHEN NOT (everywhere OR n %% 3 = 0) THEN '' WHEN r.id %% 4 = 0 THEN 'original'
        ELSE 'reissue' END,
    CASE WHEN everywhere THEN '' ELSE grade END, 'A listing of a record, as sellers write them',
    'seller_' || n %% 5000, 'DE', 'https://example.org/' || n, false, '',
    now() - (n %% 80000) * interval '1 second', now() + (3600 + n %% 80000) * interval '1 second'
FROM (
    SELECT n, n %% 5 = 0 AS everywhere,
        1 + (hashint8(n) & 2147483647) %% %(releases)s AS release_id,
        (%(territories)s::text[])[1 + (hashint8(n * 7) & 2147483647) %% %(number)s] AS place,
        (ARRAY['M', 'NM', 'VG+', 'VG+', 'VG', 'VG', 'G+', 'G'])
            [1 + (hashint8(n * 11) & 2147483647) %% 8] AS grade,
        (300 + (hashint8(n * 13) & 2147483647) %% 6000) / 100.0 AS amount,
        CASE WHEN n %% 5 <> 0 AND n %% 11 <> 0
            THEN ((hashint8(n * 17) & 2147483647) %% 2500) / 100.0 END AS shipping
    FROM generate_series(1::bigint, %(quotes)s) AS n
) AS drawn JOIN catalog_release r ON r.id = drawn.release_id
"""
# Indexes that hold no rule: set aside while two million rows come.
_SECONDARY = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c
    ON c.oid = i.indexrelid
WHERE i.indrelid = 'pricing_quote'::regclass AND NOT i.indisunique
"""
_DIGEST = """
SELECT count(*), md5(string_agg(md5(concat_ws('|', album_id, territory, terms_group, edition,
    least_grade, quote_id, total_eur, shipping_known, valid_until)), ''
    ORDER BY album_id, territory, terms_group, edition, least_grade))
FROM pricing_albumbestprice
"""


def make_quotes(quotes: int, territories: list[str]) -> tuple[int, float]:
    """(rows, seconds). The releases' own checks are left out while loading, as an import does."""
    from django.db import connection

    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM catalog_release")
        given = {
            "releases": cursor.fetchone()[0], "quotes": quotes, "territories": territories,
            "number": len(territories),
        }  # fmt: skip
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        cursor.execute(_SECONDARY)
        secondary = cursor.fetchall()
        for name, _definition in secondary:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(_QUOTES, given)
        rows = cursor.rowcount
        for _name, definition in secondary:
            cursor.execute(definition)
        cursor.execute("RESET session_replication_role; RESET synchronous_commit")
        cursor.execute(
            "INSERT INTO pricing_pricedterritory (code, since) SELECT unnest(%s::text[]), now()"
            " ON CONFLICT DO NOTHING",
            [territories],
        )
        cursor.execute("VACUUM ANALYZE pricing_quote")
    return rows, time.monotonic() - began


def digest() -> tuple[int, str]:
    """How many best prices there are, and a figure that any change of one changes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_DIGEST)
        return tuple(cursor.fetchone())


def rebuilds() -> bool:
    """Fill the empty table, then compare the full one."""
    from django.db import connection

    from pricing.services import rebuild_best_prices

    filled, fill_s = timed(rebuild_best_prices)
    rows, before = digest()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE pricing_albumbestprice")
    differed, again_s = timed(rebuild_best_prices)
    same = digest() == (rows, before) and filled == rows
    print(f"rebuild from nothing: {rows:,} rows in {fill_s:.1f} s")
    print(
        f"rebuild again: {again_s:.1f} s, {differed} differences,"
        f" rows {'identical' if same else 'OTHERS'}"
    )
    return same and differed == 0 and max(fill_s, again_s) < 60


def timed(run: Any) -> tuple[Any, float]:
    began = time.monotonic()
    found = run()
    return found, time.monotonic() - began


def inserts(rounds: int, territories: list[str], draw: random.Random) -> bool:
    """New offers by the thousand; afterwards a rebuild must find nothing to mend."""
    from pricing.services import rebuild_best_prices, record_answers

    taken, cpu = [], []
    for number in range(rounds):
        answers = list(new_offers(number, territories, draw))
        used = time.process_time()
        stored, seconds = timed(lambda answers=answers: record_answers(answers))
        cpu.append(time.process_time() - used)
        taken.append(seconds)
        assert sum(one.quotes for one in stored) == AT_ONCE
    differed = rebuild_best_prices()
    median = statistics.median(taken)
    print(
        f"insert of {AT_ONCE:,} offers with best prices and history, {rounds} times: median"
        f" {median * 1000:.0f} ms, longest {max(taken) * 1000:.0f} ms (of which in this process"
        f" {statistics.median(cpu) * 1000:.0f} ms); then {differed} differences"
    )
    return median < 1 and differed == 0


def new_offers(number: int, territories: list[str], draw: random.Random) -> Iterator[Any]:
    """One offer each for 1,000 albums of one territory; every third is known, at another price."""
    from django.db import connection

    from pricing.providers.base import FoundQuote, Part
    from pricing.services import Answer
    from vinyl.money import Money

    place = territories[number % len(territories)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, album_id, release_id FROM pricing_quote TABLESAMPLE SYSTEM (2)"
            " WHERE source = 'ebay' AND territory = %s ORDER BY random() LIMIT 1000",
            [place],
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT max(id) FROM catalog_release")
        (last,) = cursor.fetchone()
        cursor.execute(
            "SELECT id, album_id FROM catalog_release WHERE id = ANY(%s)",
            [draw.sample(range(1, last + 1), min(AT_ONCE, last))],
        )
        others = cursor.fetchall()
    known = AT_ONCE // 3
    asked = [(key, album, release) for key, album, release in rows[:known]]
    asked += [
        (f"new:{number}:{place_}", album, release if place_ % 3 == 0 else None)
        for place_, (release, album) in enumerate(others[: AT_ONCE - len(asked)])
    ]
    for key, album, release in asked:
        found = FoundQuote(
            key=key, kind="offer", item=Money(Decimal(draw.randint(200, 6000)) / 100, "EUR"),
            shipping=Money(Decimal(draw.randint(0, 2500)) / 100, "EUR"), release_id=release,
            grade=draw.choice(("NM", "VG+", "VG")), title="A listing", seller="somebody",
            seller_country=draw.choice(("DE", "ES", "FR", "GB")), url=f"https://example.org/{key}",
        )  # fmt: skip
        yield Answer("ebay", album, place, Part((found,), about=()))


def pages(number: int, draw: random.Random) -> bool:
    """What the price part of an album's page costs, for albums drawn by their quotes."""
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    from pricing.block_facts import read_facts
    from pricing.blocks import blocks_of
    from pricing.models import Quote
    from pricing.queries import album_tag
    from pricing.viewer import Viewer

    ids = sorted(set(Quote.objects.order_by("?").values_list("album_id", flat=True)[:number]))
    viewer = Viewer()

    def price_block(album_id: int, viewer: Viewer) -> None:
        facts = read_facts(album_id, viewer)
        blocks_of(facts, viewer)
        album_tag(facts, viewer)

    for album_id in ids[:5]:
        price_block(album_id, viewer)
    taken, asked = [], []
    for album_id in ids:
        _, seconds = timed(lambda album_id=album_id: price_block(album_id, viewer))
        taken.append(seconds * 1000)
        with CaptureQueriesContext(connection) as watched:
            price_block(album_id, viewer)
        asked.append(len(watched))
        reset_queries()
    taken.sort()
    p95 = taken[int(len(taken) * 0.95)]
    print(
        f"price block of {len(ids)} albums: at most {max(asked)} statements, median"
        f" {statistics.median(taken):.1f} ms, 95 % within {p95:.1f} ms"
    )
    return max(asked) <= 3 and p95 <= 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--albums", type=int, default=150_000)
    parser.add_argument("--releases", type=int, default=500_000)
    parser.add_argument("--quotes", type=int, default=2_000_000)
    parser.add_argument("--territories", type=int, default=10, choices=range(1, 16), metavar="1-15")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    territories = TERRITORIES[: options.territories]
    draw = random.Random(options.seed)
    with own_services() as environment:
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="vinyl.settings", LOG_LEVEL="ERROR")
        import django

        django.setup()
        from bench.big_catalogue import make

        size = make(
            environment["DATABASE_URL"], albums=options.albums, releases=options.releases, bare=True
        )
        quotes, seconds = make_quotes(options.quotes, territories)
        print(
            f"{size.albums:,} albums, {size.releases:,} releases, {quotes:,} quotes in"
            f" {len(territories)} territories, made in {size.seconds + seconds:.0f} s;"
            f" load {os.getloadavg()[0]:.1f}"
        )
        holds = [
            rebuilds(),
            inserts(options.rounds, territories, draw),
            pages(options.pages, draw),
        ]
        from django.db import connection

        connection.close()
    sys.exit(0 if all(holds) else 1)


if __name__ == "__main__":
    main()
