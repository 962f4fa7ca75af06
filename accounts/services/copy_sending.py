"""Copies that people put on the shelf or take off here, told to Discogs by a job.

Adding twice makes two copies there, so each adding begins with looking: a copy of that pressing
which no row here stands for is the one that an earlier try added and was killed before it knew.
What is to be added needs no note: it is every copy of a pressing that Discogs knows, without an
instance there. What was taken off leaves its instance in a note, which goes once it is gone there.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.linking import mark_link_again
from accounts.models import DiscogsChange, LinkedService, Owned, User
from accounts.services.shelf_sending import (
    SENDING,
    SENT,
    SOURCE,
    link_to_switch,
    linked,
    note_change,
)
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, More, StepResult
from vinyl.jobs.services import enqueue
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import CredentialsRejected, NotFound

SEND_COPIES = "accounts.send_copies"
# Two or three calls each.
A_STEP = 5
_COPY = DiscogsChange.What.COPY
NOT_READ = gettext_noop(
    "Read your Discogs shelf first: else what stands on both would be added there again."
)


def note_copy(copy: Owned, *, wanted: bool) -> None:
    """Note that a copy is taken off here, so that the next reading leaves it out; or that it was
    put here, or back. Inside the transaction that changes it."""
    number = copy.discogs_instance_id
    if not wanted:
        if number is not None:
            release = copy.release.discogs_id if copy.release is not None else None
            note_change(copy.user_id, _COPY, number, wanted=False, release_number=release)
    elif number is not None and not _notes(copy.user_id, number).delete()[0]:
        # It is gone there by now: one more of the same pressing takes its place.
        _forget_instance(Owned.objects.filter(pk=copy.pk))
    if _sends(copy.user_id):
        _queue(copy.user_id)


def copies_to_add(user: User) -> QuerySet[Owned]:
    """Copies of pressings that Discogs knows and that stand on this shelf only."""
    return Owned.objects.filter(
        user=user,
        release__discogs_id__isnull=False,
        discogs_instance_id__isnull=True,
        sent_at__isnull=True,
    ).order_by("added_at", "pk")


def copies_to_remove(user: User) -> QuerySet[DiscogsChange]:
    """Copies that were taken off here and are still on the shelf there."""
    return DiscogsChange.objects.filter(
        user=user, what=_COPY, wanted=False, release_number__isnull=False
    ).order_by("changed_at", "pk")


def switch_copies(user: User, *, on: bool) -> Job | None:
    """Tell Discogs of copies from now on, or no more. Switched on, what differs already is told
    too. ValidationError without a linked account that may be changed, or before it was read."""
    with transaction.atomic():
        link = link_to_switch(user, on=on)
        if link is None:
            return None
        if on and link.synced_at is None:
            raise ValidationError(_(NOT_READ), code="not_read")
        link.sends_copies = on
        link.save(update_fields=["sends_copies"])
        return send_copies_left(user)


def send_copies_left(user: User) -> Job | None:
    """Queue telling where something waits for it; None where nothing does."""
    return _queue(user.pk) if _sends(user.pk) and _waiting(user) else None


def _waiting(user: User) -> int:
    return copies_to_add(user).count() + copies_to_remove(user).count()


def _sends(user_id: int) -> bool:
    return LinkedService.objects.filter(
        user=user_id, service=SOURCE, sends_copies=True, token__isnull=False
    ).exists()


def _queue(user_id: int) -> Job:
    return enqueue(SEND_COPIES, owner=User.objects.get(pk=user_id), dedupe_key=str(user_id))


def _notes(user_id: int, instance: int) -> QuerySet[DiscogsChange]:
    return DiscogsChange.objects.filter(user=user_id, what=_COPY, number=instance)


def _forget_instance(copies: QuerySet[Owned]) -> None:
    copies.update(discogs_instance_id=None, discogs_folder_id=None, sent_at=None)


def copies_step(ctx: JobContext, user: User) -> StepResult:
    """A few of the copies: what was taken off first, then what was put here."""
    link, client = linked(user, "sends_copies")
    counts = {"added": 0, "removed": 0, "unknown": 0} | dict(ctx.checkpoint)
    gone = list(copies_to_remove(user)[:A_STEP])
    new = list(copies_to_add(user).select_related("release")[: A_STEP - len(gone)])
    try:
        for change in gone:
            _take_off(client, link.username, change)
            counts["removed"] += 1
        for copy in new:
            counts[_add(client, link.username, copy)] += 1
    except CredentialsRejected:
        mark_link_again(user, SOURCE)
        raise
    done, left = sum(counts.values()), _waiting(user)
    if left and (gone or new):
        ctx.progress(done, done + left, SENDING, n=done, all=done + left)
        return More(checkpoint=counts)
    ctx.progress(1, 1, SENT, added=counts["added"], removed=counts["removed"])
    return Done(counts)


def _there(client: discogs.Client, name: str, release: int) -> list[discogs.CollectionItem]:
    try:
        return list(client.copies_of_release(name, release))
    except NotFound:
        return []


def _take_off(client: discogs.Client, name: str, change: DiscogsChange) -> None:
    """Take one copy off there and forget the note. Put back here meanwhile, it is added anew."""
    assert change.release_number is not None
    for item in _there(client, name, change.release_number):
        if item.instance_id == change.number:
            folder = 1 if item.folder_id is None else item.folder_id
            client.remove_copy(name, change.release_number, change.number, folder=folder)
    with transaction.atomic():
        if not DiscogsChange.objects.filter(pk=change.pk).delete()[0]:
            _forget_instance(
                Owned.objects.filter(user=change.user_id, discogs_instance_id=change.number)
            )


def _add(client: discogs.Client, name: str, copy: Owned) -> str:
    """Put one copy there, or find the one that an earlier try has put there; what happened."""
    assert copy.release is not None and copy.release.discogs_id is not None
    number = copy.release.discogs_id
    instance = _unclaimed(copy.user_id, _there(client, name, number))
    if instance is None:
        try:
            instance = client.add_copy(name, number)
        except NotFound:
            Owned.objects.filter(pk=copy.pk).update(sent_at=timezone.now())
            return "unknown"
        if instance is None:
            instance = _unclaimed(copy.user_id, _there(client, name, number))
    with transaction.atomic():
        stands = Owned.objects.filter(pk=copy.pk, discogs_instance_id__isnull=True)
        told = stands.update(
            discogs_instance_id=instance, discogs_folder_id=1, sent_at=timezone.now()
        )
        if not told and instance is not None and not _claimed(copy.user_id, instance):
            # Taken off here while it was added there.
            note_change(copy.user_id, _COPY, instance, wanted=False, release_number=number)
    return "added"


def _claimed(user_id: int, instance: int) -> bool:
    rows = Owned.objects.filter(user=user_id, discogs_instance_id=instance)
    return rows.exists() or _notes(user_id, instance).exists()


def _unclaimed(user_id: int, there: list[discogs.CollectionItem]) -> int | None:
    """The instance of a copy there that no row and no note here stands for."""
    free = (item.instance_id for item in there if not _claimed(user_id, item.instance_id))
    return next(free, None)
