"""The base of all commands that need the database."""

import math
import os
import signal
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, TypeVar

import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from vinyl.embedded import parts, prepared, processes, site
from vinyl.embedded.paths import ServiceError, for_home
from vinyl.embedded.services import Services

T = TypeVar("T")
BAR_WIDTH = 30
BY_CTRL_C = 130  # as a shell reports a program that ended by SIGINT
PLAIN_LINES = 20  # lines of progress where there is no terminal, at most
SANDBOX_SECONDS = 30.0

# Django's and other people's commands that need the database as well.
OTHERS_WITH_DATABASE = frozenset(
    "changepassword clearsessions createsuperuser dbshell dumpdata flush inspectdb loaddata "
    "migrate remove_stale_contenttypes shell showmigrations sqlflush sqlmigrate".split()
)

# Commands that need no models and are started without loading the apps, which takes longer than
# much of what they do.
LIGHT = {"import_discogs_dump": "catalog.management.commands.import_discogs_dump"}


def bundled_services() -> Services:
    """The bundled services of this installation, not yet asked for."""
    return Services(
        settings.VINILOGY_HOME, database_url=settings.DATABASE_URL, redis_url=settings.REDIS_URL
    )


def at_least(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """The type of a number among a command's arguments: refused in words outside of its bounds."""

    def whole_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not least <= value <= most:
            raise ArgumentTypeError(f"{value} is not a number from {least} to {most}")
        return value

    return whole_number


def seconds(text: str) -> float:
    """The type of a time among a command's arguments: finite, 0 or more."""
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not math.isfinite(value) or value < 0:
        raise ArgumentTypeError(f"{text} is not a number of seconds, 0 or more")
    return value


class DatabaseCommand(BaseCommand):
    """A command that finds the bundled database and Valkey running, whoever has to start them.

    Bad input is a CommandError: one line on standard error and exit status 1.
    """

    # Set in a command that asks upstreams: in the sandbox mode it starts the sandbox when that
    # does not run.
    needs_sandbox = False
    # Set in a command that works on an empty database, or one of the other mode.
    any_state = False
    # What somebody who breaks it off with Ctrl-C should know.
    when_stopped = ""

    def execute(self, *args: Any, **options: Any) -> str | None:
        services = bundled_services()
        with ExitStack() as stack:
            try:
                stack.enter_context(services)
                if not self.any_state:
                    self._check_state(bundled=services.postgres is not None)
                if self.needs_sandbox:
                    stack.enter_context(running_sandbox())
            except ServiceError as error:
                raise CommandError(str(error)) from error
            try:
                return super().execute(*args, **options)
            except KeyboardInterrupt:
                told = f"stopped by Ctrl-C{self.when_stopped}"
                raise CommandError(told, returncode=BY_CTRL_C) from None

    def _check_state(self, *, bundled: bool) -> None:
        try:
            known = prepared.stored(settings.DATABASE_URL)
        except psycopg.OperationalError as error:
            raise CommandError(f"the database does not answer: {error}") from error
        refuse_other_mode(known)
        if known is None and bundled:
            self.stderr.write("The database is new: preparing it first.")
            if not apps.ready:
                django.setup()
            call_command("prepare_database", stdout=self.stderr)

    def say(self, words: str) -> None:
        """A line of its own, in the place of the bar that `track` draws on a terminal."""
        on_terminal = getattr(self.stdout, "isatty", lambda: False)()
        self.stdout.write(f"\r\x1b[K{words}" if on_terminal else words)

    def track(self, items: Iterable[T], *, total: int, what: str) -> Iterator[T]:
        """Pass the items through and show how far they are: a bar on a terminal, at most twenty
        plain lines elsewhere. `what` names the items ("artists")."""
        progress = Progress(self, total=total, what=what)
        for done, item in enumerate(items, start=1):
            yield item
            progress.show(done)
        progress.close()


class Progress:
    """Progress of a known number of steps, for code that does not loop over items."""

    def __init__(self, command: BaseCommand, *, total: int, what: str) -> None:
        self.command = command
        self.total = max(total, 0)
        self.what = what
        self.on_terminal = bool(getattr(command.stdout, "isatty", lambda: False)())
        self._shown = -1

    def show(self, done: int) -> None:
        """Show that `done` of all are done; cheap enough to call for every one."""
        steps = 200 if self.on_terminal else PLAIN_LINES
        step = done * steps // self.total if self.total else steps
        if step == self._shown:
            return
        self._shown = step
        if self.on_terminal:
            filled = BAR_WIDTH * done // self.total if self.total else BAR_WIDTH
            bar = "█" * filled + "░" * (BAR_WIDTH - filled)
            self.command.stdout.write(f"\r{bar} {done}/{self.total} {self.what}", ending="")
            self.command.stdout.flush()
        else:
            self.command.stdout.write(f"{done} of {self.total} {self.what}")

    def close(self) -> None:
        """End the bar's line."""
        if self.on_terminal and self._shown >= 0:
            self.command.stdout.write("")


def untried(count: int) -> str:
    """What a command that gave up says of those that it did not come to; "" for none."""
    return f", {count} were not tried: run it again when the service answers" if count else ""


def refuse_other_mode(known: prepared.Prepared | None) -> None:
    """One switch for the whole installation: demo rows and real ones never mix.

    Raises CommandError when the database was made in the other mode. One without a mode (new, or
    after forget_demo) takes either.
    """
    if known is None or known.upstreams in ("", settings.UPSTREAMS):
        return
    if settings.SANDBOX:
        raise CommandError(
            "this installation asks the real services and cannot go back to the sandbox: "
            "use another VINILOGY_HOME or DATABASE_URL for a sandbox"
        )
    raise CommandError(
        "this installation was made with UPSTREAMS=sandbox: "
        "run `manage.py forget_demo` first, which removes the demo's rows"
    )


@contextmanager
def running_sandbox() -> Iterator[None]:
    """The sandbox at settings.SANDBOX_URL; one of our own for this block when none answers.

    Does nothing with the real services. Raises ServiceError when it does not start.
    """
    if not settings.SANDBOX or parts.answers_at(f"{settings.SANDBOX_URL}/mail/", below=500)():
        yield
        return
    with ExitStack() as claims:
        yield from _own_sandbox(claims)


def _own_sandbox(claims: ExitStack) -> Iterator[None]:
    taken: set[int] = set()
    web, smtp = (
        site.free_port(port, taken=taken, say=_silent, what=what, claims=claims)
        for port, what in ((site.SANDBOX_PORT, "the sandbox"), (site.SMTP_PORT, "the mailbox"))
    )
    url = f"http://{site.HOST}:{web}"
    log_file = for_home(settings.VINILOGY_HOME).logs / "sandbox.log"
    child = processes.spawn(
        [sys.executable, "-m", "sandbox", "--port", str(web), "--smtp-port", str(smtp)],
        log_file=log_file,
        cwd=settings.BASE_DIR,
        env=os.environ,
        when_parent_dies=signal.SIGTERM,
    )
    answers = parts.answers_at(f"{url}/mail/", below=500)
    before = settings.SANDBOX_URL, settings.UPSTREAM_URLS, settings.EMAIL_PORT
    try:
        if (
            not processes.wait_until(
                lambda: child.poll() is not None or answers(), seconds=SANDBOX_SECONDS, step=0.1
            )
            or child.poll() is not None
        ):
            raise ServiceError(f"the sandbox did not start:\n{processes.tail(log_file)}")
        settings.SANDBOX_URL = url
        settings.UPSTREAM_URLS = {
            name: address.replace(before[0], url, 1) for name, address in before[1].items()
        }
        settings.EMAIL_PORT = smtp
        yield
    finally:
        settings.SANDBOX_URL, settings.UPSTREAM_URLS, settings.EMAIL_PORT = before
        child.terminate()
        child.wait(timeout=10)


@contextmanager
def services_for(arguments: Sequence[str]) -> Iterator[None]:
    """The bundled services for Django's own commands (`manage.py shell`); ours ask themselves."""
    name = arguments[1] if len(arguments) > 1 else ""
    if name not in OTHERS_WITH_DATABASE or {"-h", "--help"} & set(arguments):
        yield
        return
    try:
        services = bundled_services()
        services.acquire()
    except ServiceError as error:
        sys.exit(f"CommandError: {error}")
    try:
        yield
    finally:
        services.release()


def run_light(arguments: Sequence[str]) -> bool:
    """Run a command of LIGHT; False for all others, which Django runs."""
    module = LIGHT.get(arguments[1] if len(arguments) > 1 else "")
    if module is None:
        return False
    import_module(module).Command().run_from_argv(list(arguments))
    return True


def _silent(_line: str) -> None:
    pass
