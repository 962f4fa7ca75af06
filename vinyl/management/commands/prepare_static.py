"""`manage.py prepare_static`: collect the static files and remember from what."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from vinyl.embedded import cli, prepared


class Command(BaseCommand):
    help = "Collect the static files and remember for which sources, so that a start can skip it."

    def handle(self, *args: Any, **options: Any) -> None:
        # Before collecting: a file that changes meanwhile makes the next start collect again.
        fingerprint = prepared.static_fingerprint(cli.plan().static_sources)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        prepared.store_static(settings.STATIC_ROOT, fingerprint)
        self.stdout.write("The static files are collected.")
