"""The whole site as `make run` starts it: one for the test run, on a data folder of its own.

It runs in processes of its own: supervisor, PostgreSQL, Valkey, sandbox, web server, workers and
beat. Tests see it as a person does, over HTTP; no database fixture reaches it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vinyl.embedded import paths, processes
from vinyl.embedded.site import free_port

BASE = Path(__file__).resolve().parent.parent
READY_SECONDS = 180
STOP_SECONDS = 60
FIRST_PORT = 18000  # away from a site that a developer runs
DEMO_LINE = re.compile(r"Demo login: (\S+) / (\S+)")
OWN_SETTINGS = (
    "VINILOGY_HOME",
    "DATABASE_URL",
    "REDIS_URL",
    "UPSTREAMS",
    "DJANGO_SETTINGS_MODULE",
    "PUBLIC_URL",
    "SANDBOX_URL",
)


class Site:
    """A site that can be started, stopped and asked. Addresses may change with every start."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.places = paths.for_home(home)
        self.output = home / "supervisor.out"
        self.port = free_port(FIRST_PORT, taken=set(), say=lambda _: None, what="the tests")
        self.process: subprocess.Popen[bytes] | None = None

    # --- addresses, after a start -----------------------------------------------------

    @property
    def run(self) -> dict[str, Any]:
        """The content of run.json."""
        content: dict[str, Any] = json.loads(self.places.run_file.read_text())
        return content

    @property
    def url(self) -> str:
        return str(self.run["url"])

    @property
    def sandbox_url(self) -> str:
        return str(self.run["sandbox_url"])

    @property
    def demo_email(self) -> str:
        return self._login()[1]

    @property
    def demo_password(self) -> str:
        return self._login()[2]

    def said(self) -> str:
        """What the supervisor printed since its last start."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def log(self, part: str) -> str:
        return (self.places.logs / f"{part}.log").read_text(errors="replace")

    # --- running ----------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """The environment of a shell that works on this site."""
        kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
        # Rate limits pass ten times faster, so that no test waits for another's spent minute.
        own = {"VINILOGY_HOME": str(self.home), "PORT": str(self.port), "BUDGET_SPEED": "10"}
        return kept | own

    def command(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run `python ...` as somebody in another terminal would, with these settings."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE,
            env=self.environment() | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
        )

    def start(self) -> float:
        """Start and wait until it says that it is ready; returns the seconds that took."""
        begun = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vinyl.embedded", "run"],
                cwd=BASE,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ready = processes.wait_until(
            lambda: not self.running() or "Vinilogy is ready at" in self.said(),
            seconds=READY_SECONDS,
            step=0.05,
        )
        if not ready or not self.running():
            said = self.said()
            self.kill()
            pytest.fail(f"the site did not start:\n{said}")
        return time.monotonic() - begun

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process is not None
        if self.running():
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """End the supervisor as the out-of-memory killer would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ensure(self) -> None:
        """Have it run, whatever the test before did to it."""
        if not self.running():
            self.start()

    def _login(self) -> "re.Match[str]":
        found = DEMO_LINE.search(self.said())
        assert found, f"no demo login was printed:\n{self.said()}"
        return found


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    """The site of this test run, with the demo data."""
    home = Path(tempfile.mkdtemp(prefix="vinilogy-site-"))
    os.chmod(home, 0o711)  # as root the servers run as somebody else, who has to pass through
    site = Site(home)
    try:
        site.start()
        yield site
    finally:
        if site.process is not None:
            try:
                site.stop()
            except subprocess.TimeoutExpired:
                site.kill()
        site.command("-m", "vinyl.embedded", "stop")  # only has work when the above went wrong
        for folder in (site.places.sockets, site.places.state, home):
            shutil.rmtree(folder, ignore_errors=True)
