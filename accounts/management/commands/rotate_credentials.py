"""Encrypt all stored tokens, service keys and second factors with the newest of CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from accounts import second_factor
from accounts.credentials import rotate
from vinyl.embedded.command import DatabaseCommand
from vinyl.upstreams.credentials import keys


class Command(DatabaseCommand):
    help = "Encrypt all tokens, service keys and second factors with the newest CREDENTIAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        ours = keys.rotate()
        self.stdout.write(f"Keys of {ours.rotated} services written with the newest key.")
        done = rotate()
        self.stdout.write(f"{done.rotated} tokens written with the newest key.")
        codes = second_factor.rotate()
        self.stdout.write(f"{codes.rotated} secrets of second factors written with the newest key.")
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
        if codes.unreadable:
            raise CommandError(
                f"No key opens the second factors {', '.join(map(str, codes.unreadable))}. Put "
                "their old key back into CREDENTIAL_KEYS and run this again, or take them away: "
                "manage.py second_factor_off"
            )
