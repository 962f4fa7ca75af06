"""Long work of people: reading their listening, their history files, their shelves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.services import consents, demand, lastfm_storage
from accounts.services.copy_sending import SEND_COPIES, copies_step, send_copies_left
from accounts.services.history import FOLDER as HISTORIES
from accounts.services.history import import_step
from accounts.services.listening import IMPORT, RESOLVE, SYNC, sync_step
from accounts.services.messages import MAIL, mail_step, mail_what_is_left
from accounts.services.shelf_files import READ, STORE, forget_old_reports
from accounts.services.shelf_reading import read_step
from accounts.services.shelf_sending import SEND, send_step, send_what_is_left
from accounts.services.shelf_storing import store_step
from accounts.services.shelf_sync import SHELF, shelf_step
from accounts.services.snapshots import match_again
from accounts.uploads import remove_old_files
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult, job_kind, on_done
from vinyl.upstreams.errors import LABELS as SERVICE_LABELS

NOBODY = gettext_noop("The person this was for is gone.")


def _owner(ctx: JobContext) -> User:
    user = User.objects.filter(pk=ctx.owner_id).first() if ctx.owner_id else None
    if user is None:
        raise Fail("no_owner", NOBODY)
    return user


def _account(payload: Mapping[str, Any]) -> str:
    """Whose listening or shelf, as the service calls both."""
    service = SERVICE_LABELS.get(payload.get("source", ""), "")
    return " · ".join(part for part in (service, payload.get("username", "")) if part)


@job_kind(SYNC, queue="interactive", label=gettext_noop("Listening"), subject=_account)
def sync_listening(ctx: JobContext) -> StepResult:
    """{source, username}: one period of one service per step."""
    return sync_step(ctx, _owner(ctx))


@job_kind(IMPORT, queue="bulk", label=gettext_noop("Spotify history file"))
def import_history(ctx: JobContext) -> StepResult:
    """{path}: the name of an uploaded file."""
    return import_step(ctx, _owner(ctx))


@job_kind(SHELF, queue="interactive", label=gettext_noop("Discogs shelf"), subject=_account)
def sync_shelf(ctx: JobContext) -> StepResult:
    """{username}: one page of a collection or want list per step."""
    return shelf_step(ctx, _owner(ctx))


@job_kind(SEND, queue="sync", label=gettext_noop("Wants for Discogs"))
def send_wants(ctx: JobContext) -> StepResult:
    """What was wanted here, or no more, since Discogs was last told."""
    return send_step(ctx, _owner(ctx))


@job_kind(SEND_COPIES, queue="sync", label=gettext_noop("Copies for Discogs"))
def send_copies(ctx: JobContext) -> StepResult:
    """What was put on the shelf here, or taken off, since Discogs was last told."""
    return copies_step(ctx, _owner(ctx))


@job_kind(READ, queue="interactive", label=gettext_noop("Looking through a file"))
def read_file(ctx: JobContext) -> StepResult:
    """{file, path}: what would become of the rows of an uploaded file."""
    return read_step(ctx, _owner(ctx))


@job_kind(STORE, queue="interactive", label=gettext_noop("Storing a file"))
def store_file(ctx: JobContext) -> StepResult:
    """{file}: the rows of a file that was looked through."""
    return store_step(ctx, _owner(ctx))


@job_kind("accounts.forget_files", label=gettext_noop("Reports of files of a month ago"))
def forget_files(ctx: JobContext) -> StepResult:
    """Every day; histories whose import was stopped go too, whether or not anybody brings more."""
    remove_old_files(HISTORIES)
    return Done({"deleted": forget_old_reports()})


@job_kind(MAIL, queue="sync", label=gettext_noop("Mail"))
def mail_messages(ctx: JobContext) -> StepResult:
    """One mail with the messages that wait, when it may leave."""
    return mail_step(ctx, _owner(ctx))


@job_kind("accounts.trim_lastfm", label=gettext_noop("What lies here of Last.fm's"), prompt=True)
def trim_lastfm(ctx: JobContext) -> StepResult:
    """Every minute: Last.fm lets 100 MB lie here and no more."""
    return Done({"deleted_bytes": lastfm_storage.trim()})


@job_kind("accounts.announce_consents", label=gettext_noop("Consents that end soon"))
def announce_consents(ctx: JobContext) -> StepResult:
    """Every hour: whose consent at Spotify ends in a month, in a week, or has ended."""
    done = dict(ctx.checkpoint.get("done", {}))
    links = consents.near_their_end(int(ctx.checkpoint.get("after", 0)))
    for link_id in links:
        stage = consents.announce(link_id)
        if stage is not None:
            done[stage.value] = done.get(stage.value, 0) + 1
        ctx.progress(sum(done.values()))
    if not links:
        return Done(done)
    return More(checkpoint={"after": links[-1], "done": done})


@job_kind("accounts.tell_demand", label=gettext_noop("Artists that people play"))
def tell_demand(ctx: JobContext) -> StepResult:
    """Every day: whom the people play who come here, so that the catalogue keeps those fresh."""
    told = int(ctx.checkpoint.get("told", 0))
    people = demand.active_people(int(ctx.checkpoint.get("after", 0)))
    for user_id in people:
        told += demand.tell_demand(user_id)
    if people:
        return More(checkpoint={"after": people[-1], "told": told})
    return Done({"told": told})


def names_are_known(job: Job) -> None:
    """Names that somebody's listening waited for were looked up: match them."""
    owner = User.objects.filter(pk=job.owner_id).first() if job.owner_id else None
    if owner is not None:
        match_again(owner)


on_done(RESOLVE, names_are_known)


def more_to_send(job: Job) -> None:
    """What was changed while the last notes were sent is sent too."""
    if job.owner is not None:
        send_what_is_left(User.objects.get(pk=job.owner.pk))


on_done(SEND, more_to_send)


def more_copies_to_send(job: Job) -> None:
    """What came while the last was told is told too."""
    if job.owner is not None:
        send_copies_left(User.objects.get(pk=job.owner.pk))


on_done(SEND_COPIES, more_copies_to_send)


def more_to_mail(job: Job) -> None:
    """What somebody was told while the last mail was sent is mailed too."""
    if job.owner is not None:
        mail_what_is_left(User.objects.get(pk=job.owner.pk))


on_done(MAIL, more_to_mail)
