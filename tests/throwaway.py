"""The PostgreSQL and Valkey of one test run, in a temporary folder, gone with the run.

Started while tests/conftest.py is loaded, before the settings are read. They are bound to this
process: the kernel ends them even when pytest is killed.
"""

import os
import shutil
import tempfile
import threading
from pathlib import Path

from tests import prepared as prepared_folder
from vinyl.embedded import paths
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey

_running: list[Postgres | Valkey] = []
_folders: list[Path] = []
_filling: list[tuple[threading.Thread, Postgres]] = []


def start(*, prepared: bool = False) -> Path:
    """Start both, and point the environment that the settings read at them.

    `prepared`: with the tests' database in it, where that can be; PostgreSQL then starts when
    `ready` is called, because making or copying that takes a while. Returns PostgreSQL's folder.
    """
    home = Path(tempfile.mkdtemp(prefix="vinilogy-test-"))
    os.chmod(home, 0o711)  # as root the servers run as somebody else, who has to pass through
    # Not where the product would look for its own: its commands must take these servers for
    # somebody else's, and neither start nor stop them.
    places = paths.for_home(home / "services")
    _folders.extend({home, places.state, places.sockets})
    postgres = Postgres.of(places, durable=False)
    valkey = Valkey.of(places, durable=False)
    _running.extend([postgres, valkey])
    try:
        if prepared:
            fill = threading.Thread(target=prepared_folder.fill, args=[places.postgres_data])
            fill.start()
            _filling.append((fill, postgres))
        else:
            postgres.start()
        valkey.start()
    except BaseException:
        stop()
        raise
    os.environ.update(
        VINILOGY_HOME=str(home),
        DATABASE_URL=postgres.url,
        REDIS_URL=valkey.url,
        UPSTREAMS="sandbox",
    )
    # What a developer's shell may carry and would change what the tests see.
    for name in ("PRODUCTION", "DEBUG", "PUBLIC_URL", "SANDBOX_URL", "DATABASE_POOL"):
        os.environ.pop(name, None)
    return places.postgres_data


def ready() -> None:
    """Wait until PostgreSQL's folder is there, and start it: from the main thread, because the
    kernel ends a server with the thread that started it."""
    while _filling:
        fill, postgres = _filling.pop()
        fill.join()
        postgres.start()


def stop_servers() -> None:
    """Stop both, and leave their files."""
    while _filling:
        _filling.pop()[0].join()
    while _running:
        _running.pop().stop()


def stop() -> None:
    """Stop both and remove their files; safe to call twice."""
    stop_servers()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)
