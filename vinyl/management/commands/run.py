"""`manage.py run`: the whole site, until Ctrl-C."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from vinyl.embedded import cli


class Command(BaseCommand):
    help = (
        "Run the whole site: database, Valkey, sandbox, web server, workers and beat. "
        "Restarts what dies; Ctrl-C stops everything."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        cli.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(cli.run(options["port"]))
