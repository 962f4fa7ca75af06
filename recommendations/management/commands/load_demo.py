"""`manage.py load_demo`: a catalogue, a listener and their first list, for the sandbox mode."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models import User
from accounts.services import start_listening_sync, start_shelf_sync
from catalog.services import load_catalogue
from catalog.services.coverage import measure_coverage
from pricing.demo_shops import add_demo_shops
from pricing.services import ask_prices, queue_demo_past
from recommendations import queries, services
from recommendations.content import jobs as content
from recommendations.coverage import measure_prices
from vinyl.embedded.command import DatabaseCommand
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs

LISTENER = "nuria_bcn"
LISTENING = "lastfm"
# How long the first start may wait for listening; what is not there then comes from the workers.
SECONDS = 16.0
# A Discogs price is a call a pressing; the newcomer wants some of the first minute too.
PRICED, SYNCED = 4, 4
# What makes the list; everything else that these bring stays for the workers.
FIRST_KINDS = ("accounts.sync_listening", "accounts.sync_shelf")
# One quick call an album here; what the budget leaves over stays for the workers.
RATINGS = "catalog.read_ratings"


class Command(DatabaseCommand):
    help = (
        "Load the demo into the sandbox mode: catalogue, a person with listening and shelf, "
        "their recommendations. Running it again changes nothing that is there."
    )
    needs_sandbox = True
    # `prepare_database` calls it before it notes that the database is prepared.
    any_state = True

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("the demo belongs to the sandbox: it never mixes with real data")
        begun = time.monotonic()
        new = load_catalogue()
        self.stdout.write(f"Catalogue: {new} new rows ({time.monotonic() - begun:.1f} s).")
        add_demo_shops()
        user = demo_user()
        if queries.current_set(user) is None:
            self._first_list(user, begun)
        # The workers count it every five minutes.
        measure_coverage()
        measure_prices()
        found = queries.current_set(user)
        albums = 0 if found is None else len(queries.shown_rows(found)[:20])
        self.stdout.write(
            f"Demo listener {user.email}: {albums} recommended albums "
            f"({time.monotonic() - begun:.1f} s)."
        )

    def _first_list(self, user: User, begun: float) -> None:
        """Listening and shelf as real jobs in this process, then the list; the rest is queued."""
        start_listening_sync(user, source=LISTENING, username=LISTENER)
        start_shelf_sync(user, username=LISTENER)
        while time.monotonic() - begun < SECONDS and run_pending_jobs(FIRST_KINDS, limit=1):
            pass
        services.ask_ratings(services.make_set(user).set, lane=Job.Queue.INTERACTIVE)
        run_pending_jobs([RATINGS], limit=1)
        # The workers ask who is near to the favourites and make it again.
        services.request_refresh(user)
        enqueue(content.BUILD)
        self._queue_prices(user)

    def _queue_prices(self, user: User) -> None:
        """Prices of the first albums, pressings of the very first."""
        found = queries.current_set(user)
        rows = [] if found is None else queries.shown_rows(found)[:PRICED]
        for row in rows[:SYNCED]:
            enqueue(
                "catalog.sync_album_releases",
                payload={"album_id": row.album_id},
                dedupe_key=f"album:{row.album_id}",
                lane=Job.Queue.BULK,
            )
        for row in rows:
            ask_prices(user, album_id=row.album_id)
        # A year of prices for them as soon as they have some.
        queue_demo_past([row.album_id for row in rows])


@transaction.atomic
def demo_user() -> User:
    """The demo person: Spain, euros, a proven address, allowed into the admin.

    A password that was changed stays changed.
    """
    user = User.objects.filter(email=settings.DEMO_EMAIL).first()
    if user is None:
        user = User.objects.create_superuser(
            settings.DEMO_EMAIL,
            settings.DEMO_PASSWORD,
            first_name="Núria",
            country="ES",
            currency="EUR",
            postcode="08001",
        )
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user
