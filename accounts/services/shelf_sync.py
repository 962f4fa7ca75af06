"""Shelf and wants read from the person's Discogs account, page by page."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.linking import discogs_token, mark_link_again, name_account
from accounts.models import DiscogsChange, LinkedService, Owned, Snapshot, User, Want
from accounts.queries import link_of
from accounts.services.copy_sending import send_copies_left
from accounts.services.shelf_pages import copies_page, wants_page
from accounts.services.shelf_run import NO_NAME, SOURCE, TAKEN_OFF, ShelfSync
from accounts.services.shelf_sending import send_what_is_left
from catalog.models import Release
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, More, StepResult
from vinyl.jobs.services import cancel, enqueue
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import CredentialsRejected

SHELF = "accounts.sync_shelf"

BROUGHT = gettext_noop("%(copies)s records on your shelf, %(wants)s wants")


def start_shelf_sync(user: User, *, username: str = "") -> Job:
    """Queue reading the person's Discogs collection and want list.

    `username` names a public shelf; without it the linked account is read. ValidationError when
    there is neither. The same sync that waits or runs is returned instead of a second one; one
    under another name is stopped.
    """
    link = link_of(user, SOURCE)
    name = username.strip() or (link.username if link else "")
    if not name or len(name) > 200 or "\x00" in name:
        raise ValidationError(_(NO_NAME), code="no_name")
    with transaction.atomic():
        running = Job.objects.filter(
            owner=user, kind=SHELF, state__in=Job.ACTIVE, cancel_requested=False
        )
        for job in running:
            if job.payload.get("username") != name:
                cancel(job)
        return enqueue(
            SHELF,
            owner=user,
            payload={"username": name},
            dedupe_key=str(user.pk),
            lane="interactive",
        )


def shelf_step(ctx: JobContext, user: User) -> StepResult:
    """One page. Rows are written at once; what left the shelf goes after the last page."""
    sync = ShelfSync.of(ctx, user)
    token = _own_token(sync)
    client = discogs.Client(person_id=user.pk, token=token)
    try:
        if sync.part == "copies":
            copies_page(sync, client, is_owner=token is not None)
        elif sync.part == "wants":
            wants_page(sync, client)
        else:
            return _finish(sync)
    except CredentialsRejected:
        if token is not None:
            mark_link_again(user, SOURCE)
        raise
    return More(checkpoint=sync.checkpoint())


def _own_token(sync: ShelfSync) -> discogs.UserToken | None:
    """The person's token, for their own shelf only: others' must be public."""
    link = link_of(sync.user, SOURCE)
    own = link is not None and link.username.casefold() == sync.name.casefold()
    return discogs_token(sync.user) if own else None


def _finish(sync: ShelfSync) -> Done:
    user = sync.user
    began = datetime.fromisoformat(sync.started)
    with transaction.atomic():
        gone = Owned.objects.filter(user=user, discogs_instance_id__isnull=False)
        # Those that were added there while this ran may be missing on pages that were read before.
        gone = gone.exclude(discogs_instance_id__in=sync.copies)
        gone.filter(Q(sent_at__isnull=True) | Q(sent_at__lt=began)).delete()
        _wants_that_left(sync, began).delete()
        _forget_notes(sync, began)
        changed = _remember(sync)
        send_what_is_left(user)
        send_copies_left(user)
    off = sync.skipped[TAKEN_OFF]
    copies = Owned.objects.filter(user=user, discogs_instance_id__in=sync.copies).count()
    wants = Want.objects.filter(user=user, release__in=sync.wants).count()
    result = {"copies": copies, "wants": wants, "skipped": dict(sync.skipped), "taken_off": off}
    total = sync.ctx.job.progress_total or 1
    sync.ctx.progress(total, total, BROUGHT, copies=copies, wants=wants)
    return Done(result if changed else {**result, "unchanged": True})


def _wants_that_left(sync: ShelfSync, began: datetime) -> Any:
    """Wants that follow Discogs' list and stand there no more. What was sent while this ran, or
    waits to be sent, may be missing on pages that were read before."""
    waiting = DiscogsChange.objects.filter(
        user=sync.user, what=DiscogsChange.What.WANT, wanted=True
    )
    follows = Q(source=SOURCE, sent_at__isnull=True) | Q(sent_at__lt=began)
    return Want.objects.filter(follows, user=sync.user, release__isnull=False).exclude(
        Q(release_id__in=sync.wants) | Q(release__discogs_id__in=waiting.values("number"))
    )


def _forget_notes(sync: ShelfSync, began: datetime) -> None:
    """What was taken off here and is gone at Discogs too need not be remembered, nor sent."""
    found = Release.objects.filter(pk__in=sync.wants).values_list("discogs_id", flat=True)
    there = {number for number in found if number is not None}
    for what, numbers in (
        (DiscogsChange.What.WANT, there),
        (DiscogsChange.What.COPY, set(sync.copies)),
    ):
        DiscogsChange.objects.filter(
            user=sync.user, what=what, wanted=False, changed_at__lt=began
        ).exclude(number__in=numbers).delete()


def _remember(sync: ShelfSync) -> bool:
    """Note what was read and when; whether it differs from the last time."""
    user, now = sync.user, timezone.now()
    if link_of(user, SOURCE) is None:
        name_account(user, SOURCE, sync.name)
    LinkedService.objects.filter(user=user, service=SOURCE).update(synced_at=now)
    whole = hashlib.sha256("".join(sync.lines).encode()).hexdigest()
    old = Snapshot.objects.filter(user=user, source=SOURCE).first()
    values: dict[str, Any] = {
        "username": sync.name,
        "content_hash": whole,
        "used": len(sync.copies) + len(sync.wants),
        "skipped": dict(sync.skipped),
        "taken_at": now,
    }
    Snapshot.objects.update_or_create(user=user, source=SOURCE, defaults=values)
    return old is None or (old.username, old.content_hash) != (sync.name, whole)
