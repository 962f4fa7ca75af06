"""Servers and sites of these tests' own, each on a folder of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures_site import Site
from tests.prepared import copy_cluster
from vinyl.embedded import paths
from vinyl.embedded.paths import Places
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey


def make_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="vinilogy-embedded-"))
    os.chmod(folder, 0o711)  # the servers' account passes through
    return folder


def remove(places: Places) -> None:
    for folder in (places.home, places.state, places.sockets):
        shutil.rmtree(folder, ignore_errors=True)


def make_cluster(places: Places) -> None:
    """Make a data folder with a database in it, without waiting for the disk, which is most of
    the time that making one takes."""
    maker = Postgres.of(places, durable=False)
    maker.start()
    maker.stop()


@pytest.fixture
def places() -> Iterator[Places]:
    """The places of an empty data folder."""
    found = paths.for_home(make_folder())
    yield found
    remove(found)


@pytest.fixture
def home(places: Places) -> Path:
    return places.home


@pytest.fixture(scope="session")
def _made() -> Iterator[Path]:
    """A data folder with a stopped database, to be copied: making one takes a second."""
    found = paths.for_home(make_folder())
    make_cluster(found)
    yield found.postgres_data
    remove(found)


@pytest.fixture
def cluster(_made: Path, places: Places) -> Places:
    """The places of a data folder with a stopped database."""
    copy_cluster(_made, places.postgres_data)
    return places


@pytest.fixture(scope="module")
def _server(_made: Path) -> Iterator[Postgres]:
    found = paths.for_home(make_folder())
    copy_cluster(_made, found.postgres_data)
    server = Postgres.of(found)
    yield server
    server.stop()
    remove(found)


@pytest.fixture
def postgres(_server: Postgres) -> Postgres:
    """A running PostgreSQL with the product's settings, that is: durable. Tests may kill it."""
    _server.start()
    return _server


@pytest.fixture
def valkey_server(places: Places) -> Iterator[Valkey]:
    server = Valkey.of(places)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(running_site: Site) -> Site:
    """The whole running site. Tests may kill parts of it, or all: the next one starts it again."""
    running_site.ensure()
    return running_site


@pytest.fixture
def stopped_site(running_site: Site) -> Site:
    """The same site while nothing of it runs."""
    running_site.stop()
    return running_site
