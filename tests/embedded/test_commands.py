"""What all commands share: progress, and one clear line when something is wrong."""

import io

import pytest
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from vinyl.embedded.command import DatabaseCommand, Progress, refuse_other_mode
from vinyl.embedded.prepared import Prepared


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def command_writing_to(stream: io.StringIO) -> BaseCommand:
    command = DatabaseCommand()
    command.stdout = OutputWrapper(stream)
    return command


def test_progress_is_a_bar_on_a_terminal():
    screen = Terminal()
    progress = Progress(command_writing_to(screen), total=4, what="artists")
    for done in range(1, 5):
        progress.show(done)
    progress.close()
    assert "4/4 artists" in screen.getvalue()
    assert screen.getvalue().count("\r") == 4


def test_progress_is_a_few_plain_lines_elsewhere():
    log = io.StringIO()
    items = list(command_writing_to(log).track(range(1000), total=1000, what="albums"))
    lines = log.getvalue().splitlines()
    assert len(items) == 1000
    assert len(lines) <= 21
    assert lines[-1] == "1000 of 1000 albums"
    assert "\r" not in log.getvalue()


def test_progress_of_nothing_is_no_error():
    log = io.StringIO()
    assert list(command_writing_to(log).track([], total=0, what="albums")) == []


def test_a_database_of_the_other_mode_is_refused(settings):
    prepared = Prepared(migrations="", applied=1, upstreams="real", demo=False)
    with pytest.raises(CommandError, match="cannot go back to the sandbox"):
        refuse_other_mode(prepared)


def test_a_database_of_the_same_mode_is_accepted(settings):
    refuse_other_mode(Prepared(migrations="", applied=1, upstreams="sandbox", demo=True))
    refuse_other_mode(None)
