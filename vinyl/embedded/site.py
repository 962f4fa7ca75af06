"""What the site consists of: the parts that the supervisor runs, and on which ports."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from vinyl.embedded import parts
from vinyl.embedded.parts import Part
from vinyl.embedded.paths import Places, ServiceError

SANDBOX_PORT, SMTP_PORT = 8900, 8925
PORTS_TRIED = 100
HOST = "127.0.0.1"
# Name, queues and threads of each worker, one process each (vinyl/celery.py says why).
WORKERS = (
    ("interactive", "interactive", "16"),
    # Two processes: while one that died starts again (seconds), the other goes on.
    ("sync", "sync", "2"),
    ("sync-2", "sync", "2"),
    ("bulk", "bulk,analysis", "2"),
)


@dataclass(frozen=True)
class Plan:
    """What one start needs to know. The addresses are empty for parts that run elsewhere."""

    base: Path
    places: Places
    database_url: str
    redis_url: str
    upstreams: str
    static_root: Path
    static_sources: tuple[Path, ...]
    web_port: int
    public_url: str | None = None  # as the operator set it
    sandbox_url: str | None = None  # the same
    demo_login: tuple[str, str] | None = None
    speed: int = 1  # of the sandbox's rate limits, as of our own budgets


@dataclass(frozen=True)
class Ports:
    """The ports that this run took."""

    web: int
    sandbox: int
    smtp: int


def free_port(
    wanted: int,
    *,
    taken: set[int],
    say: Callable[[str], None],
    what: str,
    claims: ExitStack | None = None,
) -> int:
    """`wanted` or the next port that nobody listens on; says so when it moves.

    Seconds pass until the server that it is for listens. With `claims` no other site on this
    machine chooses the port meanwhile: until they are closed, or this process ends.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if port in taken:
            continue
        claim = _claim(port)
        if claim is None:
            continue
        if not _is_free(port):
            claim.close()
            continue
        if claims is None:
            claim.close()
        else:
            claims.enter_context(claim)
        if port != wanted:
            say(f"Port {wanted} is taken, so {what} uses {port}.")
        taken.add(port)
        return port
    raise ServiceError(f"no free port for {what} from {wanted} on: choose another one with PORT")


def _claim(port: int) -> socket.socket | None:
    """The UDP port of the same number, which nothing here uses and only one process can have;
    None when somebody has it. The TCP port itself cannot be kept for a child to listen on."""
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((HOST, port))
    except OSError:
        claim.close()
        return None
    return claim


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a port whose last connections are only fading out is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def site_parts(plan: Plan, ports: Ports) -> list[Part]:
    """The parts in the order in which they start; they stop in the reverse order."""
    environment = site_environment(plan, ports)
    found = []
    if plan.upstreams == "sandbox" and plan.sandbox_url is None:
        found.append(_sandbox(plan, ports, environment))
    found.append(_web(plan, ports, environment))
    celery = [sys.executable, "-m", "celery", "-A", "vinyl"]
    # Gossip and mingle only serve clusters of workers; mingling costs a second at the start. Nobody
    # listens to the beats of hearts: workers give signs of life of their own (vinyl.jobs.vitals).
    quick = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
    for name, queues, threads in WORKERS:
        worker = [*celery, "worker", "-Q", queues, "-P", "threads", "-c", threads, *quick]
        found.append(_celery(plan, f"worker-{name}", [*worker, "-n", f"{name}@%h"], environment))
    beat = [*celery, "beat", "-l", "INFO", "--pidfile="]
    found.append(_celery(plan, "beat", beat, environment))
    return found


def site_environment(plan: Plan, ports: Ports) -> Mapping[str, str]:
    """What every process of this run finds in its environment."""
    environment = dict(os.environ)
    environment.update(
        DJANGO_SETTINGS_MODULE="vinyl.settings",
        VINILOGY_HOME=str(plan.places.home),
        PUBLIC_URL=plan.public_url or web_url(ports),
        PYTHONUNBUFFERED="1",
        # Django's checks load every page's code, and a worker that starts again should work at
        # once. The checks are made where the database is prepared.
        CELERY_SKIP_CHECKS="1",
    )
    # Compiled once for all parts and every later start, also where a shell is told not to.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if plan.upstreams == "sandbox" and plan.sandbox_url is None:
        environment["SANDBOX_URL"] = sandbox_url(ports)
        environment.setdefault("EMAIL_PORT", str(ports.smtp))
    return environment


def web_url(ports: Ports) -> str:
    return f"http://{HOST}:{ports.web}"


def sandbox_url(ports: Ports) -> str:
    return f"http://{HOST}:{ports.sandbox}"


def _sandbox(plan: Plan, ports: Ports, environment: Mapping[str, str]) -> Part:
    command = [sys.executable, "-m", "sandbox"]
    command += ["--port", str(ports.sandbox), "--smtp-port", str(ports.smtp)]
    # Accounts that were linked stay linked over a restart.
    command += ["--speed", str(plan.speed)]
    command += ["--state", str(plan.places.home / "sandbox.json")]
    return Part(
        name="sandbox",
        command=command,
        environment=environment,
        log_file=plan.places.logs / "sandbox.log",
        # Its front page may say "not found"; that it says anything is what counts.
        answers=parts.answers_at(f"{sandbox_url(ports)}/mail/", below=500),
        cwd=plan.base,
    )


def _web(plan: Plan, ports: Ports, environment: Mapping[str, str]) -> Part:
    command = [sys.executable, "-m", "uvicorn", "vinyl.asgi:application"]
    command += ["--host", HOST, "--port", str(ports.web), "--lifespan", "off"]
    # Open live streams would otherwise hold the server up for as long as people look at a page.
    command += ["--timeout-graceful-shutdown", "3", "--no-access-log"]
    return Part(
        name="web",
        command=command,
        environment=environment,
        log_file=plan.places.logs / "web.log",
        answers=parts.answers_at(f"{web_url(ports)}/readyz"),
        cwd=plan.base,
        shares_code=True,
    )


def _celery(plan: Plan, name: str, command: list[str], environment: Mapping[str, str]) -> Part:
    return Part(
        name=name,
        command=command,
        environment=environment,
        log_file=plan.places.logs / f"{name}.log",
        answers=parts.announced,
        ready_file=plan.places.home / "ready" / name,
        cwd=plan.base,
        shares_code=True,
        stop_steps=_CELERY_STOP,
    )


# TERM lets running steps end, QUIT drops them (their jobs are taken up again by their lease).
_CELERY_STOP = (
    (signal.SIGTERM, 6.0),
    (signal.SIGQUIT, 3.0),
    (signal.SIGKILL, 3.0),
)
