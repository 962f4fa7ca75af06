"""`manage.py stop`: end the site that runs on this data folder."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from vinyl.embedded import cli


class Command(BaseCommand):
    help = "Stop the running site, or what is left of one that was killed."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(cli.stop())
