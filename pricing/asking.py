"""One question to one source, step by step: what a job of kind "pricing.ask" does."""

from __future__ import annotations

import time
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connections
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from catalog import services as catalogue
from catalog.models import Album, Release
from catalog.queries import present_id
from pricing import providers, services
from pricing.providers.base import LeftOut, Part, Piece, Pressing, Provider, Question
from pricing.services.recording import Answer, Stored, record_answers
from vinyl import standing
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.pooling import give_back
from vinyl.together import together
from vinyl.upstreams.door import Lane, answer_first
from vinyl.upstreams.errors import RateLimited, UpstreamError
from vinyl.upstreams.terms import terms_for

GONE = gettext_noop("This album is no longer in the catalogue.")
ASKING = gettext_noop("Asking %(source)s")
FOUND = gettext_noop("Offers from %(source)s: %(found)s")
# A budget that frees up this soon is no news; the page goes on saying that we ask.
SOON = timedelta(seconds=60)
# A step takes less than a minute, so no piece is begun after this many seconds of it.
BEGIN_WITHIN_S = 25.0
# What comes so soon after a part that was stored is stored together: a page looks no more often,
# and each time costs as much for one part as for five. The first and the last never wait.
TOGETHER_S = 0.6
# So long the first calls have the processor to themselves before it is told that they are under
# way, and the page that fetches the last price before the job is ended; nobody sees the difference.
UNSAID_S = 0.03
# How far a question is, and whether somebody pressed Stop: no more often, most are over by then.
SAY_EVERY_S = 1.0
# Of what was left out, so many are named; the rest are counted.
EXAMPLES_KEPT = 40
PRESSINGS_LOOKED_AT = 2000
# What was asked so short a time ago need not be asked again before others.
FRESH_FOR = timedelta(minutes=3)
# Threads that wait for sources, shared by all questions of this process.
_waiters = ThreadPoolExecutor(max_workers=32, thread_name_prefix="asks")


@dataclass
class Progress:
    """How far a question is: the pieces still to ask and what the others brought. Its checkpoint
    is this as JSON."""

    left: list[Piece]
    total: int
    not_asked: int = 0
    found: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)

    def note(self, stored: int, left_out: dict[str, int], examples: tuple[LeftOut, ...]) -> None:
        """One piece is answered and stored."""
        self.found += stored
        self.left_out = dict(Counter(self.left_out) + Counter(left_out))
        room = EXAMPLES_KEPT - len(self.examples)
        self.examples += [asdict(one) for one in examples[: max(0, room)]]

    def told(self) -> dict[str, Any]:
        """What is noted of a question that is answered, and its job's result."""
        names = ("found", "left_out", "examples", "not_asked")
        return {name: getattr(self, name) for name in names}


def step(ctx: JobContext) -> StepResult:
    """Ask as many pieces side by side as the source's provider allows and store each as it comes.
    See the kind's payload in tasks. What a source does not answer is noted beside the ask, then
    the job's rules hold; what it answered before stays answered."""
    provider = providers.provider(ctx.payload["provider"])
    try:
        question = question_for(ctx.payload, lane=_lane(ctx))
        progress = _progress(ctx, provider, question)
        before = len(progress.left)
        trouble = _Round(ctx, provider, question, progress).run()
        if trouble is not None and len(progress.left) == before:
            raise trouble
    except UpstreamError as error:
        if not _passes_soon(error):
            services.not_answered(ctx.job, error)
        raise
    if progress.left:
        done = progress.total - len(progress.left)
        ctx.progress(done, progress.total, ASKING, **_words(provider, progress))
        return More(checkpoint=asdict(progress))
    if question.lane is Lane.INTERACTIVE:
        time.sleep(UNSAID_S)
    # Not told as progress first: the page that waits for the end would look twice.
    return Done(progress.told(), FOUND, _words(provider, progress))


def _progress(ctx: JobContext, provider: Provider, question: Question) -> Progress:
    if "left" in ctx.checkpoint:
        return Progress(**ctx.checkpoint)
    plan = provider.plan(question)
    return Progress(list(plan.pieces), len(plan.pieces), plan.not_asked)


def _words(provider: Provider, progress: Progress) -> dict[str, Any]:
    # A worker speaks nobody's language: the source's name is translated where it is read.
    with translation.override(None):
        return {"source": {"say": str(provider.label)}, "found": progress.found}


@dataclass
class _Round:
    """The pieces of one step: some under way, the next begun when one is answered."""

    ctx: JobContext
    provider: Provider
    question: Question
    progress: Progress
    trouble: UpstreamError | None = None
    next_ones: deque[Piece] = field(default_factory=deque)
    under_way: dict[Future[Part], Piece] = field(default_factory=dict)
    unanswered: list[Piece] = field(default_factory=list)
    said_at: float = field(default_factory=time.monotonic)

    def run(self) -> UpstreamError | None:
        """Ask until all is answered, the step's time is over or the source fails. What is under
        way then is still taken. The pieces that were not answered stand in `progress.left`."""
        until = time.monotonic() + BEGIN_WITHIN_S
        self.next_ones = deque(self.progress.left)
        if not self._apart():
            self.ctx.begun()
        give_back()  # jobs that wait need none of the process's connections
        self._fill(until)
        # Told while the pieces are on their way; one that is asked here has come already.
        if self._apart():
            wait(self.under_way, timeout=UNSAID_S, return_when=FIRST_COMPLETED)
            self.ctx.begun()
        parts: list[Part] = []
        store_at = 0.0
        while self.under_way:
            patience = max(0.0, store_at - time.monotonic()) if parts else None
            done = wait(self.under_way, timeout=patience, return_when=FIRST_COMPLETED).done
            parts += [part for one in done if (part := self._part(one)) is not None]
            # The next ones are on their way while these are stored.
            self._fill(until)
            if self.under_way and time.monotonic() < store_at:
                continue
            self._store(parts, last=not self.under_way and not self._left_over())
            parts, store_at = [], time.monotonic() + TOGETHER_S
            self.progress.left = [*self.under_way.values(), *self._left_over()]
            if self.under_way:
                self._say()  # the end is told by whoever ends the step
                give_back()
        return self.trouble

    def _left_over(self) -> list[Piece]:
        """What is neither answered nor under way."""
        return [*self.unanswered, *self.next_ones]

    def _apart(self) -> bool:
        """Whether pieces are asked in threads of their own."""
        return self.provider.at_once > 1 and self.progress.total > 1

    def _fill(self, until: float) -> None:
        """Begin as many pieces as may be under way at once."""
        while (
            self.next_ones
            and len(self.under_way) < self.provider.at_once
            and self.trouble is None
            and time.monotonic() < until
        ):
            piece = self.next_ones.popleft()
            self.under_way[self._begin(piece)] = piece

    def _begin(self, piece: Piece) -> Future[Part]:
        made: Future[Part] = Future()
        if not self._apart():  # in this thread: nothing else could happen meanwhile
            _answer(made, self.provider, self.question, piece)
            return made
        # Whether this process may call out, and for whom, goes along into the thread.
        about = copy_context()
        _waiters.submit(about.run, _answer_apart, made, self.provider, self.question, piece)
        return made

    def _part(self, one: Future[Part]) -> Part | None:
        """What came; None when nothing did."""
        piece = self.under_way.pop(one)
        try:
            return one.result()
        except UpstreamError as error:
            self.trouble = self.trouble or error
            self.unanswered.append(piece)
            return None

    def _store(self, parts: list[Part], *, last: bool) -> None:
        """Store what came; with the last part, that this is all."""
        if not parts:
            return
        answers = [
            Answer(
                source=part.source or self.provider.name,
                album_id=self.question.album_id,
                territory=self.provider.scope(self.question.territory),
                part=part,
            )
            for part in parts
        ]

        def also(every: list[Stored]) -> None:
            for part, stored in zip(parts, every, strict=True):
                self.progress.note(stored.quotes, stored.left_out, part.examples)
            if last:
                services.note_answered(self.ctx.job, self.progress.told())
            else:
                services.tell(self.ctx.job)

        record_answers(answers, also=also)

    def _say(self) -> None:
        """For whoever looks at the job; who waits for its prices hears of those."""
        if time.monotonic() - self.said_at < SAY_EVERY_S:
            return
        self.said_at = time.monotonic()
        done = self.progress.total - len(self.progress.left)
        self.ctx.progress(done, self.progress.total, ASKING, **_words(self.provider, self.progress))


def _answer(made: Future[Part], provider: Provider, question: Question, piece: Piece) -> None:
    try:
        made.set_result(provider.answer(question, piece))
    except BaseException as error:  # whoever waits for it hears of anything
        made.set_exception(error)


def _answer_apart(made: Future[Part], provider: Provider, question: Question, piece: Piece) -> None:
    """Somebody waits for the answer: the call is written down while it is stored."""
    try:
        with answer_first():
            _answer(made, provider, question, piece)
    finally:
        # A client may have looked up a key; the thread keeps no connection for that.
        connections.close_all()


def _lane(ctx: JobContext) -> Lane:
    return Lane.INTERACTIVE if ctx.job.queue == Job.Queue.INTERACTIVE else Lane.BACKGROUND


def _passes_soon(error: UpstreamError) -> bool:
    if not isinstance(error, RateLimited):
        return False
    return error.retry_at is None or error.retry_at < timezone.now() + SOON


# In the order of Pressing's fields.
_OF_PRESSING = (
    "discogs_id", "barcode", "catalogue_number", "year", "country", "format", "have", "want",
)  # fmt: skip
# Somebody waits for these: written out.
_WANTED = {"id", "title", "artist_line", "year", "merged_into_id", "releases_synced_at"}
# In the order of the model's fields, in which from_db takes them.
_OF_ALBUM = [one.attname for one in Album._meta.concrete_fields if one.attname in _WANTED]
_ALBUM = f"SELECT {', '.join(_OF_ALBUM)} FROM catalog_album WHERE id = %(album)s"
# Official pressings on vinyl, whether the person wants each, and what is known of its price: the
# lowest that was seen, as far as it is present or its source's old ones may be used, and whether
# the source that is asked has the best, or told it a few minutes ago.
_PRESSINGS = f"""
SELECT r.id, {", ".join(f"r.{name}" for name in _OF_PRESSING)}, EXISTS (
        SELECT 1 FROM accounts_want w WHERE w.user_id = %(person)s AND w.release_id = r.id
    ) AS wanted, seen.least, coalesce(seen.best, false), coalesce(seen.fresh, false)
FROM catalog_release r LEFT JOIN (
    SELECT release_id, min(amount_eur) AS least,
        bool_or(source = %(source)s AND id IN (SELECT quote_id FROM pricing_albumbestprice
            WHERE album_id = %(album)s AND valid_until > %(now)s)) AS best,
        bool_or(source = %(source)s AND observed_at > %(fresh)s) AS fresh
    FROM pricing_quote
    WHERE album_id = %(album)s AND release_id IS NOT NULL AND NOT is_auction AND doubt = ''
        AND (source = ANY(%(kept)s) OR valid_until > %(now)s)
    GROUP BY release_id
) AS seen ON seen.release_id = r.id
WHERE r.album_id = %(album)s AND r.discogs_id IS NOT NULL AND NOT r.is_unofficial
    AND r.medium = %(vinyl)s
ORDER BY r.id LIMIT {PRESSINGS_LOOKED_AT}
"""


def question_for(payload: dict[str, Any], *, lane: Lane) -> Question:
    """The question of a job's payload. Reads the album's pressings first where nobody did."""
    person_id, source = payload.get("user_id"), payload.get("provider", "")
    found = _album_and_pressings(payload["album_id"], person_id, source)
    if found is None:
        raise Fail("gone", GONE)
    album, pressings = found
    if album.releases_synced_at is None and not album.releases.exists():
        catalogue.sync_album_releases(album, lane=lane)
        album.refresh_from_db()
        pressings = pressings_of(album.pk, person_id=person_id, source=source)
    # It may have turned out to be one that we have under another name.
    if album.merged_into_id is not None:
        album = Album.objects.get(pk=present_id(album.pk))
        pressings = pressings_of(album.pk, person_id=person_id, source=source)
    release = None
    if payload.get("release_id") is not None:
        one = Release.objects.filter(pk=payload["release_id"], album=album).first()
        if one is None:
            raise Fail("gone", GONE)
        release = _pressing(one)
    return Question(
        album_id=album.pk,
        artist=album.artist_line,
        title=album.title,
        pressings=() if release else pressings,
        release=release,
        territory=payload["territory"],
        country=payload["country"],
        postcode=payload.get("postcode", ""),
        person_id=person_id,
        lane=lane,
        year=album.year,
    )


Pressings = tuple[Pressing, ...]


def _album_and_pressings(
    album_id: int, person_id: int | None, source: str
) -> tuple[Album, Pressings] | None:
    """What a question begins with, in one round trip; None where there is no such album."""
    with standing.cursor() as about, standing.cursor() as pressed:
        with together():
            about.execute(_ALBUM, {"album": album_id})
            _ask_pressings(pressed, album_id, person_id, source)
        row = about.fetchone()
        if row is None:
            return None
        return Album.from_db(None, _OF_ALBUM, row), _read_pressings(pressed)


def pressings_of(album_id: int, *, person_id: int | None = None, source: str = "") -> Pressings:
    """An album's official pressings on vinyl that Discogs knows, with what may be known of their
    prices where `source` is asked. One query."""
    with standing.cursor() as cursor:
        _ask_pressings(cursor, album_id, person_id, source)
        return _read_pressings(cursor)


def _ask_pressings(cursor: Any, album_id: int, person_id: int | None, source: str) -> None:
    now = timezone.now()
    given = {
        "album": album_id,
        "person": person_id,
        "kept": [name for name in providers.PROVIDERS if terms_for(name).keep_history],
        "vinyl": Release.Medium.VINYL,
        "source": source,
        "now": now,
        "fresh": now - FRESH_FOR,
    }
    cursor.execute(_PRESSINGS, given)


def _read_pressings(cursor: Any) -> Pressings:
    return tuple(Pressing(*row) for row in cursor.fetchall())


def _pressing(release: Release) -> Pressing:
    return Pressing(release.pk, *(getattr(release, name) for name in _OF_PRESSING))
