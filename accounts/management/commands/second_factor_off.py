"""Take the second factor away from somebody who has lost both app and recovery codes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.people import HELP, the_person
from accounts.second_factor import remove_second_factor
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Switch off somebody's second factor: be sure who is asking before you do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help=HELP)

    def handle(self, *args: Any, **options: Any) -> None:
        person = the_person(options["user"])
        if not remove_second_factor(person):
            raise CommandError(f"{person.email} has no second factor.")
        self.stdout.write(f"{person.email} signs in with the password alone from now on.")
