"""Look for what is out of joint in the catalogue."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from catalog.services.checking import CHECKS, check_catalogue
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Look for rows without a pressing, merges and ids that lead nowhere, and placeholders that "
        "are treated as artists. Prints what is wrong and ends with an error when something is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what is found")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = left = 0
        findings = check_catalogue(repair=options["repair"])
        for finding in self.track(findings, total=len(CHECKS), what="checks"):
            if not finding.count:
                continue
            wrong += finding.count
            left += finding.count - finding.mended
            some = ", ".join(str(pk) for pk in finding.examples)
            mended = f", {finding.mended} mended" if options["repair"] else ""
            self.stdout.write(f"{finding.count} {finding.name} (ids {some} ...){mended}")
        if left:
            raise CommandError(
                f"{left} rows are wrong" + ("" if options["repair"] else ": --repair mends them")
            )
        self.stdout.write(
            f"{len(CHECKS)} checks, " + (f"{wrong} rows mended." if wrong else "nothing is wrong.")
        )
