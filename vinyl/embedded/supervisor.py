"""Runs the whole site: starts its parts in order, watches them, stops them in reverse.

Everything happens in the main thread: the kernel ties a child's life to the thread that started
it, and one loop is easy to reason about when signals arrive at any time.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

import psycopg

from vinyl.embedded import parts, prepared, processes, runfile
from vinyl.embedded.forkserver import ForkServer
from vinyl.embedded.parts import Part
from vinyl.embedded.paths import ServiceError
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.runfile import RunFile
from vinyl.embedded.services import Services, make_home
from vinyl.embedded.site import (
    SANDBOX_PORT,
    SMTP_PORT,
    Plan,
    Ports,
    free_port,
    sandbox_url,
    site_environment,
    site_parts,
    web_url,
)
from vinyl.embedded.valkey import Valkey

READY_SECONDS = 120.0  # a cold disk and two busy cores included
DEATHS_BEFORE_READY = 3
LOOK_EVERY = 0.1  # seconds


class Stopped(Exception):
    """Somebody asked the site to end while it was still starting."""


class Supervisor:
    """One run of the site. `run` returns the exit status of the command."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.services = Services(
            plan.places.home,
            database_url=plan.database_url,
            redis_url=plan.redis_url,
            cancelled=lambda: self.stopping,
        )
        self.stopping = False
        self.parts: list[Part] = []
        self.ports = Ports(web=0, sandbox=0, smtp=0)
        self._lock: IO[bytes] | None = None
        self._claims = ExitStack()
        self._forks: ForkServer | None = None
        self._service_deaths: dict[str, tuple[int, float]] = {}
        self._ended: set[str] = set()  # services whose end was said and that are not back

    def run(self) -> int:
        """Start everything, watch it until a signal, stop everything."""
        try:
            make_home(self.plan.places)
            self._lock = runfile.take(self.plan.places.supervisor_lock)
            if self._lock is None:
                return self._already_running()
        except ServiceError as error:
            return fail(str(error))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            self._start()
            self._watch()
            status = 0
        except Stopped:
            status = 0
        except ServiceError as error:
            status = fail(str(error))
        finally:
            self._stop()
        return status

    # --- start ------------------------------------------------------------------------

    def _start(self) -> None:
        begun = time.monotonic()
        say(f"Vinilogy is starting; its data is in {self.plan.places.home}")
        self._end_leftovers()
        self._choose_ports()
        self.parts = site_parts(self.plan, self.ports)
        first = [part for part in self.parts if part.name == "sandbox"]
        for part in first:  # needs nobody, so it loads while the database starts
            part.start()
        self._forks = self._fork_server()
        self._forks.start()  # the same
        self._write(ready=False)
        self.services.acquire()
        self._check_stopping()
        say(f"  database and Valkey answer ({time.monotonic() - begun:.1f} s)")
        self._prepare()
        self._forks.ready(cancelled=lambda: self.stopping)
        self._check_stopping()
        for part in self.parts:
            if part not in first:
                part.start(self._forks)
        self._write(ready=False)
        self._wait_until_ready(begun)
        self._write(ready=True)
        say(f"Vinilogy is ready at {self._url}/")
        if self.plan.demo_login:
            email, password = self.plan.demo_login
            say(f"Demo login: {email} / {password}")
            if self.plan.sandbox_url is None:
                say(f"Mails that the site sends: {sandbox_url(self.ports)}/mail/")
        say(f"Logs: {self.plan.places.logs}   Stop: Ctrl-C or `make stop`")

    def _fork_server(self) -> ForkServer:
        return ForkServer(
            "vinyl.preload",
            log_file=self.plan.places.logs / "forkserver.log",
            cwd=self.plan.base,
            environment=site_environment(self.plan, self.ports),
        )

    def _end_leftovers(self) -> None:
        """A supervisor that was killed cannot stop its parts; the kernel does on Linux, this
        does where the kernel does not, and while the old ones are still on their way out."""
        old = runfile.read(self.plan.places.run_file)
        if old is None:
            return
        ended = parts.end_leftovers(old.children)
        if ended:
            say(f"  ended what an earlier run left: {', '.join(ended)}")
        self.plan.places.run_file.unlink(missing_ok=True)

    def _choose_ports(self) -> None:
        taken: set[int] = set()

        def choose(wanted: int, what: str) -> int:
            return free_port(wanted, taken=taken, say=say, what=what, claims=self._claims)

        self.ports = Ports(
            web=choose(self.plan.web_port, "the site"),
            sandbox=choose(SANDBOX_PORT, "the sandbox"),
            smtp=choose(SMTP_PORT, "the sandbox's mailbox"),
        )

    def _prepare(self) -> None:
        """Migrations, demo data and static files, each only when something changed."""
        wanted = prepared.migrations_fingerprint(self.plan.base)
        try:
            known = prepared.stored(self.plan.database_url)
        except psycopg.OperationalError as error:
            raise ServiceError(f"the database does not answer: {error}") from error
        running: list[tuple[str, subprocess.Popen[bytes]]] = []
        sandbox_mode = self.plan.upstreams == "sandbox"
        if (
            known is None
            or known.migrations != wanted
            or known.upstreams != self.plan.upstreams
            or (sandbox_mode and not known.demo)
        ):
            say("  preparing the database")
            running.append(("prepare_database", self._manage("prepare_database")))
        if not self._static_is_fresh():
            say("  collecting the static files")
            running.append(("prepare_static", self._manage("prepare_static")))
        self._wait_for_all(running)

    def _static_is_fresh(self) -> bool:
        return prepared.stored_static(self.plan.static_root) == prepared.static_fingerprint(
            self.plan.static_sources
        )

    def _manage(self, command: str) -> "subprocess.Popen[bytes]":
        return processes.spawn(
            [sys.executable, "manage.py", command],
            log_file=self.plan.places.logs / f"{command}.log",
            cwd=self.plan.base,
            env=site_environment(self.plan, self.ports),
            when_parent_dies=signal.SIGTERM,
        )

    def _wait_for_all(self, running: Sequence[tuple[str, "subprocess.Popen[bytes]"]]) -> None:
        try:
            while any(process.poll() is None for _, process in running):
                self._check_stopping()
                time.sleep(LOOK_EVERY)
        finally:
            for _, process in running:
                if process.poll() is None:
                    process.terminate()
                    process.wait(timeout=30)
        for command, process in running:
            if process.returncode != 0:
                log = self.plan.places.logs / f"{command}.log"
                raise ServiceError(
                    f"`manage.py {command}` failed:\n{processes.tail(log)}\n(log: {log})"
                )

    def _wait_until_ready(self, begun: float) -> None:
        end = time.monotonic() + READY_SECONDS
        waiting = list(self.parts)
        while waiting:
            self._check_stopping()
            for part in list(waiting):
                if part.check():
                    say(f"  {part.name} answers ({time.monotonic() - begun:.1f} s)")
                    waiting.remove(part)
                elif not part.alive() and part.process is not None:
                    self._note_death(part)
                    if part.deaths >= DEATHS_BEFORE_READY:
                        raise ServiceError(f"{part.name} does not start:\n{part.why()}")
            self._start_due()
            self._watch_services()
            if waiting and time.monotonic() > end:
                slow = waiting[0]
                raise ServiceError(
                    f"{slow.name} does not answer after {READY_SECONDS:.0f} s:\n{slow.why()}"
                )
            time.sleep(LOOK_EVERY if waiting else 0)

    # --- watch ------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self.stopping:
            for part in self.parts:
                if part.process is not None and not part.alive():
                    self._note_death(part)
                elif part.process is not None and not part.ready and part.check():
                    say(f"{part.name} is back.")
                    self._write_state()
            self._start_due()
            self._watch_services()
            time.sleep(LOOK_EVERY)

    def _note_death(self, part: Part) -> None:
        status = part.process.returncode if part.process else None
        pause = part.note_death()
        say(f"{part.name} ended ({_how(status)}); starting it again in {pause:.1f} s.")

    def _start_due(self) -> None:
        for part in self.parts:
            if part.process is None and time.monotonic() >= part.start_after:
                part.start(self._forks)
                self._write_state()

    def _watch_services(self) -> None:
        for name, service in self._bundled():
            if service.alive():
                continue
            deaths, start_after = self._service_deaths.get(name, (0, 0.0))
            if time.monotonic() < start_after:
                continue
            if name not in self._ended:
                say(f"{name} ended; starting it again.")
                self._ended.add(name)
            pause = min(parts.FIRST_PAUSE * 2**deaths, parts.LONGEST_PAUSE)
            try:
                back = self.services.bring_back(service)
            except ServiceError as error:
                deaths += 1
                say(f"{error}\nNext try in {pause:.1f} s.")
                self._service_deaths[name] = (deaths, time.monotonic() + pause)
            else:
                if back:
                    say(f"{name} is back.")
                    self._ended.discard(name)
                    self._service_deaths.pop(name, None)

    def _bundled(self) -> list[tuple[str, Postgres | Valkey]]:
        found: list[tuple[str, Postgres | Valkey | None]] = [
            ("PostgreSQL", self.services.postgres),
            ("Valkey", self.services.valkey),
        ]
        return [(name, service) for name, service in found if service is not None]

    # --- stop -------------------------------------------------------------------------

    def _ask_to_stop(self, number: int, _frame: object) -> None:
        # Only a note: a print here could meet another one half-way.
        self.stopping = True

    def _check_stopping(self) -> None:
        if self.stopping:
            raise Stopped

    def _stop(self) -> None:
        if self.stopping:
            say("\nVinilogy is stopping.")
        self.stopping = True
        if self._forks is not None:
            self._forks.stop()
        # People first, then those who work for them, then what they asked, then the data.
        inner = [part for part in self.parts if part.name != "sandbox"]
        parts.stop_together(inner)
        parts.stop_together([part for part in self.parts if part not in inner])
        self._claims.close()
        self.services.release()
        self.plan.places.run_file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            say("Vinilogy has stopped.")

    # --- words ------------------------------------------------------------------------

    @property
    def _url(self) -> str:
        return self.plan.public_url or web_url(self.ports)

    def _write_state(self) -> None:
        self._write(ready=all(part.ready for part in self.parts))

    def _write(self, *, ready: bool) -> None:
        sandbox = self.plan.sandbox_url
        if sandbox is None and self.plan.upstreams == "sandbox":
            sandbox = sandbox_url(self.ports)
        children = [child for part in self.parts if (child := part.child()) is not None]
        RunFile(
            pid=os.getpid(),
            url=self._url,
            sandbox_url=sandbox or "",
            smtp_port=self.ports.smtp,
            ready=ready,
            children=tuple(children),
        ).write(self.plan.places.run_file)

    def _already_running(self) -> int:
        found = runfile.read(self.plan.places.run_file)
        where = f" at {found.url}/ (process {found.pid})" if found else ""
        return fail(f"Vinilogy is already running{where}. Stop it with `make stop`.")


def say(line: str) -> None:
    """A line for the person at the terminal; nobody may be there any more after a hang-up."""
    try:
        print(line, flush=True)
    except OSError:
        pass


def fail(line: str) -> int:
    """Say what went wrong; returns the exit status for it."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        pass
    return 1


def _how(status: int | None) -> str:
    if status is None:
        return "gone"
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
