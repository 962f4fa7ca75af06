"""Encrypt all stored tokens and service keys with the newest of CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from accounts.credentials import rotate
from vinyl.embedded.command import DatabaseCommand
from vinyl.upstreams.credentials import keys


class Command(DatabaseCommand):
    help = "Encrypt all stored tokens and service keys with the newest of CREDENTIAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        ours = keys.rotate()
        self.stdout.write(f"Keys of {ours.rotated} services written with the newest key.")
        done = rotate()
        self.stdout.write(f"{done.rotated} tokens written with the newest key.")
        if ours.unreadable:
            raise CommandError(
                f"No key opens this site's own keys at: {', '.join(ours.unreadable)}. Put their "
                "old key back into CREDENTIAL_KEYS and run this again, or type them in again."
            )
        if done.unreadable:
            rows = ", ".join(str(number) for number in done.unreadable)
            raise CommandError(
                f"No key opens the tokens of these links: {rows}. Put their old key back into "
                "CREDENTIAL_KEYS and run this again, or let their owners link again."
            )
