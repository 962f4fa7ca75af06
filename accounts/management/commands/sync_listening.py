"""Read somebody's listening now and wait for the end."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.management.people import HELP, the_person
from accounts.services import start_listening_sync
from accounts.services.sources import PERIODS
from vinyl.embedded.command import DatabaseCommand
from vinyl.jobs.following import see_through


class Command(DatabaseCommand):
    help = "Read a person's listening from Last.fm, ListenBrainz or Spotify and wait for the end."
    needs_sandbox = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help=HELP)
        parser.add_argument("--source", required=True, choices=sorted(PERIODS))
        parser.add_argument("--name", default="", help="account name; default: the linked one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = the_person(options["user"])
            job = start_listening_sync(user, source=options["source"], username=options["name"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        see_through(self, job)
