"""`manage.py check_upstreams`: how every outside service and every queue is doing, as tables."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from vinyl.embedded.command import DatabaseCommand
from vinyl.jobs import alarms
from vinyl.jobs.queries import QueueState, queue_states
from vinyl.upstreams import budget, door, probes
from vinyl.upstreams.health import Health, State, health
from vinyl.upstreams.registry import UPSTREAMS

HEADINGS = ("Service", "State", "Last answer", "Budget", "What to know")
QUEUE_HEADINGS = ("Queue", "State", "Waiting", "Running", "Oldest", "Alarm at")


class Command(DatabaseCommand):
    help = (
        "Ask every configured service one cheap question and print how it is doing, what is left "
        "of its budget and when it is tried next; then the queues and how long their oldest job "
        "waits. Exit status 1 when a configured service is unwell or a queue backs up."
    )
    needs_sandbox = True
    any_state = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-calls", action="store_true", help="print what is known already, ask nobody"
        )

    def handle(self, *args: Any, no_calls: bool, **options: Any) -> None:
        rows, unwell = [], []
        for name in UPSTREAMS:
            notes = "" if no_calls else self._ask(name)
            state = health(name)
            if state.unwell or (notes and state.state is not State.NOT_CONFIGURED):
                unwell.append(state.label)
            rows.append(_row(state, notes))
        for line in _table(HEADINGS, rows):
            self.stdout.write(line)
        states = queue_states()
        backed_up = {alarm.queue for alarm in alarms.alarms(states)}
        self.stdout.write("")
        for line in _table(QUEUE_HEADINGS, [_queue_row(one, backed_up) for one in states]):
            self.stdout.write(line)
        unwell += [f"queue {name}" for name in sorted(backed_up)]
        if unwell:
            raise CommandError(f"unwell: {', '.join(unwell)}")

    def _ask(self, name: str) -> str:
        """Why the service did not answer properly, "" when it did."""
        if not UPSTREAMS[name].configured or not probes.can_probe(name):
            return ""
        with door.allow_calls():
            error = probes.probe(name)
        return "" if error is None else str(error)


def _row(state: Health, notes: str) -> tuple[str, ...]:
    of = UPSTREAMS[state.upstream]
    if state.state is State.NOT_CONFIGURED:
        return (state.label, str(state.state), "-", "-", of.how_to_configure)
    when = "-"
    if state.last_success_at:
        when = f"{timezone.localtime(state.last_success_at):%H:%M:%S}, {state.last_ms} ms"
    if not notes and state.retry_at:
        notes = f"next try at {timezone.localtime(state.retry_at):%H:%M}"
    if not notes and not probes.can_probe(state.upstream):
        notes = "asked only for linked people"
    scarce = min(budget.usage(state.upstream), key=lambda use: use.left / use.limit)
    left = f"{scarce.left} of {scarce.limit}"
    return (state.label, str(state.state), when, left, notes)


def _queue_row(state: QueueState, backed_up: set[str]) -> tuple[str, ...]:
    word = "backed up" if state.name in backed_up else "well"
    oldest = "-" if state.oldest is None else f"{state.oldest.total_seconds():.0f} s"
    alarm = f"{alarms.limit_of(state.name).total_seconds():.0f} s"
    return (state.name, word, str(state.waiting), str(state.running), oldest, alarm)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings) - 1)]
    return [
        "  ".join(
            [*(word.ljust(width) for word, width in zip(line, widths, strict=False)), line[-1]]
        )
        for line in lines
    ]
