"""Looking a file through: every row gets a status, nothing is stored yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.csv.reading import MOST_ROWS, FileRefused, Table, read_table
from accounts.csv.rows import SHELF, BadRow, Line, is_other_medium, read_line
from accounts.csv.words import why_refused
from accounts.models import CsvImport, CsvRow, Owned, User
from accounts.queries import wants_of
from accounts.services.shelf_files import FOLDER, GONE, content_of, file_of
from accounts.services.shelf_lines import told_of_copy, told_of_want
from accounts.services.shelf_names import Meant, meant_by
from accounts.uploads import found_as
from catalog.matching import Verdict, normalise_name, normalise_title, title_similarity
from catalog.matching.folding import is_latin
from catalog.models import Release
from catalog.queries import present
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult

A_STEP = 1000
# The number counts, and the row says that it is another record's.
OTHER_RECORD = "other_record"
Status, State = CsvRow.Status, CsvImport.State
READING = gettext_noop("Looking through the file: %(n)s rows")
LOOKED = gettext_noop("%(n)s rows looked through")
# Why a file was refused while it was read: such a file was not let in, so it is hardly ever seen.
REFUSED = gettext_noop("The file cannot be read.")


@dataclass
class Seen:
    """One row while it is looked at."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    line: Line | None = None
    status: str = ""
    reason: str = ""
    key: str = ""
    copy: int | None = None
    album_id: int | None = None
    release_id: int | None = None

    def say(self, status: str, reason: str = "") -> None:
        self.status, self.reason = status, reason

    def row(self, file: CsvImport) -> CsvRow:
        values: dict[str, Any] = {"cells": self.cells, "key": self.key}
        if self.copy is not None:
            values["copy"] = self.copy
        return CsvRow(
            file=file, line=self.number, status=self.status, reason=self.reason,
            values=values, album_id=self.album_id, release_id=self.release_id,
        )  # fmt: skip


def read_step(ctx: JobContext, user: User) -> StepResult:
    """{file, path}: so many rows of the file, from where the last step ended."""
    file = file_of(user, ctx.payload)
    content = None if file is None else content_of(file)
    if file is None or content is None:
        raise Fail("gone", GONE)
    try:
        table = read_table(content, file.list)
    except FileRefused as refused:
        raise Fail(refused.reason, why_refused(refused.reason)) from refused
    done = int(ctx.checkpoint.get("done", 0))
    seen = _chunk(table, file.list, done)
    look_at(user, file, seen)
    last = len(seen) < A_STEP or done + len(seen) >= MOST_ROWS
    with transaction.atomic():
        held = CsvImport.objects.select_for_update().get(pk=file.pk)
        # What a killed worker left of this very step is written anew.
        held.rows.filter(line__gte=seen[0].number).delete() if seen else None
        CsvRow.objects.bulk_create([one.row(held) for one in seen], batch_size=500)
        if last:
            held.state, held.path = State.READ, ""
            held.save(update_fields=["state", "path"])
    done += len(seen)
    ctx.progress(done, None, READING, n=done)
    if not last:
        return More(checkpoint={"done": done})
    found_as(FOLDER, file.path).unlink(missing_ok=True)
    ctx.progress(1, 1, LOOKED, n=done)
    return Done({"file": file.pk, "rows": done})


def _chunk(table: Table, name: str, done: int) -> list[Seen]:
    """The next rows, read as far as each makes sense."""
    found = []
    for number, cells in islice(table.rows(), done, done + A_STEP):
        one = Seen(number)
        found.append(one)
        if isinstance(cells, BadRow):
            one.say(Status.FAILED, cells.reason)
            continue
        one.cells = cells
        try:
            one.line = read_line(name, cells)
        except BadRow as bad:
            one.say(Status.FAILED, bad.reason)
    return found


def look_at(user: User, file: CsvImport, seen: Sequence[Seen]) -> None:
    """Give every row that makes sense its record and its status."""
    open_rows = [one for one in seen if one.line is not None and not one.status]
    _find_records(open_rows)
    place(user, file, [one for one in open_rows if not one.status])


def place(user: User, file: CsvImport, rows: Sequence[Seen]) -> None:
    """Compare rows whose record is known with what stands here: new, changed or the same."""
    if file.list == SHELF:
        _place_copies(user, file, rows)
    else:
        _place_wants(user, file, rows)


def _find_records(rows: Sequence[Seen]) -> None:
    """By Discogs' number, else by what the row says."""
    numbers = {one.line.release_id for one in rows if one.line and one.line.release_id}
    found = Release.objects.filter(discogs_id__in=numbers).annotate(standing_id=present())
    names = ("title", "album__title", "album__artist_line")
    known = {
        number: (pk, album_id, *named)
        for number, pk, album_id, *named in found.values_list(
            "discogs_id", "pk", "standing_id", *names
        )
    }
    nameless = []
    for one in rows:
        assert one.line is not None
        number = one.line.release_id
        if number in known:
            one.release_id, one.album_id, title, album, artist = known[number]
            if _is_another(one.line, artist, (title, album)):
                one.reason = OTHER_RECORD
        elif is_other_medium(one.line.format):
            one.say(Status.SKIPPED, "not_vinyl")
        elif number is not None:
            one.key = f"d{number}"
            one.say(Status.ASK, "new_here")
        else:
            nameless.append(one)
    lines = [one.line for one in nameless if one.line is not None]
    for one, meant in zip(nameless, meant_by(lines), strict=True):
        _say_meant(one, meant)


def _is_another(line: Line, artist: str, titles: Sequence[str]) -> bool:
    """Whether a row clearly means another record than the one with its number: not one word of its
    title stands in that one's titles, and either none of its artist in that one's artist, or the
    titles name two works by all that matching knows. Either may be spelt in other ways."""
    if _shares_a_word(normalise_title, line.title, " ".join(titles)):
        return False
    if line.artist and artist and not _shares_a_word(normalise_name, line.artist, artist):
        return True
    # "Blue Album" is what people call one that bears the artist's name, and a title in other
    # letters may be a translation.
    known = [one for one in titles if normalise_name(one) != normalise_name(artist)]
    return len(known) == len(titles) and all(
        is_latin(line.title) == is_latin(one)
        and title_similarity(line.title, one).verdict == Verdict.DIFFERENT
        for one in known
    )


def _shares_a_word(words: Callable[[str], str], said: str, known: str) -> bool:
    """Also where either says nothing."""
    return not said or not known or bool({*words(said).split()} & {*words(known).split()})


def _say_meant(one: Seen, meant: Meant) -> None:
    one.album_id, one.release_id = meant.album_id, meant.release_id
    if meant.album_id is None:
        one.say(Status.SKIPPED, "not_found")
    elif not meant.sure:
        one.say(Status.DOUBTFUL, "perhaps")
    elif meant.release_id is None:
        one.reason = "no_pressing"


# --- what stands here already -------------------------------------------------------------


def _place_copies(user: User, file: CsvImport, rows: Sequence[Seen]) -> None:
    """Match rows with copies that stand on the shelf: of one record there will be as many as the
    file or the shelf has, whichever is more. So a file that is brought twice changes nothing.

    The copy that was added nearest to the row's time is the one.
    """
    used = set(
        CsvRow.objects.filter(file=file, values__has_key="copy")
        .exclude(line__in=[one.number for one in rows])
        .values_list("values__copy", flat=True)
    )
    standing: dict[tuple[int | None, int | None], list[Any]] = defaultdict(list)
    copies = Owned.objects.filter(user=user).exclude(pk__in=used).annotate(standing_id=present())
    wanted = copies.filter(release__in=[one.release_id for one in rows if one.release_id])
    if any(one.release_id is None for one in rows):
        wanted |= copies.filter(release__isnull=True)
    for copy in wanted.order_by("pk"):
        place = (copy.release_id, None if copy.release_id else copy.standing_id)
        standing[place].append(copy)
    for one in rows:
        assert one.line is not None
        one.key = f"r{one.release_id}" if one.release_id else f"a{one.album_id}"
        there = standing.get((one.release_id, None if one.release_id else one.album_id), [])
        if not there:
            one.say(Status.NEW, one.reason)
            continue
        when = one.line.added_at or timezone.now()
        copy = min(there, key=lambda row: (abs(row.added_at - when), row.pk))
        there.remove(copy)
        one.copy = copy.pk
        _compare_copy(one, copy)


def _compare_copy(one: Seen, copy: Owned) -> None:
    assert one.line is not None
    told = told_of_copy(one.line, one.cells)
    differs = any(
        abs(copy.added_at - value) >= timedelta(seconds=1)
        if name == "added_at"
        else getattr(copy, name) != value
        for name, value in told.items()
    )
    if copy.discogs_instance_id is not None:
        one.say(Status.SAME, "follows" if differs else "")
    else:
        one.say(Status.CHANGED if differs else Status.SAME)


def _place_wants(user: User, file: CsvImport, rows: Sequence[Seen]) -> None:
    """A record is wanted once: rows that name it again are left out."""
    for one in rows:
        one.key = f"r{one.release_id}" if one.release_id else f"a{one.album_id}"
    first = min((one.number for one in rows), default=0)
    before = CsvRow.objects.filter(
        file=file, line__lt=first, values__key__in=[one.key for one in rows]
    )
    named = set(before.values_list("values__key", flat=True))
    wants = wants_of(user).annotate(standing_id=present())
    by_release = {
        want.release_id: want
        for want in wants.filter(release__in=[one.release_id for one in rows if one.release_id])
    }
    albums = {one.album_id for one in rows if one.release_id is None}
    by_album = {want.standing_id: want for want in wants.filter(release__isnull=True) if albums}
    for one in rows:
        assert one.line is not None
        if one.key in named:
            one.say(Status.SKIPPED, "twice")
            continue
        named.add(one.key)
        want = by_release.get(one.release_id) if one.release_id else by_album.get(one.album_id)
        if want is None:
            keeps = file.list == SHELF or one.reason == OTHER_RECORD
            one.say(Status.NEW, one.reason if keeps else "")
            continue
        one.copy = want.pk
        told = told_of_want(one.line, one.cells)
        differs = any(getattr(want, name) != value for name, value in told.items())
        one.say(Status.CHANGED if differs else Status.SAME)
