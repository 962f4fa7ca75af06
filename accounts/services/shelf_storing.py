"""Storing what a file brings, after its owner said so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.csv.rows import SHELF, WANTS, printed_in, read_line
from accounts.models import CsvImport, CsvRow, Owned, User, Want
from accounts.services.copy_sending import send_copies_left
from accounts.services.shelf_files import GONE, file_of, tally
from accounts.services.shelf_lines import (
    Labels,
    copy_line,
    labels_of,
    told_of_copy,
    told_of_want,
    want_line,
)
from accounts.services.shelf_reading import OTHER_RECORD, Seen, place
from accounts.services.shelf_sending import note_want
from catalog.models import Album, Release
from catalog.queries import present_id
from catalog.services import ReleaseSummary, upsert_release_summary
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import NotFound

A_STEP, ASKED_A_STEP = 500, 5
Status, State = CsvRow.Status, CsvImport.State
STORING = gettext_noop("Storing: %(n)s of %(all)s")
ASKING = gettext_noop("Asking Discogs for what is new here: %(n)s left")
STORED = gettext_noop("%(stored)s stored, %(skipped)s skipped, %(failed)s failed")


def store_step(ctx: JobContext, user: User) -> StepResult:
    """{file}: so many rows, or so many questions to Discogs. The rows say what is left to do."""
    file = file_of(user, ctx.payload)
    if file is None:
        raise Fail("gone", GONE)
    if not _store_some(user, file) and not _ask_some(ctx, user, file):
        return _finish(ctx, file)
    counted = tally(file)
    done = counted.rows - counted.to_store
    if counted.to_store > counted.to_ask:
        ctx.progress(done, counted.rows, STORING, n=done, all=counted.rows)
    else:
        ctx.progress(done, counted.rows, ASKING, n=counted.to_ask)
    return More(checkpoint={})


def _finish(ctx: JobContext, file: CsvImport) -> Done:
    with transaction.atomic():
        held = CsvImport.objects.select_for_update().get(pk=file.pk)
        counted = tally(held)
        if held.state == State.STORING:
            # A row whose doubt ended meanwhile waits for its owner to say "store" once more.
            held.state = State.READ if counted.to_store else State.STORED
            held.save(update_fields=["state"])
    figures = {
        "stored": counted.stored, "skipped": counted.skipped, "failed": counted.failed,
    }  # fmt: skip
    ctx.progress(1, 1, STORED, **figures)
    if ctx.job.owner is not None:
        send_copies_left(ctx.job.owner)
    unchanged = {} if counted.stored else {"unchanged": True}
    return Done({"file": file.pk, "rows": counted.rows, **figures, **unchanged})


# --- rows -----------------------------------------------------------------------------------


def _store_some(user: User, file: CsvImport) -> int:
    """Store the next rows, in one transaction with their status; how many there were.

    What stands here is compared again: days may lie between looking and storing.
    """
    with transaction.atomic():
        CsvImport.objects.select_for_update().get(pk=file.pk)
        rows = list(file.rows.filter(status__in=[Status.NEW, Status.CHANGED])[:A_STEP])
        if not rows:
            return 0
        seen = [_seen(file, row) for row in rows]
        # In one transaction with the writing: nobody puts the same copies there in between.
        User.objects.select_for_update().get(pk=user.pk)
        place(user, file, seen)
        _write(user, file, seen)
        for row, one in zip(rows, seen, strict=True):
            row.status = Status.STORED if one.status in (Status.NEW, Status.CHANGED) else one.status
            row.reason = one.reason
            row.values = {**row.values, **({"copy": one.copy} if one.copy else {})}
        CsvRow.objects.bulk_update(rows, ["status", "reason", "values"], batch_size=A_STEP)
    return len(rows)


def _seen(file: CsvImport, row: CsvRow) -> Seen:
    """A row as it was looked at. What its owner decided stays decided."""
    cells = row.values["cells"]
    one = Seen(row.line, cells, read_line(file.list, cells))
    one.album_id, one.release_id = row.album_id, row.release_id
    if row.reason in ("no_pressing", OTHER_RECORD):
        one.reason = row.reason
    return one


def _write(user: User, file: CsvImport, seen: Sequence[Seen]) -> None:
    releases = Release.objects.select_related("album").in_bulk(
        [one.release_id for one in seen if one.release_id]
    )
    albums = Album.objects.in_bulk([one.album_id for one in seen if one.album_id])
    labels = labels_of(list(releases))
    write = _write_copies if file.list == SHELF else _write_wants
    write(user, seen, releases, albums, labels)


def _write_copies(
    user: User,
    seen: Sequence[Seen],
    releases: dict[int, Release],
    albums: dict[int, Album],
    labels: Labels,
) -> None:
    new: list[tuple[Seen, Owned]] = []
    standing = Owned.objects.select_related("album", "release").in_bulk(
        [one.copy for one in seen if one.copy and one.status == Status.CHANGED]
    )
    changed = []
    for one in seen:
        assert one.line is not None
        told = told_of_copy(one.line, one.cells)
        if one.status == Status.NEW:
            copy = Owned(
                user=user, source="file", **_record(one, releases, albums),
                **{"added_at": timezone.now().replace(microsecond=0)} | told,
            )  # fmt: skip
            new.append((one, copy))
        elif one.status == Status.CHANGED and one.copy in standing:
            copy = standing[one.copy]
            for name, value in told.items():
                setattr(copy, name, value)
            changed.append(copy)
        else:
            continue
        copy.printed = printed_in(SHELF, one.cells, copy_line(copy, labels))
    made = Owned.objects.bulk_create([copy for _one, copy in new])
    for (one, _copy), copy in zip(new, made, strict=True):
        one.copy = copy.pk
    fields = ["grade", "sleeve_grade", "rating", "notes", "folder", "added_at", "fields", "printed"]
    Owned.objects.bulk_update(changed, fields)


def _record(
    one: Seen, releases: dict[int, Release], albums: dict[int, Album]
) -> dict[str, Any]:  # fmt: skip
    release = releases.get(one.release_id or 0)
    if release is not None:
        return {"release": release, "album": release.album}
    return {"release": None, "album": albums[present_id(one.album_id or 0)]}


def _write_wants(
    user: User,
    seen: Sequence[Seen],
    releases: dict[int, Release],
    albums: dict[int, Album],
    labels: Labels,
) -> None:
    standing = Want.objects.select_related("album", "release__album").in_bulk(
        [one.copy for one in seen if one.copy and one.status == Status.CHANGED]
    )
    for one in seen:
        assert one.line is not None
        told = told_of_want(one.line, one.cells)
        if one.status == Status.NEW:
            record = _record(one, releases, albums)
            if record["release"] is not None:
                record["album"] = None
            want = Want(user=user, source="file", **record, **told)
        elif one.status == Status.CHANGED and one.copy in standing:
            want = standing[one.copy]
            for name, value in told.items():
                setattr(want, name, value)
        else:
            continue
        want.printed = printed_in(WANTS, one.cells, want_line(want, labels))
        want.save()
        one.copy = want.pk
        note_want(want, wanted=True)


# --- what is new here -----------------------------------------------------------------------


def _ask_some(ctx: JobContext, user: User, file: CsvImport) -> int:
    """Ask Discogs for a few of the pressings that are not in the catalogue; how many rows these
    were. Nothing that a file says of a record gets into the catalogue."""
    waiting = file.rows.filter(status=Status.ASK)
    keys = list(waiting.order_by("values__key").values_list("values__key", flat=True).distinct())
    client = discogs.Client(person_id=user.pk)
    for key in keys[:ASKED_A_STEP]:
        changes = _asked(client, int(key[1:]))
        waiting.filter(values__key=key).update(**changes)
        ctx.progress(0, None)
    return len(keys)


def _asked(client: discogs.Client, number: int) -> dict[str, Any]:
    """What becomes of the rows with this number of Discogs'."""
    try:
        found = client.release(number)
    except NotFound:
        return {"status": Status.FAILED, "reason": "no_release"}
    if not any(one.name == "Vinyl" for one in found.formats):
        return {"status": Status.SKIPPED, "reason": "not_vinyl"}
    release = upsert_release_summary(ReleaseSummary.of(found))
    return {
        "status": Status.NEW,
        "reason": "",
        "release_id": release.pk,
        "album_id": release.album_id,
    }
