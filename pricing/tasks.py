"""Jobs of prices. Their payloads are small JSON; what they do is in asking and services."""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init
from django.utils import timezone
from django.utils.translation import gettext_noop

from pricing import (
    account_deletions,
    alerts,
    asking,
    checking,
    collection,
    services,
    shop_tests,
    watching,
)
from pricing.models import ExchangeRate
from pricing.rates import are_due, store
from pricing.sellers import reading
from pricing.sellers import services as sellers
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, StepResult, Wait, job_kind, on_done
from vinyl.jobs.services import enqueue
from vinyl.upstreams import ecb


@job_kind(services.ASK, queue="interactive", label=gettext_noop("Prices"), tells_itself=True)
def ask(ctx: JobContext) -> StepResult:
    """Payload: provider, album_id, release_id or None, user_id or None, territory, country,
    postcode ("" where the country is enough)."""
    return asking.step(ctx)


on_done(services.ASK, services.answered)


@job_kind(services.CHECK, queue="interactive", label=gettext_noop("Is the offer still there"))
def check_offer(ctx: JobContext) -> StepResult:
    """Payload: quote_id, user_id, country."""
    return checking.check_step(ctx)


@job_kind(services.SUGGEST, queue="interactive", label=gettext_noop("What Discogs suggests"))
def suggest(ctx: JobContext) -> StepResult:
    """Payload: user_id, release_id."""
    return checking.suggest_step(ctx)


@job_kind("pricing.refresh_stale", queue="sync", label=gettext_noop("Prices of wanted records"))
def refresh_stale(ctx: JobContext) -> StepResult:
    return Done({"asked": len(services.ask_again_where_stale())})


@job_kind(sellers.READ, queue="sync", label=gettext_noop("Seller's stock"))
def read_seller(ctx: JobContext) -> StepResult:
    """Payload: seller_id."""
    return reading.step(ctx)


@job_kind("pricing.read_sellers", queue="sync", label=gettext_noop("Stock of followed sellers"))
def read_sellers(ctx: JobContext) -> StepResult:
    return Done({"queued": len(sellers.read_due())})


@job_kind(shop_tests.TEST, queue="interactive", label=gettext_noop("Test of a shop's link"))
def test_shop(ctx: JobContext) -> StepResult:
    """Payload: shop_id, album_id."""
    return shop_tests.step(ctx)


@job_kind("pricing.daily_rates", queue="sync", label=gettext_noop("Exchange rates"), prompt=True)
def daily_rates(ctx: JobContext) -> StepResult:
    """The newest table; at first, and after a gap, the last ninety days."""
    client = ecb.Client()
    newest = client.daily()
    latest = ExchangeRate.objects.order_by("-day").values_list("day", flat=True).first()
    follows = latest is not None and (newest.day - latest).days <= 3
    tables = (newest,) if follows else client.history_90d()
    return Done({"day": newest.day.isoformat(), "rates": store(tables)})


@beat_init.connect
def rates_at_start(**_kwargs: Any) -> None:
    """A new site, and one that stood still, does not wait a day for the rates of now: what is daily
    begins to count when beat starts."""
    if are_due(timezone.now().date()):
        enqueue("pricing.daily_rates", dedupe_key="beat")


@job_kind("pricing.promote", queue="sync", label=gettext_noop("Best prices"), prompt=True)
def promote(ctx: JobContext) -> StepResult:
    account_deletions.forget_unverified()
    services.forget_left_out()
    return Done({"albums": services.promote()})


@job_kind("pricing.tidy", queue="bulk", label=gettext_noop("Past prices"))
def tidy(ctx: JobContext) -> StepResult:
    """Every hour: best prices where people live, days of long ago as weeks."""
    return Done(services.tidy())


@job_kind(services.DEMO_PAST, queue="bulk", label=gettext_noop("Past prices of the sandbox"))
def demo_past(ctx: JobContext) -> StepResult:
    """Payload: album_ids. Waits for the first prices of each; sandbox only."""
    done, asked = services.simulate_pasts(ctx.payload["album_ids"], ctx.checkpoint.get("asked", 0))
    if done is None:
        return Wait(timezone.now() + services.DEMO_PAUSE, checkpoint={"asked": asked})
    return Done({"rows": done})


@job_kind(
    account_deletions.HANDLE,
    queue="interactive",
    label=gettext_noop("eBay's notice"),
    subject=lambda payload: f"#{payload['notice']}",
)
def account_deletion(ctx: JobContext) -> StepResult:
    """Payload: notice, the row's number."""
    return Done({"state": account_deletions.handle(ctx.payload["notice"])})


@job_kind(watching.CHECK, queue="sync", label=gettext_noop("Price alerts"), prompt=True)
def check_alerts(ctx: JobContext) -> StepResult:
    """Payload: album_id, of which prices came."""
    return Done({"told": alerts.check_album(ctx.payload["album_id"])})


@job_kind("pricing.value_collections", queue="bulk", label=gettext_noop("What shelves are worth"))
def value_collections(ctx: JobContext) -> StepResult:
    """Every day for everybody who comes here; payload user_id: for one alone."""
    return collection.value_step(ctx)


def shelf_changed(job: Job) -> None:
    """A shelf was read or brought: what it is worth is written down today, not tomorrow."""
    if job.owner_id is not None and not job.result.get("unchanged"):
        owner = {"user_id": job.owner_id}
        enqueue("pricing.value_collections", payload=owner, dedupe_key=f"user:{job.owner_id}")


for kind in ("accounts.sync_shelf", "accounts.csv_store"):
    on_done(kind, shelf_changed)
