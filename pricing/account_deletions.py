"""Somebody left eBay: what eBay's notice makes us do.

A notice counts only when eBay signed it. The page that takes it answers at once; a worker fetches
the key where none is known, and erases. Both may happen twice without harm.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from pricing import best
from pricing.models import AccountDeletion, Quote
from vinyl.jobs.services import enqueue
from vinyl.upstreams import ebay, ebay_notices
from vinyl.upstreams.door import Lane
from vinyl.upstreams.ebay_notices import BadNotice, Deletion, Signature
from vinyl.upstreams.errors import NotFound

logger = logging.getLogger(__name__)
State = AccountDeletion.State

HANDLE = "pricing.ebay_account_deletion"
# Notices whose key nobody here knows yet. Anybody can post some with invented keys, and each asks
# eBay one question: beyond this many in an hour the sender has to come back.
MOST_WAITING = 50
# eBay repeats a notice for a day; what could not be verified by then will never be.
WAITS = timedelta(days=2)
_FINISHED = (State.ERASED, State.IGNORED)

Eraser = Callable[[tuple[str, ...]], int]
_erasers: dict[str, Eraser] = {}


class TooMany(Exception):
    """More unverifiable notices than an hour may bring."""


def erases(what: str) -> Callable[[Eraser], Eraser]:
    """Register a function that deletes what is known of an eBay user, by any of the names given,
    and returns how many rows it deleted or emptied. `what` names them in the trail."""

    def register(eraser: Eraser) -> Eraser:
        _erasers[what] = eraser
        return eraser

    return register


def receive(body: bytes, header: str) -> AccountDeletion:
    """Note a notice and queue what it asks for. BadNotice for one that eBay did not sign; TooMany.

    The row's state is verified (or ignored, erased) where the key is known here, else waiting.
    """
    signature = ebay_notices.read_signature(header)
    pem = ebay_notices.known_key(signature.kid)
    told = _verified(body, signature, pem) if pem else None
    digest = hashlib.sha256(body + b"\n" + header.encode()).hexdigest()
    known = AccountDeletion.objects.filter(digest=digest).first()
    if known is None and told is not None:
        known = AccountDeletion.objects.filter(
            notification_id=told.notification_id, state__in=_FINISHED
        ).first()
    if known is not None and known.state == State.REFUSED:
        raise BadNotice("signature")
    if known is not None and known.state in _FINISHED:
        AccountDeletion.objects.filter(pk=known.pk).update(repeats=F("repeats") + 1)
        return known
    return _note(body, header, signature, digest, verified=bool(pem))


def _note(
    body: bytes, header: str, signature: Signature, digest: str, *, verified: bool
) -> AccountDeletion:
    now = timezone.now()
    if not verified:
        recent = AccountDeletion.objects.filter(
            state__in=[State.WAITING, State.REFUSED], received_at__gt=now - timedelta(hours=1)
        )
        if recent.count() >= MOST_WAITING:
            raise TooMany
    with transaction.atomic():
        row, _new = AccountDeletion.objects.get_or_create(
            digest=digest,
            defaults={
                "state": State.VERIFIED if verified else State.WAITING,
                "kid": signature.kid,
                "body": body,
                "signature": header,
                "received_at": now,
            },
        )
        enqueue(HANDLE, payload={"notice": row.pk}, dedupe_key=str(row.pk))
    return row


def _verified(body: bytes, signature: Signature, pem: str) -> Deletion | None:
    try:
        ebay_notices.verify(body, signature, pem)
    except BadNotice:
        logger.warning("a notice in eBay's name has a wrong signature (key %s)", signature.kid)
        raise
    return ebay_notices.read_deletion(body)


def handle(number: int) -> str:
    """Verify a noted notice and erase; returns its state. For workers: it may ask eBay.

    Errors of the door pass through, so that the job comes back later.
    """
    row = AccountDeletion.objects.filter(pk=number).first()
    if row is None or not row.body:
        return row.state if row else State.IGNORED
    body = bytes(row.body)
    try:
        signature = ebay_notices.read_signature(row.signature)
        told = _verified(body, signature, _key(signature.kid))
    except (BadNotice, NotFound):
        return _close(row, State.REFUSED)
    if told is None:
        return _close(row, State.IGNORED)
    return _erase(row, told)


def _key(kid: str) -> str:
    pem = ebay_notices.known_key(kid)
    if not pem:
        pem = ebay.Client(lane=Lane.INTERACTIVE).public_key(kid)
        ebay_notices.remember_key(kid, pem)
    return pem


def _erase(row: AccountDeletion, told: Deletion) -> str:
    with transaction.atomic():
        row.erased = {what: eraser(told.names) for what, eraser in sorted(_erasers.items())}
        row.notification_id = told.notification_id
        row.subject = _subject(told)
        return _close(row, State.ERASED)


def _close(row: AccountDeletion, state: State) -> str:
    row.state, row.handled_at = state, timezone.now()
    row.body, row.signature = None, ""
    row.save()
    logger.info("eBay notice %s: %s", row.pk, state)
    return str(state)


def _subject(told: Deletion) -> str:
    """Recognises the same person in another notice, and tells nobody who it is."""
    words = "\n".join(told.names).casefold().encode()
    return hmac.new(settings.SECRET_KEY.encode(), words, hashlib.sha256).hexdigest()


def forget_unverified() -> int:
    """Empty notices that could not be verified in time; how many."""
    old = AccountDeletion.objects.filter(
        state=State.WAITING, received_at__lt=timezone.now() - WAITS
    )
    return old.update(state=State.REFUSED, body=None, signature="", handled_at=timezone.now())


@erases("offers")
def erase_offers(names: tuple[str, ...]) -> int:
    """Their offers, and the best prices that came from these."""
    sold = Q()
    for name in names:
        sold |= Q(seller__iexact=name[:200])
    if not sold:
        return 0
    offers = Quote.objects.filter(sold, source="ebay")
    albums = list(offers.order_by().values_list("album_id", flat=True).distinct())
    gone = offers.delete()[1].get("pricing.Quote", 0)
    for album_id in albums:
        best.refresh(album_id, timezone.now())
    return gone
