"""What each page of a signed-in person costs this process: processor time and statements.

    python -m bench.page_cost [--albums 5000] [--releases 50000] [--times 50] [--only wants]
                              [--profile]

Wall time on a busy machine says little; the processor time of the web process is what other pages
and live streams wait for, since it holds the interpreter. Each page is asked of Django in this
process, with the whole middleware; the least of all askings is printed, and the median of what they
took. The person has 150 wants (half of them pressings), 400 copies, listening, messages and prices;
another has nothing. `--profile` prints where the time of the pages goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import statistics
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bench.database import own_services

WANTS, COPIES, MESSAGES, PRICED = 150, 400, 30, 400
EMAIL, NOBODY = "bench@vinilogy.test", "empty@vinilogy.test"
PAGES = (
    ("album, 200 pressings", "/albums/1/"),
    ("album, few pressings", "/albums/777/"),
    ("artist, 300 albums", "/artists/1/"),
    ("pressing", "/releases/1/"),
    ("wants", "/wants/"),
    ("shelf", "/shelf/"),
    ("one want", "/wants/{want}/"),
    ("one copy", "/shelf/{copy}/"),
    ("doubles", "/shelf/doubles/"),
    ("sellers", "/sellers/"),
    ("search", "/search/?q=love"),
    ("suggestions", "/search/suggest/?q=love"),
    ("finder", "/find/?q=LB+1123+A"),
    ("start", "/start/"),
    ("settings", "/settings/"),
    ("messages", "/messages/"),
    ("files", "/shelf/files/"),
    ("status", "/status/"),
    ("own jobs", "/jobs/"),
    ("privacy", "/privacy/"),
    ("a sleeve", "/sleeves/5.svg"),
    ("a price tag", "/albums/5/tag/"),
    ("sign in", "/account/login/"),
)
OF_NOBODY = (("wants, none", "/wants/"), ("shelf, none", "/shelf/"))


def furnish() -> None:
    """The person's wants, copies, listening and messages, and prices of what the lists show."""
    from django.utils import timezone

    from accounts.models import Listening, Message, Owned, Snapshot, User, Want
    from catalog.models import AlbumArtist, Release

    now = timezone.now()
    person = User.objects.create_user(EMAIL, "a-quiet-groove-42")
    User.objects.create_user(NOBODY, "a-quiet-groove-42")
    of_album = {row.album_id: row for row in Release.objects.order_by("-pk")}
    albums = sorted(of_album)
    Want.objects.bulk_create(
        Want(user=person, **({"album_id": one} if at % 2 else {"release": of_album[one]}))
        for at, one in enumerate(albums[:WANTS])
    )
    Owned.objects.bulk_create(
        Owned(
            user=person, album_id=one, release=of_album[one], added_at=now, grade="VG+",
            paid=Decimal(12), paid_currency="EUR", folder="Kitchen", discogs_folder_id=2,
        )
        for one in albums[100 : 100 + COPIES]
    )  # fmt: skip
    snapshot = Snapshot.objects.create(user=person, source="lastfm", taken_at=now, plays=9000)
    owner = dict(AlbumArtist.objects.filter(album_id__lte=500).values_list("album_id", "artist_id"))
    Listening.objects.bulk_create(
        Listening(
            snapshot=snapshot, kind="album", period="all", artist_name="A", title=f"T {album}",
            plays=album, artist_id=artist, album_id=album,
        )
        for album, artist in owner.items()
    )  # fmt: skip
    Message.objects.bulk_create(
        Message(user=person, kind="price", key=str(at), title=f"Message {at}", text="Cheaper.")
        for at in range(MESSAGES)
    )
    _prices([of_album[one] for one in albums[:PRICED]], now)


def _prices(releases: list[Any], now: Any) -> None:
    from pricing.models import AlbumBestPrice, Quote

    quotes = Quote.objects.bulk_create(
        Quote(
            source="discogs", key=f"offer-{at}", kind="offer", album_id=release.album_id,
            release=release, territory="ES", amount=Decimal(18 + at % 9), currency="EUR",
            shipping=Decimal(6), shipping_currency="EUR", amount_eur=Decimal(18 + at % 9),
            total_eur=Decimal(24 + at % 9), grade="VG+", seller="plattenkiste_hh",
            seller_country="DE", url="https://www.discogs.com/sell/item/1", observed_at=now,
            valid_until=now + timedelta(hours=6), edition="reissue",
        )
        for at, release in enumerate(releases)
    )  # fmt: skip
    AlbumBestPrice.objects.bulk_create(
        AlbumBestPrice(
            album_id=quote.album_id, territory="ES", terms_group="open", edition="reissue",
            least_grade="VG+", quote=quote, total_eur=quote.amount_eur + 6, shipping_known=True,
            valid_until=quote.valid_until, updated_at=now,
        )
        for quote in quotes
    )  # fmt: skip


def pages(only: str) -> list[tuple[str, Any, str]]:
    """(name, signed-in client, address) of each page."""
    from django.test import Client

    from accounts.models import Owned, User, Want

    found = []
    for email, listed in ((EMAIL, PAGES), (NOBODY, OF_NOBODY)):
        person = User.objects.get(email=email)
        client = Client()
        client.force_login(person)
        ids = {
            "want": Want.objects.filter(user=person).order_by("pk").values_list("pk").first(),
            "copy": Owned.objects.filter(user=person).order_by("pk").values_list("pk").first(),
        }
        for name, address in listed:
            if only in name:
                filled = address.format(**{key: one and one[0] for key, one in ids.items()})
                found.append((name, client, filled))
    return found


def cost(client: Any, address: str, times: int) -> tuple[float, float, int, int]:
    """(least CPU ms, median ms, statements, bytes) of one page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        answer = client.get(address)
    assert answer.status_code in (200, 302), f"{address}: {answer.status_code}"
    with CaptureQueriesContext(connection) as watched:
        client.get(address)
        statements = len(watched)  # the next request forgets them
    gc.collect()
    work, taken = [], []
    for _ in range(times):
        began, spent = time.perf_counter(), time.process_time()
        answer = client.get(address)
        work.append(1000 * (time.process_time() - spent))
        taken.append(1000 * (time.perf_counter() - began))
    return min(work), statistics.median(taken), statements, len(answer.content)


def profile(client: Any, address: str, times: int) -> None:
    for _ in range(3):
        client.get(address)
    watch = cProfile.Profile()
    watch.enable()
    for _ in range(times):
        client.get(address)
    watch.disable()
    stats = pstats.Stats(watch)
    stats.sort_stats("tottime").print_stats(40)
    stats.sort_stats("cumulative").print_stats(90)


def prepare() -> None:
    """Django as it serves pages, asked by the test client."""
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def report(options: argparse.Namespace) -> None:
    prepare()
    if not options.profile:
        print("page                         CPU ms   median ms   statements     KB")
    for name, client, address in pages(options.only):
        if options.profile:
            print(name, address)
            profile(client, address, options.times)
            continue
        work, middle, statements, size = cost(client, address, options.times)
        print(
            f"{name:28} {work:6.1f}   {middle:9.1f}   {statements:10}   {size / 1024:4.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--albums", type=int, default=5000)
    parser.add_argument("--releases", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with own_services() as environment:
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="vinyl.settings", LOG_LEVEL="ERROR")
        import django

        django.setup()
        from bench.big_catalogue import make

        make(environment["DATABASE_URL"], albums=options.albums, releases=options.releases)
        furnish()
        report(options)
        from django.db import connection

        connection.close()


if __name__ == "__main__":
    main()
