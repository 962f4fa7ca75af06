"""Kinds of jobs that only tests know; a real worker imports this module too."""

import os
import signal
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, Retry, StepResult, Wait, job_kind
from vinyl.upstreams.errors import CredentialsRejected, NotFound, RateLimited, Unavailable

# What the steps did, in order, within this process.
done: list[tuple[int, object]] = []


@job_kind("tests.count", queue="interactive", label="Counting")
def count(ctx: JobContext) -> StepResult:
    """`to` steps; remembers each in its checkpoint."""
    at = ctx.checkpoint.get("at", 0)
    done.append((ctx.job.pk, at))
    ctx.progress(at + 1, ctx.payload["to"], "%(n)s counted", n=at + 1)
    if at + 1 == ctx.payload["to"]:
        return Done({"counted": at + 1})
    return More({"at": at + 1})


@job_kind("tests.die", queue="interactive", label="Dying once")
def die(ctx: JobContext) -> StepResult:
    """Two steps; the first process to reach the second one kills itself there, as the kernel
    would, and leaves a file so that the next one goes on."""
    if not ctx.checkpoint:
        return More({"first_by": os.getpid()})
    if not os.path.exists(ctx.payload["died"]):
        with open(ctx.payload["died"], "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return Done({"first_by": ctx.checkpoint["first_by"], "second_by": os.getpid()})


@job_kind("tests.poison", label="Poison", max_attempts=3)
def poison(ctx: JobContext) -> StepResult:
    done.append((ctx.job.pk, "poison"))
    if not ctx.payload.get("cured") and not os.environ.get("TESTS_POISON_CURED"):
        raise KeyError("token=abc123 is missing")
    return Done()


@job_kind("tests.upstream", label="Asking")
def ask(ctx: JobContext) -> StepResult:
    error = ctx.payload["error"]
    if error == "rate":
        raise RateLimited("discogs", retry_at=timezone.now() + timedelta(seconds=90))
    if error == "down":
        raise Unavailable("discogs")
    if error == "unknown":
        raise NotFound("lastfm")
    raise CredentialsRejected("spotify")


@job_kind("tests.wait", label="Waiting")
def wait(ctx: JobContext) -> StepResult:
    if ctx.checkpoint.get("waited"):
        return Done()
    return Wait(timezone.now() + timedelta(minutes=5), {"waited": True}, "Waiting for Discogs")


@job_kind("tests.fail", label="Failing")
def fail(ctx: JobContext) -> StepResult:
    raise Fail("no_listens", "%(name)s has no listens.", name="nuria")


@job_kind("tests.retry", label="Retrying", max_attempts=2)
def retry(ctx: JobContext) -> StepResult:
    raise Retry("the other half is not there yet")


@job_kind("tests.owner_sees", label="Asking in their language")
def nothing(ctx: JobContext) -> StepResult:
    ctx.figure("12 months", "%(n)s plays", n=9871)
    ctx.progress(3, 5, "%(n)s of %(all)s periods", n=3, all=5)
    return Done()


@job_kind("tests.cut", label="Losing the database")
def cut(ctx: JobContext) -> StepResult:
    """Its first try loses the database connection, as when the server is restarted."""
    done.append((ctx.job.pk, "cut"))
    if len(done) == 1:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return Done()
