"""`manage.py forget_demo`: the only way from the sandbox to the real services."""

import shutil
import sys
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
DEMO_SHOPS = ".example"
KEPT_MODELS = frozenset({"auth.permission", "auth.group", "pricing.shop", "pricing.importrule"})


class Command(DatabaseCommand):
    help = (
        "Remove everything that the sandbox brought into this installation (people, catalogue, "
        "prices, jobs), so that it may start with UPSTREAMS=real. Shops stay."
    )
    any_state = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask; scripts have to say so")

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
        self._tell()
        if not options["yes"]:
            self._ask()
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

    def _tell(self) -> None:
        """What goes, before it does."""
        counts = [(model._meta.label, model._base_manager.count()) for model in forgotten_models()]
        held = sorted((one for one in counts if one[1]), key=lambda one: -one[1])
        people = dict(held).get(settings.AUTH_USER_MODEL, 0)
        rows = sum(count for _label, count in held)
        self.stdout.write(
            f"This removes {rows} rows of {len(held)} tables, {people} people's accounts among "
            f"them, the uploads in {settings.MEDIA_ROOT}, and all that Valkey holds:"
        )
        for label, count in held:
            self.stdout.write(f"{count:>10}  {label}")

    def _ask(self) -> None:
        """Raises CommandError unless somebody at a terminal agrees."""
        if not sys.stdin.isatty():
            raise CommandError("nothing was removed: say --yes where nobody can be asked")
        try:
            answer = input("Type yes to go on: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CommandError("nothing was removed")


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
    # The sandbox's own shops go; of a curator's, only that somebody of the demo had confirmed them.
    shops = apps.get_model("pricing", "Shop")._base_manager
    shops.filter(feed_url__endswith=DEMO_SHOPS).delete()
    shops.update(feed_allowed_by=None)
    with connection.cursor() as cursor:
        # One statement for all: no row outlives the row it refers to.
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
    return len(tables)
