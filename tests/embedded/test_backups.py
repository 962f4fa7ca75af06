"""A backup restores into an empty database, and the counts match."""

import json

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from vinyl import backups

pytestmark = pytest.mark.django_db


@pytest.fixture
def url():
    """The tests' own database, for programs that connect by themselves."""
    parts = psycopg.conninfo.conninfo_to_dict(settings.DATABASE_URL)
    return psycopg.conninfo.make_conninfo(**(parts | {"dbname": connection.settings_dict["NAME"]}))


@pytest.fixture
def empty(url):
    """A new database beside it; gone afterwards."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE restored_here TEMPLATE template0")
        yield psycopg.conninfo.make_conninfo(url, dbname="restored_here")
        server.execute("DROP DATABASE restored_here WITH (FORCE)")


def test_a_backup_restores_into_an_empty_database_and_the_counts_match(url, empty, tmp_path):
    file = tmp_path / "today.backup"
    written = backups.back_up(url, file)
    assert written["django_migrations"] > 50 and written["pricing_shop"] > 3
    assert backups.restore(empty, file) == written
    with psycopg.connect(empty) as there:
        names = there.execute("SELECT name FROM pricing_shop").fetchall()
        assert len(names) == written["pricing_shop"]
        # Rules came along, not only rows.
        with pytest.raises(psycopg.errors.CheckViolation):
            there.execute("UPDATE accounts_user SET country = 'x'; INSERT INTO accounts_user "
                          "(password, is_superuser, first_name, last_name, email, is_staff, "
                          "is_active, date_joined, country, postcode, currency, least_grade, "
                          "language, theme, time_zone) VALUES ('', false, '', '', '', false, true, "
                          "now(), 'x', '', 'EUR', 'VG+', '', '', 'Europe/Madrid')")  # fmt: skip
    with pytest.raises(backups.BackupFailed, match="not empty"):
        backups.restore(empty, file)
    with pytest.raises(backups.BackupFailed, match="there already"):
        backups.back_up(url, file)


def test_a_row_that_is_missing_is_seen(url, empty, tmp_path):
    file = tmp_path / "today.backup"
    counts = backups.back_up(url, file)
    changed = counts | {"pricing_shop": counts["pricing_shop"] + 1}
    backups.counts_file(file).write_text(json.dumps(changed))
    with pytest.raises(backups.BackupFailed, match="pricing_shop"):
        backups.restore(empty, file)


def test_every_migration_can_be_taken_back():
    ours = {"accounts", "catalog", "credentials", "jobs", "pricing", "recommendations"}
    loader = MigrationLoader(None)
    stuck = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in ours
        for operation in migration.operations
        if not operation.reversible
    ]
    assert {app for app, _name in loader.disk_migrations} >= ours
    assert stuck == []
