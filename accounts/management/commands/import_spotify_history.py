"""Import a Spotify history file now, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services import import_spotify_history
from vinyl.jobs.models import Job
from vinyl.jobs.queries import strip
from vinyl.jobs.services import run_pending_jobs


class Command(BaseCommand):
    help = "Import the zip or JSON file that Spotify gave a person. The file itself stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="e-mail address")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["user"])
            with options["file"].open("rb") as stream:
                job = import_spotify_history(user, File(stream))
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody here has the address {options['user']}.") from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        run_pending_jobs({job.kind})
        job.refresh_from_db()
        if job.state == Job.State.FAILED:
            raise CommandError(strip(job).cause)
        self.stdout.write(strip(job).status)
        for reason, count in job.result.get("skipped", {}).items():
            self.stdout.write(f"  skipped, {reason}: {count}")
