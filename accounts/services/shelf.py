"""Shelf and wants: changed by hand here, or read from the person's Discogs account."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.linking import discogs_token, mark_link_again, name_account
from accounts.models import GRADES, LinkedService, Owned, Snapshot, User, Want
from accounts.queries import link_of
from catalog.models import Release
from catalog.queries import of_albums, present_id
from catalog.services import ReleaseSummary, upsert_release_summary
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.jobs.services import cancel, enqueue
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import CredentialsRejected

SHELF = "accounts.sync_shelf"
SOURCE = LinkedService.Service.DISCOGS.value
NOT_VINYL, NO_TITLE = "not_vinyl", "no_title"
_GRADE = re.compile(r"\(([^)]+)\)")
_MEDIA_FIELD, _SLEEVE_FIELD, _NOTES_FIELD = 1, 2, 3

COPIES = gettext_noop("Shelf")
WANTS = gettext_noop("Wants")
SO_FAR = gettext_noop("%(n)s of %(all)s")
READING_SHELF = gettext_noop("Reading the shelf: %(n)s of %(all)s")
READING_WANTS = gettext_noop("Reading the wants: %(n)s of %(all)s")
BROUGHT = gettext_noop("%(copies)s records on your shelf, %(wants)s wants")
NO_NAME = gettext_noop("Link your Discogs account first, or type its name.")


# --- by hand ----------------------------------------------------------------------------


def add_want(user: User, *, album_id: int | None = None, release_id: int | None = None) -> Want:
    """Want an album in any pressing, or one pressing. Wanted already: the same want."""
    what: dict[str, Any] = _exactly_one(album_id, release_id)
    # A want of what was merged into the album is a want of the album.
    standing = Want.objects.filter(_rows_of(what), user=user).first()
    return standing or Want.objects.get_or_create(user=user, **what)[0]


def remove_want(user: User, *, album_id: int | None = None, release_id: int | None = None) -> bool:
    """No longer want it; False when it was not wanted. For an album, wants of single pressings
    stay."""
    wanted = Want.objects.filter(_rows_of(_exactly_one(album_id, release_id)), user=user)
    gone, _rows = wanted.delete()
    return gone > 0


def add_owned(user: User, *, album_id: int | None = None, release_id: int | None = None) -> Owned:
    """Put a copy on the shelf, by its pressing where known. Standing there already: that copy.

    Further copies come from Discogs, where each has an instance of its own.
    """
    what = _exactly_one(album_id, release_id)
    if release_id is not None:
        what["album_id"] = Release.objects.values_list("album_id", flat=True).get(pk=release_id)
    with transaction.atomic():
        # Two clicks at once must not make two copies: there is no constraint to stop them.
        User.objects.select_for_update().get(pk=user.pk)
        copies = Owned.objects.filter(_rows_of(what), user=user)
        return copies.first() or Owned.objects.create(user=user, added_at=timezone.now(), **what)


def remove_owned(user: User, *, album_id: int | None = None, release_id: int | None = None) -> int:
    """Take all copies of an album, or of one pressing, off the shelf; how many there were."""
    copies = Owned.objects.filter(_rows_of(_exactly_one(album_id, release_id)), user=user)
    return copies.delete()[0]


def _exactly_one(album_id: int | None, release_id: int | None) -> dict[str, int]:
    """The one that is given, as fields of a row; ValueError for none or both."""
    given = {"album_id": album_id, "release_id": release_id}
    found = {name: number for name, number in given.items() if number is not None}
    if len(found) != 1:
        raise ValueError("exactly one of album_id and release_id is needed")
    if "album_id" in found:
        found["album_id"] = present_id(found["album_id"])
    return found


def _rows_of(what: dict[str, Any]) -> Q:
    """A person's rows of this album, whatever was merged into it, or of this pressing."""
    return (
        Q(release_id=what["release_id"]) if "release_id" in what else of_albums([what["album_id"]])
    )


# --- from Discogs -----------------------------------------------------------------------


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


@dataclass
class ShelfSync:
    """One run: page by page through the collection, then through the want list."""

    ctx: JobContext
    user: User
    name: str
    part: str = "copies"
    page: int = 1
    copies: list[int] = field(default_factory=list)
    wants: list[int] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, ctx: JobContext, user: User) -> ShelfSync:
        link = link_of(user, SOURCE)
        name = str(ctx.payload.get("username") or (link.username if link else ""))
        if not name:
            raise Fail("no_name", NO_NAME)
        state = ctx.checkpoint
        return cls(
            ctx=ctx,
            user=user,
            name=name,
            part=state.get("part", "copies"),
            page=int(state.get("page", 1)),
            copies=list(state.get("copies", [])),
            wants=list(state.get("wants", [])),
            skipped=Counter(state.get("skipped", {})),
            lines=list(state.get("lines", [])),
        )

    def checkpoint(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "page": self.page,
            "copies": self.copies,
            "wants": self.wants,
            "skipped": dict(self.skipped),
            "lines": self.lines,
        }


def shelf_step(ctx: JobContext, user: User) -> StepResult:
    """One page. Rows are written at once; what left the shelf goes after the last page."""
    sync = ShelfSync.of(ctx, user)
    token = _own_token(sync)
    client = discogs.Client(person_id=user.pk, token=token)
    try:
        if sync.part == "copies":
            _copies_page(sync, client)
        elif sync.part == "wants":
            _wants_page(sync, client)
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


def _copies_page(sync: ShelfSync, client: discogs.Client) -> None:
    page = client.collection_items(sync.name, page=sync.page)
    hashes = hashlib.sha256()
    known = _in_catalogue(item.release for item in page)
    with transaction.atomic():
        standing = {
            copy.discogs_instance_id: copy
            for copy in Owned.objects.filter(
                user=sync.user, discogs_instance_id__in=[item.instance_id for item in page]
            )
        }
        new = []
        for item in page:
            marks = sorted(item.notes.items())
            hashes.update(f"{item.instance_id} {item.release.id} {marks}".encode())
            release = _release(sync, item.release, known)
            if release is None or item.instance_id in sync.copies:
                continue
            sync.copies.append(item.instance_id)
            copy = standing.get(item.instance_id)
            if copy is None:
                values = _copy_values(item, release)
                added_at = item.added_at or timezone.now()
                instance = {"discogs_instance_id": item.instance_id, "added_at": added_at}
                new.append(Owned(user=sync.user, **instance, **values))
            else:
                _renew(copy, _copy_values(item, release))
        Owned.objects.bulk_create(new)
    _turn_page(sync, page, hashes.hexdigest(), COPIES, READING_SHELF, "wants")


def _renew(copy: Owned, values: dict[str, Any]) -> None:
    """Write what differs; most copies stand as they stood."""
    changed = [name for name, value in values.items() if getattr(copy, name) != value]
    for name in changed:
        setattr(copy, name, values[name])
    if changed:
        copy.save(update_fields=changed)


def _wants_page(sync: ShelfSync, client: discogs.Client) -> None:
    page = client.wants(sync.name, page=sync.page)
    hashes = hashlib.sha256()
    known = _in_catalogue(row.release for row in page)
    with transaction.atomic():
        new = []
        for row in page:
            hashes.update(f"w{row.release.id}".encode())
            release = _release(sync, row.release, known)
            if release is not None and release.pk not in sync.wants:
                sync.wants.append(release.pk)
                new.append(Want(user=sync.user, release=release, source=SOURCE))
        # What is wanted already, by hand or from the last time, stays as it is.
        Want.objects.bulk_create(new, ignore_conflicts=True)
    _turn_page(sync, page, hashes.hexdigest(), WANTS, READING_WANTS, "end")


def _turn_page(
    sync: ShelfSync,
    page: discogs.Page[Any],
    digest: str,
    label: str,
    sentence: str,
    then: str,
) -> None:
    sync.lines.append(digest[:16])
    read = min(page.total, (page.page - 1) * 100 + len(page.items))
    sync.ctx.figure(label, SO_FAR, n=read, all=page.total)
    sync.ctx.progress(read, max(page.total, read), sentence, n=read, all=page.total)
    if page.is_last:
        sync.part, sync.page = then, 1
    else:
        sync.page += 1


def _in_catalogue(rows: Iterable[discogs.BasicInformation]) -> dict[int, Release]:
    """The pressings of a page by Discogs' id, made from their rows where they are new.

    Outside the page's transaction, and in one order everywhere: making one holds the locks of
    its artist and album until its transaction ends, and of two shelves with the same records in
    another order each would hold what the other waits for.
    """
    usable = {row.id: row for row in rows if _why_skipped(row) is None}
    found = Release.objects.filter(discogs_id__in=usable)
    known = {release.discogs_id: release for release in found if release.discogs_id is not None}
    for number in sorted(usable.keys() - known.keys()):
        known[number] = upsert_release_summary(ReleaseSummary.of(usable[number]))
    return known


def _why_skipped(row: discogs.BasicInformation) -> str | None:
    """Why a row is no record of ours; None for one that is."""
    if not row.is_vinyl:
        return NOT_VINYL
    return None if row.title.strip() else NO_TITLE


def _release(
    sync: ShelfSync, row: discogs.BasicInformation, known: dict[int, Release]
) -> Release | None:
    """The row's pressing; None, and counted, where it is skipped."""
    reason = _why_skipped(row)
    if reason is not None:
        sync.skipped[reason] += 1
        return None
    return known[row.id]


def _copy_values(item: discogs.CollectionItem, release: Release) -> dict[str, Any]:
    return {
        "album_id": release.album_id,
        "release_id": release.pk,
        "grade": _grade(item.notes.get(_MEDIA_FIELD, "")),
        "sleeve_grade": _grade(item.notes.get(_SLEEVE_FIELD, "")),
        "notes": item.notes.get(_NOTES_FIELD, ""),
        "source": SOURCE,
    }


def _grade(text: str) -> str:
    """ "VG+" of "Very Good Plus (VG+)"; "NM" of "Near Mint (NM or M-)"; "" for none."""
    found = _GRADE.search(text)
    word = found.group(1).split(" ")[0] if found else text.strip()
    return word if word in GRADES else ""


def _finish(sync: ShelfSync) -> Done:
    user = sync.user
    with transaction.atomic():
        Owned.objects.filter(user=user, discogs_instance_id__isnull=False).exclude(
            discogs_instance_id__in=sync.copies
        ).delete()
        Want.objects.filter(user=user, source=SOURCE, release__isnull=False).exclude(
            release_id__in=sync.wants
        ).delete()
        changed = _remember(sync)
    result = {
        "copies": len(sync.copies),
        "wants": len(sync.wants),
        "skipped": dict(sync.skipped),
    }
    total = sync.ctx.job.progress_total or 1
    sync.ctx.progress(total, total, BROUGHT, copies=len(sync.copies), wants=len(sync.wants))
    return Done(result if changed else {**result, "unchanged": True})


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
