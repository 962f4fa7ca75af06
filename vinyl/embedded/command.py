"""The base of all commands that need the database."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from vinyl.embedded.paths import ServiceError
from vinyl.embedded.services import Services

T = TypeVar("T")
BAR_WIDTH = 30
PLAIN_LINES = 20  # lines of progress where there is no terminal, at most


class DatabaseCommand(BaseCommand):
    """A command that finds the bundled database and Valkey running, whoever has to start them.

    Bad input is a CommandError: one line on standard error and exit status 1.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        services = Services(
            settings.VINILOGY_HOME,
            database_url=settings.DATABASE_URL,
            redis_url=settings.REDIS_URL,
        )
        try:
            services.acquire()
        except ServiceError as error:
            raise CommandError(str(error)) from error
        try:
            return super().execute(*args, **options)
        finally:
            services.release()

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
