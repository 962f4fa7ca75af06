"""Reading a seller's stock: one page a step, so that a stopped reading goes on at its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop

from catalog.models import Release
from pricing import best
from pricing.models import Quote, Seller
from pricing.providers import stock
from pricing.providers.base import Part
from pricing.services.recording import Answer, record_answers
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound, RateLimited, Unavailable, UpstreamError
from vinyl.upstreams.reading import Page

GONE = gettext_noop("Nobody follows this seller any more.")
UNKNOWN = gettext_noop("Discogs knows no seller of this name.")
READING = gettext_noop("%(read)s of %(all)s listings read")
OLDEST, NEWEST = "asc", "desc"
REMOVED_AT_ONCE = 1000


def step(ctx: JobContext) -> StepResult:
    """Payload: seller_id. Oldest listings first; of a stock that Discogs shows only 10,000 of, the
    newest from the other end until both meet. What was not seen again is gone, unless a page had
    holes."""
    seller = Seller.objects.filter(pk=ctx.payload["seller_id"]).first()
    if seller is None:
        raise Fail("gone", GONE)
    at = ctx.checkpoint or _start(seller)
    try:
        client = discogs.Client(lane=Lane.BACKGROUND, person_id=ctx.owner_id)
        page = client.inventory(seller.username, page=at["page"], sort_order=at["order"])
    except NotFound:
        Seller.objects.filter(pk=seller.pk).update(state=Seller.State.UNKNOWN)
        raise Fail("unknown_seller", UNKNOWN) from None
    except (RateLimited, Unavailable):
        raise
    except UpstreamError as error:
        failed = {"state": Seller.State.FAILED, "error": type(error).__name__}
        Seller.objects.filter(pk=seller.pk).update(**failed)
        raise
    listings = _new_ones(page, at)
    known = keep(seller, listings)
    at |= {"read": at["read"] + len(listings), "known": at["known"] + known}
    at["total"] = max(at["total"], page.total)
    if page.partial:
        at["holes"] = True
    ctx.progress(at["read"], at["total"], READING, read=at["read"], all=at["total"])
    _note(seller, listings, at)
    following = _next(page, at, listings)
    return More(following) if following is not None else _end(seller, at)


def _start(seller: Seller) -> dict[str, Any]:
    Seller.objects.filter(pk=seller.pk).update(state=Seller.State.READING, error="")
    return {
        "order": OLDEST, "page": 1, "read": 0, "known": 0, "total": 0, "capped": False,
        "newest": "", "since": timezone.now().isoformat(),
    }  # fmt: skip


def _new_ones(page: Page[discogs.Listing], at: dict[str, Any]) -> list[discogs.Listing]:
    """The page's listings; from the other end only those that the first pass did not reach."""
    border = parse_datetime(at["newest"]) if at["order"] == NEWEST and at["newest"] else None
    return [
        one for one in page if border is None or one.posted_at is None or one.posted_at > border
    ]


def _next(
    page: Page[discogs.Listing], at: dict[str, Any], listings: Sequence[discogs.Listing]
) -> dict[str, Any] | None:
    """Where to go on; None at the end."""
    posted = [one.posted_at for one in page if one.posted_at is not None]
    if at["order"] == OLDEST:
        newest = max(posted).isoformat() if posted else at["newest"]
        if not page.is_last:
            return at | {"page": at["page"] + 1, "newest": newest}
        if not page.capped:
            return None
        return at | {"order": NEWEST, "page": 1, "newest": newest, "capped": True}
    met = len(listings) < len(page.items)
    if met:
        return None
    if page.is_last:
        at["beyond"] = True
        return None
    return at | {"page": at["page"] + 1}


def keep(seller: Seller, listings: Sequence[discogs.Listing]) -> int:
    """Store the copies of pressings that the catalogue has, with the best prices that follow.
    Returns how many they are."""
    ids = {one.release_id for one in listings}
    rows = Release.objects.filter(discogs_id__in=ids).select_related("album")
    here = {row.discogs_id: row for row in rows}
    found: dict[int, list[Any]] = {}
    for one in listings:
        release = here.get(one.release_id)
        offer = None if release is None else stock.offer_of(one, release_id=release.pk)
        if release is not None and offer is not None:
            album = release.album.merged_into_id or release.album_id
            found.setdefault(album, []).append(offer)
    answers = [
        Answer(stock.SOURCE, album, "", Part(tuple(offers), ()))
        for album, offers in sorted(found.items())
    ]
    return sum(one.quotes for one in record_answers(answers)) if answers else 0


def _note(seller: Seller, listings: Sequence[discogs.Listing], at: dict[str, Any]) -> None:
    """The seller's own figures, as its last listing tells them, and how far the reading is."""
    fields: dict[str, Any] = {"items_total": at["total"], "items_read": at["read"]}
    if listings:
        told = listings[-1]
        # As Discogs writes it: copies carry that name.
        seller.username = told.seller.username or seller.username
        fields |= {
            "username": seller.username,
            "rating": told.seller.rating,
            "ratings": told.seller.ratings,
            "min_order": told.seller.min_order,
            "shipping_text": told.seller.shipping_text[:2000],
            "country": told.ships_from[:80],
            "currency": told.original_price.currency if told.original_price else "",
        }
    Seller.objects.filter(pk=seller.pk).update(**fields)


def _end(seller: Seller, at: dict[str, Any]) -> Done:
    since = parse_datetime(at["since"])
    assert since is not None
    unsure = at.get("beyond") or at.get("holes")
    gone = 0 if unsure else _remove_unseen(seller, since)
    Seller.objects.filter(pk=seller.pk).update(
        state=Seller.State.READ,
        read_at=since,
        items_read=at["read"],
        items_known=at["known"],
        items_total=at["total"],
        capped=bool(at.get("beyond")),
        error="",
    )
    return Done({"read": at["read"], "known": at["known"], "gone": gone})


def _remove_unseen(seller: Seller, since: datetime) -> int:
    """Delete the copies that this reading did not meet, with the best prices that follow."""
    gone = 0
    while True:
        rows = Quote.objects.filter(
            source=stock.SOURCE, seller=seller.username, observed_at__lt=since
        )[:REMOVED_AT_ONCE]
        found = list(rows.values_list("pk", "album_id"))
        if not found:
            return gone
        albums = {album for _pk, album in found}
        with transaction.atomic():
            best.lock(albums)
            Quote.objects.filter(pk__in=[pk for pk, _album in found]).delete()
            best.refresh_many(albums, timezone.now())
        gone += len(found)
