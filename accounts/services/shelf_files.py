"""Files of shelves and wants: taken in, looked through by a job, stored by another, forgotten.

A file is looked through first and shows what would become of every row; nothing is stored until
its owner says so. Each step of both jobs ends in one transaction with the rows that it was about,
so that a killed worker neither loses nor doubles anything.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.csv.reading import FileRefused, read_table
from accounts.csv.words import why_refused
from accounts.models import CsvImport, CsvRow, User
from accounts.uploads import found_as, kept_as, new_file, remove_old_files
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

logger = logging.getLogger(__name__)
READ, STORE = "accounts.csv_read", "accounts.csv_store"
FOLDER = "csv"
KEEP_REPORTS = timedelta(days=30)
List, State, Status = CsvImport.List, CsvImport.State, CsvRow.Status
TO_STORE = (Status.NEW, Status.CHANGED, Status.ASK)
# Every row is in one of the three: count in = stored + skipped + failed.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "stored": (*TO_STORE, Status.STORED),
    "skipped": (Status.SAME, Status.SKIPPED, Status.DOUBTFUL),
    "failed": (Status.FAILED,),
}
GONE = gettext_noop("The file is no longer here. Bring it once more.")


class Upload(Protocol):
    """What Django gives for an uploaded file."""

    @property
    def name(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    def read(self) -> bytes: ...


def bring_file(user: User, name: str, file: Upload) -> tuple[CsvImport, Job]:
    """Keep the uploaded file and queue looking it through, as the shelf or the wants (`name`).

    ValidationError where it is empty, too large, or no such list; nothing is kept then.
    """
    if not file.size:
        raise ValidationError(why_refused("empty"), code="empty")
    if file.size > settings.CSV_UPLOAD_LIMIT:
        raise ValidationError(why_refused("too_large"), code="too_large")
    content = file.read()
    try:
        read_table(content, name)
    except FileRefused as refused:
        raise ValidationError(why_refused(refused.reason), code=refused.reason) from refused
    kept = new_file(FOLDER, user.pk)
    kept.write_bytes(content)
    path = kept_as(kept)
    with transaction.atomic():
        made = CsvImport.objects.create(
            user=user, list=name, name=_plain(file.name or ""), path=path
        )
        payload = {"file": made.pk, "path": path, "subject": made.name}
        job = enqueue(READ, owner=user, payload=payload, dedupe_key=f"{made.pk}")
    return made, job


def _plain(name: str) -> str:
    return "".join(one for one in Path(name).name if one.isprintable())[:200]


def store_file(file: CsvImport) -> Job:
    """Queue storing what the file brings. ValidationError while it is still looked through."""
    with transaction.atomic():
        held = CsvImport.objects.select_for_update().get(pk=file.pk)
        if held.state == State.READING:
            raise ValidationError(why_refused(""), code="reading")
        if held.state == State.READ:
            held.state = State.STORING
            held.save(update_fields=["state"])
        payload = {"file": held.pk, "subject": held.name}
        return enqueue(STORE, owner=held.user, payload=payload, dedupe_key=f"{held.pk}")


def take_doubtful(file: CsvImport, line: int) -> CsvRow:
    """The person says that the doubtful row is the album that was found. CsvRow.DoesNotExist
    where no such row is in doubt."""
    with transaction.atomic():
        # As it is now: a worker may have ended storing since the page was drawn.
        held = CsvImport.objects.select_for_update().get(pk=file.pk)
        row = CsvRow.objects.select_for_update().get(
            file=held, line=line, status=Status.DOUBTFUL, album_id__isnull=False
        )
        row.status, row.reason = Status.NEW, "no_pressing"
        row.save(update_fields=["status", "reason"])
        if held.state == State.STORED:
            held.state = State.READ
            held.save(update_fields=["state"])
    return row


def forget_file(file: CsvImport) -> None:
    """Delete the report of a file, and the file where it still waits. What was stored stays."""
    path = file.path
    file.delete()
    if path:
        found_as(FOLDER, path).unlink(missing_ok=True)


def forget_old_reports() -> int:
    """Delete reports of a month ago; how many."""
    remove_old_files(FOLDER)
    old = CsvImport.objects.filter(created_at__lt=timezone.now() - KEEP_REPORTS)
    gone = old.count()
    for file in old:
        forget_file(file)
    return gone


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows a file has and what becomes of them; the three add up to `rows`."""

    rows: int
    stored: int
    skipped: int
    failed: int
    by_status: Mapping[str, int]

    @property
    def to_store(self) -> int:
        return sum(self.by_status.get(status, 0) for status in TO_STORE)

    @property
    def to_ask(self) -> int:
        return self.by_status.get(Status.ASK, 0)


def tally(file: CsvImport) -> Tally:
    """The rows of a file counted. One query."""
    return tallies([file])[file.pk]


def tallies(files: Collection[CsvImport]) -> dict[int, Tally]:
    """The rows of each of these files counted, by the file's id. One query, none for no files."""
    counted: dict[int, dict[str, int]] = {file.pk: {} for file in files}
    if counted:
        rows = CsvRow.objects.filter(file__in=counted).order_by().values_list("file_id", "status")
        for number, status, count in rows.annotate(rows=Count("pk")):
            counted[number][status] = count
    return {number: _tally(by_status) for number, by_status in counted.items()}


def _tally(by_status: Mapping[str, int]) -> Tally:
    groups = {name: sum(by_status.get(one, 0) for one in GROUPS[name]) for name in GROUPS}
    return Tally(rows=sum(by_status.values()), by_status=by_status, **groups)


def content_of(file: CsvImport) -> bytes | None:
    """The file's bytes; None where it is gone."""
    try:
        return found_as(FOLDER, file.path).read_bytes() if file.path else None
    except OSError:
        return None


def file_of(user: User, payload: Mapping[str, Any]) -> CsvImport | None:
    """The file that a job is about."""
    return CsvImport.objects.filter(pk=payload.get("file") or 0, user=user).first()
