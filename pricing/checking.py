"""Asking about one thing again: whether an offer still stands, and what Discogs suggests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.linking import discogs_token, mark_link_again
from accounts.models import User
from catalog.models import Release
from pricing import best, services
from pricing.grades import grade_code
from pricing.models import PriceAsk, PriceSuggestion, Quote
from pricing.providers import stock
from pricing.providers.base import FoundQuote, Part
from pricing.providers.ebay import ENDED, NOT_SHIPPED, offer_of
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, StepResult
from vinyl.money import Money
from vinyl.upstreams import discogs, ebay
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import CredentialsRejected, Forbidden, NotFound

STANDS, GONE, CHANGED, NOT_TOLD = "stands", "gone", "changed", "not_told"


@dataclass(frozen=True, slots=True)
class Found:
    """What a source said of one offer: the offer as it is, or why it is none any more."""

    offer: FoundQuote | None
    why: str = ""


def check_step(ctx: JobContext) -> StepResult:
    """Payload: quote_id, user_id, country. The offer is brought up to date, or taken out with its
    reason. Result: state (stands, changed, gone, not_told)."""
    quote = Quote.objects.filter(pk=ctx.payload["quote_id"]).first()
    if quote is None:
        return Done({"state": GONE})
    found = _look(quote, ctx.payload["country"], ctx.owner_id)
    if found is None:
        return Done({"state": NOT_TOLD})
    if found.offer is None:
        _take_out(quote, found.why)
        return Done({"state": GONE, "why": found.why})
    part = Part((found.offer,), ())
    services.record_quotes(
        source=quote.source, album_id=quote.album_id, territory=quote.territory, part=part
    )
    same = found.offer.item == Money(quote.amount, quote.currency)
    return Done({"state": STANDS if same else CHANGED})


def checkable(quote: Quote) -> bool:
    """Whether its source can be asked about this one offer."""
    return quote.kind == Quote.Kind.OFFER and quote.source in ("ebay", stock.SOURCE)


def _look(quote: Quote, country: str, person_id: int | None) -> Found | None:
    """None where its source cannot be asked about one offer."""
    if quote.source == "ebay":
        return _at_ebay(quote, country, person_id)
    if quote.source == stock.SOURCE:
        return _at_discogs(quote, person_id)
    return None


def _at_ebay(quote: Quote, country: str, person_id: int | None) -> Found:
    client = ebay.Client(lane=Lane.INTERACTIVE, person_id=person_id)
    item_id = quote.key.rpartition(":")[0]
    try:
        item = client.item(item_id, country=country)
    except NotFound:
        return Found(None, ENDED)
    if not item.available or item.price <= 0 or item.country not in ebay.EU:
        return Found(None, ENDED)
    if not item.reaches(country):
        return Found(None, NOT_SHIPPED)
    return Found(offer_of(item, key=quote.key, release_id=quote.release_id))


def _at_discogs(quote: Quote, person_id: int | None) -> Found:
    client = discogs.Client(lane=Lane.INTERACTIVE, person_id=person_id)
    try:
        listing = client.listing(int(quote.key.partition(":")[2]))
    except NotFound:
        return Found(None, ENDED)
    offer = stock.offer_of(listing, release_id=quote.release_id)
    return Found(offer, "" if offer is not None else ENDED)


def _take_out(quote: Quote, why: str) -> None:
    """The offer goes, its source's answer counts it as left out, the best price follows."""
    with transaction.atomic():
        best.lock([quote.album_id])
        Quote.objects.filter(pk=quote.pk).delete()
        source = quote.source.partition(":")[0]
        asks = PriceAsk.objects.select_for_update().filter(
            source=source, album_id=quote.album_id, territory=quote.territory
        )
        for ask in asks:
            ask.left_out = ask.left_out | {why: ask.left_out.get(why, 0) + 1}
            ask.examples = [*ask.examples, {"reason": why, "title": quote.title, "url": ""}]
            ask.save(update_fields=["left_out", "examples"])
        best.refresh_many([quote.album_id], timezone.now())


def suggest_step(ctx: JobContext) -> StepResult:
    """Payload: user_id, release_id. What Discogs suggests to this person, stored for them alone.
    People who never filled in their seller's settings there get no suggestion, and are told."""
    user = User.objects.filter(pk=ctx.payload["user_id"]).first()
    release = Release.objects.filter(pk=ctx.payload["release_id"], discogs_id__isnull=False).first()
    token = None if user is None else discogs_token(user)
    if user is None or release is None or token is None or release.discogs_id is None:
        return Done({"grades": 0})
    client = discogs.Client(lane=Lane.INTERACTIVE, person_id=user.pk, token=token)
    by_grade: dict[str, str] = {}
    currency = error = ""
    try:
        told = client.price_suggestions(release.discogs_id).by_grade
    except CredentialsRejected:
        mark_link_again(user, "discogs")
        raise
    except (Forbidden, NotFound) as refused:
        told, error = {}, type(refused).__name__
    for name, price in told.items():
        if code := grade_code(name):
            by_grade[code] = str(price.amount.quantize(Decimal("0.01")))
            currency = price.currency
    PriceSuggestion.objects.update_or_create(
        user=user,
        release=release,
        defaults={
            "by_grade": by_grade, "currency": currency, "error": error,
            "observed_at": timezone.now(),
        },
    )  # fmt: skip
    return Done({"grades": len(by_grade)})
