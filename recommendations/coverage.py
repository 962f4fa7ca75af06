"""How many pressings that people want or are shown have a price; whom people follow."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Want
from catalog.models import Coverage
from catalog.queries.coverage import PRICES
from catalog.services.coverage import note_coverage
from catalog.services.identity import note_artist_demand
from pricing.models import AlbumBestPrice, Quote
from recommendations.models import Recommendation, RecommendationSet, Seed
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, StepResult, job_kind

KIND = "recommendations.measure_coverage"
# Seeds of people who signed in within this time.
ACTIVE_FOR = timedelta(days=30)


def measure_prices() -> Coverage:
    """Count the pressings that are wanted or in somebody's present set, and those of them with a
    price that holds now. Whoever names none wants any of an album's: these count as one, which has
    a price where any of them has."""
    now = timezone.now()
    newer = RecommendationSet.objects.filter(
        user=OuterRef("set__user"), made_at__gt=OuterRef("set__made_at")
    )
    shown = Recommendation.objects.filter(~Exists(newer)).order_by().values("album_id")
    wants = Want.objects.order_by()
    wanted = wants.filter(album__isnull=False).values("album_id")
    exact = wants.filter(release__isnull=False).values("release_id").distinct()
    priced = AlbumBestPrice.objects.filter(
        Q(album_id__in=shown) | Q(album_id__in=wanted), valid_until__gt=now
    )
    named = Quote.objects.filter(release__in=exact, valid_until__gt=now, doubt="", is_auction=False)
    part = priced.values("album_id").distinct().count()
    part += named.values("release_id").distinct().count()
    return note_coverage(PRICES, part, shown.union(wanted).count() + exact.count())


def tell_seeds() -> None:
    """Say to the catalogue which artists people follow who come here."""
    since = timezone.now() - ACTIVE_FOR
    seeds = Seed.objects.filter(user__is_active=True, user__last_login__gte=since)
    note_artist_demand(seeds.values_list("artist_id", flat=True).distinct())


@job_kind(KIND, queue="bulk", label=gettext_noop("Coverage of prices"))
def count_prices(_ctx: JobContext) -> StepResult:
    """How many wanted and shown pressings have a price, and whom people follow."""
    tell_seeds()
    row = measure_prices()
    return Done({"part": row.part, "whole": row.whole})
