"""`run` and `stop`, without loading Django's apps: `python -m vinyl.embedded run`.

`manage.py run` and `manage.py stop` call the same functions; loading every app first only costs
them a second.
"""

import argparse
import os
import signal
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from vinyl.embedded import parts, processes, runfile
from vinyl.embedded.paths import ServiceError, for_home
from vinyl.embedded.services import Services
from vinyl.embedded.site import Plan
from vinyl.embedded.supervisor import Supervisor, fail, say

STOP_SECONDS = 90.0


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=None,
        help="first port to try for the site (default: the setting PORT)",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vinyl.embedded")
    commands = parser.add_subparsers(dest="command", required=True)
    add_run_arguments(commands.add_parser("run", help="run the whole site until Ctrl-C"))
    commands.add_parser("stop", help="stop the site that runs on this data folder")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    try:
        return run(chosen.port) if chosen.command == "run" else stop()
    except ImproperlyConfigured as error:
        return fail(str(error))


def run(port: int | None = None) -> int:
    """Run the site until it is told to stop; returns the exit status."""
    try:
        return Supervisor(plan(port)).run()
    except ServiceError as error:
        return fail(str(error))


def plan(port: int | None = None) -> Plan:
    """What the settings say about this installation. Raises ServiceError on a bad port."""
    wanted = settings.PORT if port is None else port
    if not 0 < wanted < 65536:
        raise ServiceError(f"the port must be a number from 1 to 65535, not {wanted}")
    sandbox = settings.UPSTREAMS == "sandbox"
    return Plan(
        base=settings.BASE_DIR,
        places=for_home(settings.VINILOGY_HOME),
        database_url=settings.DATABASE_URL,
        redis_url=settings.REDIS_URL,
        upstreams=settings.UPSTREAMS,
        static_root=settings.STATIC_ROOT,
        static_sources=(
            *settings.STATICFILES_DIRS,
            *sorted(settings.BASE_DIR.glob("[!.]*/static")),
        ),
        web_port=wanted,
        # Only what the operator set: the settings' own default is the last run's address.
        public_url=settings.PUBLIC_URL if os.environ.get("PUBLIC_URL") else None,
        sandbox_url=settings.SANDBOX_URL if os.environ.get("SANDBOX_URL") else None,
        demo_login=(settings.DEMO_EMAIL, settings.DEMO_PASSWORD) if sandbox else None,
        speed=settings.BUDGET_SPEED,
    )


def stop() -> int:
    """Stop the running site, or what a killed one left; returns the exit status."""
    places = for_home(settings.VINILOGY_HOME)
    if not places.home.exists():
        say("Vinilogy is not running.")
        return 0
    lock = runfile.take(places.supervisor_lock)
    found = runfile.read(places.run_file)
    if lock is None:
        return _stop_supervisor(found.pid if found else None)
    with lock:
        ended = parts.end_leftovers(found.children) if found else []
        places.run_file.unlink(missing_ok=True)
        left = Services(
            places.home, database_url=settings.DATABASE_URL, redis_url=settings.REDIS_URL
        )
        ended += left.end_unused()
    say(f"Stopped what was left: {', '.join(ended)}." if ended else "Vinilogy is not running.")
    return 0


def _stop_supervisor(pid: int | None) -> int:
    places = for_home(settings.VINILOGY_HOME)
    if pid is None:
        return fail("Vinilogy is just starting or stopping: try again in a moment.")
    processes.send(pid, signal.SIGTERM)

    def released() -> bool:
        lock = runfile.take(places.supervisor_lock)
        if lock is not None:
            lock.close()
        return lock is not None

    if not processes.wait_until(released, seconds=STOP_SECONDS, step=0.1):
        return fail(f"Vinilogy (process {pid}) did not stop within {STOP_SECONDS:.0f} s.")
    say("Vinilogy has stopped.")
    return 0
