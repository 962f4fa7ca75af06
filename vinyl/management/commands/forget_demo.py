"""`manage.py forget_demo`: the only way from the sandbox to the real services."""

import shutil
from argparse import ArgumentParser
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Model

from vinyl.embedded import prepared, runfile
from vinyl.embedded.command import DatabaseCommand
from vinyl.embedded.paths import for_home

# Not from the sandbox: what migrations and curators put in, and Django's own bookkeeping.
KEPT_APPS = frozenset({"contenttypes", "django_celery_beat", "sites"})
KEPT_MODELS = frozenset({"auth.permission", "auth.group", "pricing.shop", "pricing.importrule"})


class Command(DatabaseCommand):
    help = (
        "Remove everything that the sandbox brought into this installation (people, catalogue, "
        "prices, jobs), so that it may start with UPSTREAMS=real. Shops stay."
    )
    any_state = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask on a terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        known = prepared.stored(settings.DATABASE_URL)
        if known is None:
            raise CommandError("this database was never prepared: there is no demo in it")
        if known.upstreams == "real":
            raise CommandError("this installation asks the real services: there is no demo in it")
        places = for_home(settings.VINILOGY_HOME)
        lock = runfile.take(places.supervisor_lock) if places.home.exists() else None
        if places.home.exists() and lock is None:
            raise CommandError("the site is running: stop it first (`make stop`)")
        if not options["yes"] and self._on_terminal() and not self._agreed():
            raise CommandError("nothing was removed")
        removed = remove_rows()
        for url in (settings.CACHE_URL, settings.BROKER_URL, settings.LIVE_URL):
            with redis.Redis.from_url(url) as valkey:
                valkey.flushdb()
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        # No mode any more: the next start chooses one.
        prepared.store(settings.DATABASE_URL, migrations=known.migrations, upstreams="", demo=False)
        if lock is not None:
            lock.close()
        self.stdout.write(f"The demo is forgotten: {removed} tables are empty.")

    def _on_terminal(self) -> bool:
        return bool(getattr(self.stdout, "isatty", lambda: False)())

    def _agreed(self) -> bool:
        self.stdout.write("This removes every person, record, price and job from the database.")
        return input("Type yes to go on: ").strip().lower() == "yes"


def forgotten_models() -> list[type[Model]]:
    """Every table that holds what came from the sandbox or from people who used it."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label not in KEPT_APPS
        and model._meta.label_lower not in KEPT_MODELS
        and not model._meta.label_lower.startswith("auth.group_")
    ]


@transaction.atomic
def remove_rows() -> int:
    """Empty the tables, all in one step; returns how many."""
    tables = [connection.ops.quote_name(model._meta.db_table) for model in forgotten_models()]
    with connection.cursor() as cursor:
        # One statement for all: no row outlives the row it refers to.
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
    return len(tables)
