"""Servers and sites of these tests' own, each on a folder of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vinyl.embedded import paths
from vinyl.embedded.paths import Places
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty data folder that the servers' account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="vinilogy-embedded-"))
    os.chmod(folder, 0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def places(home: Path) -> Iterator[Places]:
    found = paths.for_home(home)
    yield found
    for folder in (found.state, found.sockets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(places: Places) -> Places:
    """A data folder with a database in it, made without waiting for the disk, which is most of
    the time that making one takes."""
    maker = Postgres.of(places, durable=False)
    maker.start()
    maker.stop()
    return places


@pytest.fixture
def postgres(cluster: Places) -> Iterator[Postgres]:
    """A running PostgreSQL with the product's settings, that is: durable."""
    server = Postgres.of(cluster)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey_server(places: Places) -> Iterator[Valkey]:
    server = Valkey.of(places)
    server.start()
    yield server
    server.stop()
