"""`manage.py prepare_database`: migrate, hold the mode, load the demo once."""

import gc
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands

from vinyl.embedded import prepared
from vinyl.embedded.command import DatabaseCommand, refuse_other_mode

DEMO_COMMAND = "load_demo"


class Command(DatabaseCommand):
    help = (
        "Bring the database up to date: migrations, the installation's mode, and in the sandbox "
        "mode the demo data the first time."
    )

    any_state = True

    def handle(self, *args: Any, **options: Any) -> None:
        known = prepared.stored(settings.DATABASE_URL)
        refuse_other_mode(known)
        fingerprint = prepared.migrations_fingerprint(settings.BASE_DIR)
        self.stdout.write("Applying the migrations.")
        # Thousands of models come and go: the collector need not look at everything else each time.
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        call_command("migrate", interactive=False, verbosity=1, stdout=self.stdout)
        demo = known.demo if known else False
        if settings.SANDBOX and not demo and DEMO_COMMAND in get_commands():
            self.stdout.write("Loading the demo data.")
            call_command(DEMO_COMMAND, stdout=self.stdout)
            demo = True
        prepared.store(
            settings.DATABASE_URL,
            migrations=fingerprint,
            upstreams=settings.UPSTREAMS,
            demo=demo,
        )
        self.stdout.write("The database is ready.")
