"""All that is stored about a person, as a file; and what is left when the account is deleted."""

import io
import json
import zipfile

import pytest
from django.db import connection

from accounts.credentials import Credential, store_token
from accounts.models import LinkedService, User
from accounts.services.export import belongings, write_export
from accounts.services.profile import delete_account
from tests.factories import PASSWORD
from tests.walk.conftest import MARK, browser_of, world

pytestmark = pytest.mark.django_db
__all__ = ["browser_of", "world"]


def read(file):
    archive = zipfile.ZipFile(file)
    return {name: archive.read(name).decode() for name in archive.namelist()}


def tables_naming(text):
    """Every table that holds these letters anywhere; what PostgreSQL says, whatever the models."""
    found = set()
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" AS row WHERE row::text LIKE %s)',
                [f"%{text}%"],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_every_table_that_names_the_person_is_in_the_file(world):
    own = {model._meta.db_table for model, rows in belongings(world.owner) if rows.exists()}
    # A seller is nobody's: the mark is only in its name here.
    assert tables_naming(MARK) - {"pricing_seller"} <= own
    files = read(write_export(world.owner))
    assert len(own) > 12
    assert len(files) >= len(own)
    for name, text in files.items():
        assert name == "README.txt" or json.loads(text), name
    assert MARK in files["accounts.want.json"] and "Tago Mago" in files["accounts.want.json"]


def test_nothing_in_it_opens_a_door_or_is_somebody_elses(world):
    link = LinkedService.objects.get(user=world.owner, service="discogs")
    store_token(link, Credential(key="m4rker", secret="m4rker"))
    link.save()
    text = "".join(read(write_export(world.owner)).values())
    for secret in (world.owner.password, world.token.digest, "m4rker", bytes(link.token).decode()):
        assert secret not in text
    assert "stranger@vinilogy.test" not in text


def test_it_is_handed_out_after_the_password_only(world, browser_of):
    browser = browser_of(world.owner)
    asked = browser.get("/settings/my-data.zip")["Location"]
    assert asked.startswith("/account/reauthenticate/")
    browser.post(asked, {"password": PASSWORD, "next": "/settings/my-data.zip"})
    answer = browser.get("/settings/my-data.zip")
    assert answer["Content-Disposition"].endswith('"vinilogy-my-data.zip"')
    files = read(io.BytesIO(answer.getvalue()))
    assert MARK in files["accounts.user.json"]


def test_a_deleted_account_leaves_its_name_nowhere(world, django_capture_on_commit_callbacks):
    before = User.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(world.owner)
    assert User.objects.count() == before - 1
    assert tables_naming(MARK) <= {"pricing_seller"}
