"""Read somebody's listening now, in this process."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services import start_listening_sync
from accounts.services.sources import PERIODS
from vinyl.jobs.models import Job
from vinyl.jobs.queries import strip
from vinyl.jobs.services import run_pending_jobs


class Command(BaseCommand):
    help = "Read a person's listening from Last.fm, ListenBrainz or Spotify and wait for the end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="e-mail address")
        parser.add_argument("--source", required=True, choices=sorted(PERIODS))
        parser.add_argument("--name", default="", help="account name; default: the linked one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["user"])
            job = start_listening_sync(user, source=options["source"], username=options["name"])
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody here has the address {options['user']}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        _run(job)
        _report(self, job)


def _run(job: Job) -> None:
    """Drain this kind until the job ends or waits; workers may be faster, that is as well."""
    while True:
        run_pending_jobs({job.kind})
        job.refresh_from_db()
        if job.state != Job.State.QUEUED or job.not_before is not None:
            return


def _report(command: BaseCommand, job: Job) -> None:
    shown = strip(job)
    for label, value, _state in shown.steps:
        command.stdout.write(f"{label}: {value}")
    if job.state == Job.State.FAILED:
        raise CommandError(shown.cause)
    command.stdout.write(f"{shown.status} {shown.cause}".strip())
