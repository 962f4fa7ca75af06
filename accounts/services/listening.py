"""Listening of a service: asks for a sync, and runs it one period at a time.

The step functions are called by the job kind `accounts.sync_listening`; they call out, so only
workers may run them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.linking import (
    forget_listening,
    mark_link_again,
    name_account,
    spotify_access_token,
    unlink,
)
from accounts.models import LinkedService, Snapshot, User
from accounts.queries import link_of
from accounts.services import snapshots, sources
from accounts.services.sources import LABELS, PERIODS, PeriodRead
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.jobs.services import cancel, enqueue
from vinyl.upstreams import lastfm, listenbrainz, spotify
from vinyl.upstreams.errors import LABELS as SERVICE_LABELS
from vinyl.upstreams.errors import CredentialsRejected, TokenExpired

SYNC = "accounts.sync_listening"
IMPORT = "accounts.import_history"
RESOLVE = "catalog.resolve_names"
FILE_SOURCE = "spotify_file"
LONGEST_NAME = 200

PLAYS = gettext_noop("%(n)s plays")
RANKS = gettext_noop("%(n)s names")
READING = gettext_noop("reading")
NEXT = gettext_noop("next")
PERIODS_DONE = gettext_noop("%(n)s of %(all)s periods")
NOTHING_THERE = gettext_noop(
    "Nobody has played anything as “%(name)s” at %(service)s yet. Bring another source, or name "
    "a few artists."
)
NOT_COMPUTED = gettext_noop(
    "ListenBrainz has not computed the figures of “%(name)s” yet. Try again tomorrow."
)
NO_NAME = gettext_noop("We do not know your name at %(service)s. Type it and press Add.")
UNCHANGED = gettext_noop("Nothing new since the last time")
MATCHED = gettext_noop("%(used)s lines read, %(unmatched)s names are not in our catalogue")


def start_listening_sync(user: User, *, source: str, username: str = "") -> Job:
    """Queue reading a person's listening from "lastfm", "listenbrainz" or "spotify".

    Without `username` the name of the link is read. The same sync that waits or runs is returned
    instead of a second one; one under another name is stopped. ValidationError for an unknown
    source or without a name.
    """
    if source not in PERIODS:
        raise ValidationError(_("There is no source of this name."), code="unknown_source")
    link = link_of(user, source)
    name = username.strip() or (link.username if link else "")
    if source == LinkedService.Service.SPOTIFY:
        if link is None or link.state != LinkedService.State.OK:
            raise ValidationError(_("Link your Spotify account first."), code="not_linked")
    elif not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise ValidationError(_("Type the name of your account there."), code="no_name")
    with transaction.atomic():
        for job in active_syncs(user, source):
            if job.payload.get("username") == name:
                return job
            cancel(job)
        return enqueue(
            SYNC,
            owner=user,
            payload={"source": source, "username": name},
            dedupe_key=f"{user.pk}:{source}",
            lane="interactive",
        )


def active_syncs(user: User, source: str) -> list[Job]:
    """The person's queued and running syncs of a source."""
    found = Job.objects.filter(owner=user, kind=SYNC, state__in=Job.ACTIVE)
    return list(found.filter(payload__source=source, cancel_requested=False))


def forget_source(user: User, source: str) -> bool:
    """Stop reading a source, delete what was read there and the link. False if there was none."""
    for job in active_syncs(user, source):
        cancel(job)
    with transaction.atomic():
        gone = forget_listening(user, source)
        linked = source in LinkedService.Service.values and unlink(user, source)
    return gone or linked


@dataclass
class Sync:
    """One run of the sync job: who, where from, and how far it came."""

    ctx: JobContext
    user: User
    source: str
    name: str
    periods: list[str]
    at: int
    digests: list[str]
    plays: int
    used: int

    @classmethod
    def of(cls, ctx: JobContext, user: User) -> Sync:
        source, state = str(ctx.payload.get("source", "")), ctx.checkpoint
        if source not in PERIODS:
            raise Fail("unknown_source", gettext_noop("There is no source of this name."))
        link = link_of(user, source)
        name = str(ctx.payload.get("username") or (link.username if link else ""))
        if not name and source != LinkedService.Service.SPOTIFY:
            raise Fail("no_name", NO_NAME, service=SERVICE_LABELS[source])
        return cls(
            ctx=ctx,
            user=user,
            source=source,
            name=state.get("name") or name,
            periods=list(PERIODS[source]),
            at=int(state.get("period", 0)),
            digests=list(state.get("digests", [])),
            plays=int(state.get("plays", 0)),
            used=int(state.get("used", 0)),
        )

    def checkpoint(self) -> dict[str, Any]:
        return {
            "period": self.at,
            "digests": self.digests,
            "plays": self.plays,
            "used": self.used,
            "name": self.name,
        }

    def turn(self) -> None:
        """A sign of life after each page."""
        total = len(self.periods)
        self.ctx.progress(self.at, total, PERIODS_DONE, n=self.at, all=total)


def sync_step(ctx: JobContext, user: User) -> StepResult:
    """One period; after the last, the new snapshot takes the old one's place."""
    sync = Sync.of(ctx, user)
    if sync.at >= len(sync.periods):
        return _finish(sync)
    snapshot = snapshots.unfinished(user, sync.source, sync.name)
    if sync.at == 0:
        empty = _meet(sync)
        if empty is not None:
            return empty
        snapshot = snapshots.begin(user, sync.source, sync.name)
    if snapshot is None:
        return More(checkpoint={})  # somebody cleared it away: from the start
    if sync.at or sync.source == LinkedService.Service.LASTFM:
        # Elsewhere only the first answer tells whether there is such a person.
        _say_figures(sync)
    period = sync.periods[sync.at]
    read = _read(sync, period)
    if read is None:
        if sync.at == 0:
            snapshot.delete()
            raise Fail("not_computed", NOT_COMPUTED, name=sync.name)
        read = PeriodRead((), 0)
    sync.digests.append(snapshots.write_period(snapshot, period, read.rows))
    sync.used += len(read.rows)
    _say_period(sync, period, read)
    if sync.at == 0:
        sync.plays = max(sync.plays, read.plays or 0)
    sync.at += 1
    sync.turn()
    return More(checkpoint=sync.checkpoint())


def _meet(sync: Sync) -> Done | None:
    """Is there such a person, and did they play anything? NotFound passes through and ends the
    job before anything was changed."""
    if sync.source != LinkedService.Service.LASTFM:
        return None
    person = lastfm.Client(person_id=sync.user.pk).user_info(sync.name)
    sync.plays = person.playcount
    # As the service writes it: people type their names in any case.
    sync.name = person.name
    if person.playcount:
        return None
    return _nothing(sync)


def _nothing(sync: Sync) -> Done:
    service = SERVICE_LABELS[sync.source]
    sync.ctx.progress(1, 1, NOTHING_THERE, name=sync.name, service=service)
    return Done({"unchanged": True, "empty": True, "plays": 0})


def _read(sync: Sync, period: str) -> PeriodRead | None:
    who = sync.user.pk
    if sync.source == LinkedService.Service.LASTFM:
        return sources.read_lastfm(lastfm.Client(person_id=who), sync.name, period, sync.turn)
    if sync.source == LinkedService.Service.LISTENBRAINZ:
        return sources.read_listenbrainz(
            listenbrainz.Client(person_id=who), sync.name, period, sync.turn
        )
    return _read_spotify(sync, period)


def _read_spotify(sync: Sync, period: str) -> PeriodRead:
    token = spotify_access_token(sync.user)
    try:
        return sources.read_spotify(_spotify(sync, token), period, sync.turn)
    except TokenExpired:
        fresh = spotify_access_token(sync.user, rejected=token)
    try:
        return sources.read_spotify(_spotify(sync, fresh), period, sync.turn)
    except TokenExpired as error:
        # A token of this minute: Spotify does not want this link any more.
        mark_link_again(sync.user, LinkedService.Service.SPOTIFY)
        raise CredentialsRejected("spotify") from error


def _spotify(sync: Sync, token: str) -> spotify.Client:
    return spotify.Client(access_token=token, person_id=sync.user.pk, market=sync.user.country)


def _say_figures(sync: Sync) -> None:
    for index, period in enumerate(sync.periods[sync.at :]):
        reading = index == 0
        sync.ctx.figure(
            LABELS[period], READING if reading else NEXT, state="running" if reading else "next"
        )
    sync.turn()


def _say_period(sync: Sync, period: str, read: PeriodRead) -> None:
    if read.plays is None:
        sync.ctx.figure(LABELS[period], RANKS, n=len(read.rows))
    else:
        known = sync.plays if sync.at == 0 else 0
        sync.ctx.figure(LABELS[period], PLAYS, n=max(read.plays, known))


def _finish(sync: Sync) -> StepResult:
    snapshot = snapshots.unfinished(sync.user, sync.source, sync.name)
    if snapshot is None:
        return More(checkpoint={})
    if not sync.used:
        snapshot.delete()
        return _nothing(sync)
    if sync.source != LinkedService.Service.SPOTIFY:
        name_account(sync.user, sync.source, sync.name)
    whole = hashlib.sha256("".join(sync.digests).encode()).hexdigest()
    kept, changed = snapshots.finish(snapshot, content_hash=whole, plays=sync.plays, used=sync.used)
    LinkedService.objects.filter(user=sync.user, service=sync.source).update(
        synced_at=timezone.now()
    )
    return conclude(sync.ctx, sync.user, kept, changed=changed)


def conclude(
    ctx: JobContext, user: User, snapshot: Snapshot, *, changed: bool, **more: Any
) -> Done:
    """The end of any import: say what came, and have unknown names looked up."""
    total = ctx.job.progress_total or 1
    result = {
        "plays": snapshot.plays,
        "used": snapshot.used,
        "skipped": snapshot.skipped,
        "unmatched": snapshot.unmatched,
        **more,
    }
    if not changed:
        ctx.progress(total, total, UNCHANGED)
        return Done({**result, "unchanged": True})
    ctx.progress(total, total, MATCHED, used=snapshot.used, unmatched=snapshot.unmatched)
    look_up_names(user, snapshot)
    return Done(result)


def look_up_names(user: User, snapshot: Snapshot) -> Job | None:
    """Queue a look-up of the most played names that the catalogue does not know."""
    artists, albums = snapshots.names_to_resolve(snapshot)
    if not artists and not albums:
        return None
    return enqueue(
        RESOLVE,
        owner=user,
        payload={"artists": artists, "albums": albums},
        dedupe_key=f"{user.pk}:{snapshot.source}",
    )
