"""Commands that wait for a job: whoever runs it, the command sees its end."""

import io
from threading import Event, Thread

import pytest
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connection

from vinyl.jobs.following import follow, see_through
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, job_kind
from vinyl.jobs.runner import run_job
from vinyl.jobs.services import cancel, enqueue


@pytest.fixture
def command():
    found = BaseCommand()
    found.stdout = OutputWrapper(io.StringIO())
    return found


@pytest.mark.django_db(transaction=True)
def test_a_job_that_a_worker_took_is_waited_for_to_its_end():
    taken, looked_at, told = Event(), Event(), []

    def step(ctx):
        taken.set()
        assert looked_at.wait(20)
        return Done({"albums": 3})

    def work(job_id):
        try:
            run_job(job_id)
        finally:
            connection.close()

    job_kind("tests.followed", queue="bulk", label="Followed")(step)
    job = enqueue("tests.followed")
    worker = Thread(target=work, args=[job.pk])
    worker.start()
    try:
        assert taken.wait(20)
        follow(job, tell=lambda line: (told.append(line), looked_at.set()))
    finally:
        looked_at.set()
        worker.join(20)
    assert (job.state, job.result) == (Job.State.DONE, {"albums": 3})
    assert told and told[0].startswith("Followed")


@pytest.mark.django_db
def test_a_job_that_nobody_takes_is_run_here(command):
    job_kind("tests.here", queue="bulk", label="Here")(lambda ctx: Done({}))
    job = see_through(command, enqueue("tests.here"))
    assert job.state == Job.State.DONE
    assert "Done" in command.stdout._out.getvalue()


@pytest.mark.django_db
def test_what_failed_or_was_stopped_ends_the_command_with_a_sentence(command):
    def step(ctx):
        raise Fail("nobody", "Nobody there is called so.")

    job_kind("tests.fails", queue="bulk", label="Fails")(step)
    with pytest.raises(CommandError, match="Nobody there is called so"):
        see_through(command, enqueue("tests.fails"))
    stopped = cancel(enqueue("tests.fails"))
    with pytest.raises(CommandError, match="Stopped"):
        see_through(command, stopped)
