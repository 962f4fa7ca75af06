"""Encrypt all stored tokens with the newest of CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.credentials import rotate


class Command(BaseCommand):
    help = "Encrypt all stored tokens with the newest of CREDENTIAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate()
        self.stdout.write(f"{done.rotated} tokens written with the newest key.")
        if done.unreadable:
            rows = ", ".join(str(number) for number in done.unreadable)
            raise CommandError(
                f"No key opens the tokens of these links: {rows}. Put their old key back into "
                "CREDENTIAL_KEYS and run this again, or let their owners link again."
            )
