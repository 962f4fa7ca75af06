"""Listening from a file that Spotify gave the person: kept until it is read, then removed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.history import BROKEN, TOO_LARGE, HistoryError, Play, Skipped, read_history
from accounts.models import Listening, Snapshot, User
from accounts.services import snapshots
from accounts.services.listening import FILE_SOURCE, IMPORT, conclude
from accounts.services.snapshots import Heard
from accounts.uploads import found_as, kept_as, new_file
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.jobs.services import enqueue

Period = Listening.Period
DAYS = {
    Period.YEAR.value: 365,
    Period.HALF.value: 182,
    Period.QUARTER.value: 91,
    Period.MONTH.value: 30,
}
# Of one period's artists and albums, those with most plays.
MOST_LINES = 2_000
FOLDER = "history"
TELL_EVERY = 5_000

READ = gettext_noop("%(n)s plays read")
GONE = gettext_noop("The file is no longer here. Upload it again.")
NOTHING_COUNTS = gettext_noop(
    "%(n)s lines read, but none of them is a play of 30 seconds or more. Upload the zip that "
    "Spotify mailed you."
)
# By whether the file brought anything new, and whether one play is used.
FILE_USED = {
    (True, True): gettext_noop("%(used)s play used, %(skipped)s skipped"),
    (True, False): gettext_noop("%(used)s plays used, %(skipped)s skipped"),
    (False, True): gettext_noop("%(used)s play used, %(skipped)s skipped. It brought nothing new."),
    (False, False): gettext_noop(
        "%(used)s plays used, %(skipped)s skipped. They brought nothing new."
    ),
}
# Names of files that could not be read, as many as are told.
MOST_FILES = 20


class Upload(Protocol):
    """What Django hands over for an uploaded file."""

    @property
    def size(self) -> int | None: ...

    def chunks(self, chunk_size: Any = None) -> Any: ...


def import_spotify_history(user: User, file: Upload) -> Job:
    """Keep the uploaded zip or JSON file and queue reading it.

    ValidationError when it is empty or larger than settings.HISTORY_UPLOAD_LIMIT. While an
    earlier import waits or runs, that one is returned and the new file is not kept.
    """
    if not file.size:
        text = _("The file is empty: nothing was read. Choose the zip that Spotify mailed you.")
        raise ValidationError(text, code="empty")
    if file.size > settings.HISTORY_UPLOAD_LIMIT:
        raise ValidationError(_(TOO_LARGE), code="too_large")
    kept = new_file(FOLDER, user.pk)
    with kept.open("xb") as target:
        _copy(file, target)
    job = enqueue(
        IMPORT,
        owner=user,
        payload={"path": kept_as(kept)},
        dedupe_key=str(user.pk),
        lane="interactive",
    )
    if Path(job.payload.get("path", "")).name != kept.name:
        kept.unlink(missing_ok=True)
    return job


def _copy(file: Upload, target: IO[bytes]) -> None:
    for chunk in file.chunks():
        target.write(chunk)


@dataclass
class Tally:
    """Plays of a file, summed up by artist and album over the periods that end now."""

    now: datetime
    artists: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    albums: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    tracks: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    skipped: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    used: int = 0

    def skip(self, row: Skipped) -> None:
        self.skipped[row.reason] += 1
        if row.file and len(self.files) < MOST_FILES:
            self.files.append(row.file)

    def add(self, play: Play) -> None:
        self.used += 1
        age = (self.now - play.at).days
        album = (play.artist, play.album)
        for period in (Period.ALL.value, *(name for name, days in DAYS.items() if age < days)):
            self.artists[period][play.artist] += 1
            if play.album:
                self.albums[period][album] += 1
        if play.album:
            self.tracks[album].add(play.track.casefold())

    @property
    def read(self) -> int:
        return self.used + sum(self.skipped.values())

    def rows(self, period: str) -> list[Heard]:
        """The lines of one period, most played first; names decide between equals."""
        artists = sorted(self.artists[period].items(), key=lambda one: (-one[1], one[0]))
        albums = sorted(self.albums[period].items(), key=lambda one: (-one[1], one[0]))
        return [
            *(
                Heard(Listening.Kind.ARTIST.value, name, plays=plays)
                for name, plays in artists[:MOST_LINES]
            ),
            *(
                Heard(
                    Listening.Kind.ALBUM.value,
                    *album,
                    plays=plays,
                    distinct_tracks=len(self.tracks[album]),
                )
                for album, plays in albums[:MOST_LINES]
            ),
        ]


def import_step(ctx: JobContext, user: User) -> StepResult:
    """Read the file and store what it says; in a second step remove it.

    Reading a million plays takes seconds, so a killed worker simply starts over.
    """
    path = found_as(FOLDER, str(ctx.payload.get("path", "")))
    if "stored" in ctx.checkpoint:
        path.unlink(missing_ok=True)
        return _conclude(ctx, user)
    if not path.is_file():
        raise Fail("file_gone", GONE)
    try:
        tally = _tally(ctx, path)
    except HistoryError as error:
        path.unlink(missing_ok=True)
        raise Fail(error.code, error.message) from error
    if not tally.used:
        path.unlink(missing_ok=True)
        raise Fail("nothing_counts", NOTHING_COUNTS, n=tally.read)
    changed = _store(user, tally)
    told = {"read": tally.read, "files": tally.files}
    return More(checkpoint={"stored": True, "changed": changed, **told})


def _tally(ctx: JobContext, path: Path) -> Tally:
    tally = Tally(now=timezone.now())
    try:
        rows = read_history(path, size_limit=settings.HISTORY_UPLOAD_LIMIT, now=tally.now)
        for index, row in enumerate(rows):
            if isinstance(row, Play):
                tally.add(row)
            else:
                tally.skip(row)
            if index % TELL_EVERY == 0:
                ctx.progress(0, None, READ, n=index)
    except FileNotFoundError as error:
        raise HistoryError("file_gone", GONE) from error
    except OSError as error:
        raise HistoryError("broken", BROKEN) from error
    return tally


@transaction.atomic
def _store(user: User, tally: Tally) -> bool:
    """Everything or nothing; whether anything is new."""
    snapshot = snapshots.begin(user, FILE_SOURCE, "")
    matcher = snapshots.Matcher()
    digests = [
        snapshots.write_period(snapshot, period, tally.rows(period), matcher)
        for period in (Period.ALL.value, *DAYS)
    ]
    # The shorter periods move with the calendar; whether the file is another one, its whole says.
    _kept, changed = snapshots.finish(
        snapshot,
        content_hash=digests[0],
        plays=tally.used,
        used=tally.used,
        skipped=dict(tally.skipped),
    )
    return changed


def _conclude(ctx: JobContext, user: User) -> Done:
    snapshot = Snapshot.objects.filter(user=user, source=FILE_SOURCE).first()
    if snapshot is None:
        raise Fail("file_gone", GONE)
    changed = bool(ctx.checkpoint.get("changed"))
    told = {"read": ctx.checkpoint.get("read", 0), "files": ctx.checkpoint.get("files", [])}
    done = conclude(ctx, user, snapshot, changed=changed, **told)
    skipped = sum(snapshot.skipped.values())
    words = FILE_USED[changed, snapshot.used == 1]
    ctx.progress(1, 1, words, used=snapshot.used, skipped=skipped)
    return done
