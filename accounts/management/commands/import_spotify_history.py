"""Import a Spotify history file now and wait for the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import CommandError, CommandParser

from accounts.management.people import HELP, the_person
from accounts.services import import_spotify_history
from vinyl.embedded.command import DatabaseCommand
from vinyl.jobs.following import see_through


class Command(DatabaseCommand):
    help = "Import the zip or JSON file that Spotify gave a person. The file itself stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help=HELP)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = the_person(options["user"])
            with options["file"].open("rb") as stream:
                job = import_spotify_history(user, File(stream))
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        see_through(self, job)
        for reason, count in job.result.get("skipped", {}).items():
            self.stdout.write(f"  skipped, {reason}: {count}")
        for name in job.result.get("files", ()):
            self.stdout.write(f"  not readable: {name}")
