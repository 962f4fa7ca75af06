"""What every test stands on: real PostgreSQL and Valkey, and no way out of this machine.

The two servers get their places while this file is loaded, because the settings read their
addresses when they are imported. Therefore DJANGO_SETTINGS_MODULE is set here and not in
pyproject.toml: there, pytest-django would import the settings first.
"""

import atexit
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis

if os.environ.get("DJANGO_SETTINGS_MODULE"):
    raise pytest.UsageError(
        "unset DJANGO_SETTINGS_MODULE: the tests choose their settings after their database started"
    )

from tests import network_guard, throwaway  # noqa: E402 - importing vinyl sets the variable

gc.disable()  # until all tests are collected
atexit.register(throwaway.stop)
throwaway.start(prepared=True)
network_guard.install()
os.environ["DJANGO_SETTINGS_MODULE"] = "vinyl.settings"

from django.conf import settings  # noqa: E402 - only now do the addresses exist
from django.utils import translation  # noqa: E402 - it reads the settings

settings.STORAGES = settings.STORAGES | {
    # The manifest storage wants a collectstatic first; the browser tests run with it.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2", *settings.PASSWORD_HASHERS]
# Most clients' tests have no database; those of the keys switch this on again.
settings.KEYS_IN_ADMIN = False
settings.WHITENOISE_AUTOREFRESH = True  # serves from static/ without a collected folder

# Fixtures that several folders share; each file belongs to the part it stands for.
pytest_plugins = ["tests.fixtures_sandbox", "tests.fixtures_site"]

# Enough to find what is wrong in a change; `HYPOTHESIS_PROFILE=thorough` looks longer.
hypothesis.settings.register_profile("suite", max_examples=40, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

BROWSER_TESTS = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests late: Playwright keeps an event loop in this thread while it is open. Behind
    them what ends the site for good."""
    items.sort(
        key=lambda item: (bool(item.get_closest_marker("last")), BROWSER_TESTS in item.path.parents)
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests and all that is loaded stay until the end: the collector, which kept away
    while they were made, need not walk through them again and again. Their database was made
    meanwhile."""
    gc.enable()
    gc.freeze()
    if session.items and not session.config.option.collectonly:
        throwaway.ready()


def pytest_unconfigure() -> None:
    throwaway.stop()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Take the database that is there and bring it up to date; it goes with its server."""
    return True


@pytest.fixture(scope="session", autouse=True)
def _empty_tables_quickly() -> None:
    """After a test that commits, delete from the tables that hold rows: TRUNCATE makes new files
    for a hundred tables and all their indexes, which takes longer than most of these tests."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
        if not tables:
            return []
        names = ", ".join(f"'{table}'" for table in tables)
        return [
            f"""
            DO $$ DECLARE name text; BEGIN
                SET LOCAL session_replication_role = replica;
                FOREACH name IN ARRAY ARRAY[{names}] LOOP
                    EXECUTE format('DELETE FROM %I', name);
                END LOOP;
            END $$
            """
        ]

    DatabaseOperations.sql_flush = sql_flush


@pytest.fixture(scope="session")
def valkey() -> Iterator[redis.Redis]:
    """A connection to the run's Valkey, database 0."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _empty_valkey(valkey: redis.Redis) -> Iterator[None]:
    """No test sees another's cache, budgets, messages or locks, nor reads its language."""
    yield
    valkey.flushall()
    translation.deactivate()  # a page asked for in Spanish leaves it to its thread
