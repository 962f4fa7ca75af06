"""Importing small files as the command does, and what a test looks at afterwards."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.dumps.structures import secondary


def load(path, kind="releases", *more):
    """What the command says."""
    out = StringIO()
    call_command("import_discogs_dump", f"--{kind}", str(path), "--processes=1", *more, stdout=out)
    return out.getvalue()


def load_damaged(path, kind="releases"):
    """(what the command says, with which error it ends)."""
    out = StringIO()
    with pytest.raises(CommandError) as told:
        call_command("import_discogs_dump", f"--{kind}", str(path), "--processes=1", stdout=out)
    return out.getvalue(), str(told.value)


class Stopped(Exception):
    """As if the process had been killed there."""


def structures_there():
    """Indexes and constraints that a first load sets aside."""
    with connection.cursor():
        return {(one.table, one.name) for one in secondary(connection.connection)}
