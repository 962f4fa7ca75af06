"""Wants that people change here and Discogs has to hear of: noted with the change, sent by a job
(`copy_sending` does the same for the shelf).

Discogs' want list knows pressings only, so wants of albums stay here. A note is a row that goes
once Discogs took it; adding or removing twice is the same as once, so a job that was killed
between the two simply does it again.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.linking import discogs_token, mark_link_again
from accounts.models import DiscogsChange, LinkedService, User, Want
from accounts.queries import link_of
from catalog.models import Release
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.jobs.services import enqueue
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import CredentialsRejected, NotFound

SEND = "accounts.send_wants"
SOURCE = LinkedService.Service.DISCOGS.value
A_STEP = 10
_What = DiscogsChange.What

SENDING = gettext_noop("Telling Discogs: %(n)s of %(all)s")
SENT = gettext_noop("%(added)s added at Discogs, %(removed)s taken off there")
NO_LINK = gettext_noop("Link your Discogs account again: nothing can be changed there without.")


def note_want(want: Want, *, wanted: bool) -> None:
    """Note that Discogs' list should have this want, or have it no more. Inside the transaction
    that changes it. Wants of albums, and pressings that Discogs does not know, are no matter."""
    if want.release_id is None:
        return
    number = Release.objects.values_list("discogs_id", flat=True).get(pk=want.release_id)
    if number is None:
        return
    notes = DiscogsChange.objects.filter(user=want.user_id, what=_What.WANT, number=number)
    sends = _sends(want.user_id)
    is_there = want.source == SOURCE or want.sent_at is not None or notes.exists()
    if wanted and not sends:
        notes.delete()
        return
    if not wanted and not (sends or is_there):
        return
    note_change(want.user_id, _What.WANT, number, wanted=wanted, notes=want.notes)
    if sends:
        _queue(want.user_id)


def note_change(user_id: int, what: str, number: int, *, wanted: bool, **more: Any) -> None:
    """Remember a wish for this number of Discogs' instead of an older one."""
    DiscogsChange.objects.update_or_create(
        user_id=user_id,
        what=what,
        number=number,
        defaults={"wanted": wanted, "changed_at": timezone.now(), **more},
    )


def _sends(user_id: int) -> bool:
    return LinkedService.objects.filter(
        user=user_id, service=SOURCE, sends_wants=True, token__isnull=False
    ).exists()


def _queue(user_id: int) -> Job:
    owner = User.objects.get(pk=user_id)
    return enqueue(SEND, owner=owner, dedupe_key=str(user_id))


def wants_to_send(user: User) -> QuerySet[Want]:
    """Wants of single pressings that Discogs' list does not have, as far as is known here."""
    return Want.objects.filter(
        user=user, release__discogs_id__isnull=False, sent_at__isnull=True
    ).exclude(source=SOURCE)


def removals_to_send(user: User) -> QuerySet[DiscogsChange]:
    """Wants that were taken off here while nothing was sent."""
    return DiscogsChange.objects.filter(user=user, what=_What.WANT, wanted=False)


def switch_sending(user: User, *, on: bool) -> Job | None:
    """Send wants of single pressings to Discogs from now on, or no more. Switched on, what is
    here already is sent too. ValidationError without a linked account that may be changed."""
    with transaction.atomic():
        link = link_to_switch(user, on=on)
        if link is None:
            return None
        link.sends_wants = on
        link.save(update_fields=["sends_wants"])
        if not on:
            # What was never sent need not be; what was taken off stays off the next reading.
            DiscogsChange.objects.filter(user=user, what=_What.WANT, wanted=True).delete()
            return None
        for want in wants_to_send(user).select_related("release"):
            note_want(want, wanted=True)
        return _queue(user.pk) if _open(user).exists() else None


def link_to_switch(user: User, *, on: bool) -> LinkedService | None:
    """The person's link, locked; switching something on needs one that may change things there:
    ValidationError without."""
    link = LinkedService.objects.select_for_update().filter(user=user, service=SOURCE).first()
    if on and (link is None or link.token is None or link.state != LinkedService.State.OK):
        raise ValidationError(_(NO_LINK), code="no_link")
    return link


def send_what_is_left(user: User) -> Job | None:
    """Queue sending where something waits for it; None where nothing does."""
    return _queue(user.pk) if _sends(user.pk) and _open(user).exists() else None


def _open(user: User) -> QuerySet[DiscogsChange]:
    return DiscogsChange.objects.filter(user=user, what=_What.WANT).order_by("changed_at", "pk")


def linked(user: User, switch: str) -> tuple[LinkedService, discogs.Client]:
    """The person's Discogs link and a client for it. Fail without one that may be changed, or
    where its switch of that name is off."""
    link, token = link_of(user, SOURCE), discogs_token(user)
    if link is None or token is None or not getattr(link, switch):
        raise Fail("no_link", NO_LINK)
    return link, discogs.Client(person_id=user.pk, token=token)


def send_step(ctx: JobContext, user: User) -> StepResult:
    """A few of the notes, the oldest first; each goes when Discogs took it."""
    link, client = linked(user, "sends_wants")
    counts = {"added": 0, "removed": 0, "unknown": 0} | dict(ctx.checkpoint)
    waiting = list(_open(user)[:A_STEP])
    for change in waiting:
        try:
            counts[_send(client, link.username, change)] += 1
        except CredentialsRejected:
            mark_link_again(user, SOURCE)
            raise
        done = sum(counts.values())
        ctx.progress(done, done + _open(user).count(), SENDING, n=done, all=done + len(waiting))
    if _open(user).exists():
        return More(checkpoint=counts)
    ctx.progress(1, 1, SENT, added=counts["added"], removed=counts["removed"])
    return Done(counts)


def _send(client: discogs.Client, name: str, change: DiscogsChange) -> str:
    """Tell Discogs one wish and forget the note, unless it changed meanwhile; what happened."""
    happened = "removed"
    if change.wanted:
        try:
            client.add_want(name, change.number, notes=change.notes)
            happened = "added"
        except NotFound:
            happened = "unknown"
    else:
        client.remove_want(name, change.number)
    with transaction.atomic():
        DiscogsChange.objects.filter(pk=change.pk, changed_at=change.changed_at).delete()
        if happened == "added":
            Want.objects.filter(
                Q(release__discogs_id=change.number), user=change.user_id
            ).update(sent_at=timezone.now())  # fmt: skip
    return happened
