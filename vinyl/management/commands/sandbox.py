"""`manage.py sandbox`: the stand-in for the outside services, started or told what to do."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the sandbox, or tell the running one: faults, limits, counters. See --help."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Become the sandbox's own program: the product imports nothing of it."""
        self._become(argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        self._become([])

    def _become(self, arguments: list[str]) -> None:
        environment = {**os.environ, "SANDBOX_URL": settings.SANDBOX_URL}
        program = [sys.executable, "-m", "sandbox", *arguments]
        self.stdout.flush()
        os.execve(sys.executable, program, environment)  # noqa: S606 - our own module
