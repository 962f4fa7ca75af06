"""Kinds of jobs and what follows on them.

An app registers its kinds in its module `tasks`:

    @job_kind("catalog.sync_album_releases", queue="sync", label=gettext_noop("Pressings"))
    def sync_album_releases(ctx: JobContext) -> StepResult:
        ...
        return More(checkpoint={"page": 3})

The function is one step, under 60 seconds, safe to run twice: it may be killed at any line
and starts again from the last checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

if TYPE_CHECKING:
    from vinyl.jobs.context import JobContext
    from vinyl.jobs.models import Job

# interactive: somebody looks at the page. sync: keeps rows as outside services have them, mostly
# waiting for budgets. bulk: big files and tidying up. analysis: computes for long.
QUEUES = ("interactive", "sync", "bulk", "analysis")
MAX_ATTEMPTS = 5
LONGEST_SUBJECT = 120


@dataclass(frozen=True)
class Done:
    """The job is finished. `result` is small JSON data for pages and the API; `message_id` and
    `params` are its last words, where they are not those of its last progress."""

    result: dict[str, Any] = field(default_factory=dict)
    message_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class More:
    """Another step follows, starting from this checkpoint (small JSON data)."""

    checkpoint: dict[str, Any]


@dataclass(frozen=True)
class Wait:
    """Nothing to do before `until` (aware time); then another step from this checkpoint.

    `checkpoint` None keeps the stored one. `message_id` and `params` say what is waited for.
    """

    until: datetime
    checkpoint: dict[str, Any] | None = None
    message_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)


StepResult = Done | More | Wait


class Retry(Exception):
    """Raised by a step: try this step again later, counting an attempt."""


class Fail(Exception):
    """Raised by a step: end the job for good, and say why.

    `code` is for programs, `message` a source string for people (translated when shown,
    filled with `params`).
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.params = params


Step = Callable[["JobContext"], StepResult]
Hook = Callable[["Job"], None]
Subject = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Kind:
    """One kind of job. `label` is a source string, translated when shown. `subject` tells from a
    payload what such a job is about, in names and not in words: they are stored, and read in every
    language. None: the label says all, or it is about its owner. `tells_itself`: its step says by
    `ctx.begun()` that it runs, when what is urgent is under way. `prompt`: it is over in a moment
    and its result has a date, so it goes before all other work of its queue."""

    name: str
    queue: str
    label: str
    step: Step
    max_attempts: int = MAX_ATTEMPTS
    subject: Subject | None = None
    tells_itself: bool = False
    prompt: bool = False

    @property
    def title(self) -> str:
        """The label in the active language."""
        return gettext(self.label) if self.label else self.name

    def about(self, payload: Mapping[str, Any]) -> str:
        """What a job with this payload is about, at most LONGEST_SUBJECT letters; "" for all."""
        told = str(payload.get("subject", ""))
        if not told and self.subject is not None:
            told = self.subject(payload)
        return told if len(told) <= LONGEST_SUBJECT else f"{told[: LONGEST_SUBJECT - 1]}…"


def listed(names: Sequence[str], *, more: int = 0, shown: int = 2) -> str:
    """Names for a subject: the first ones and how many others: "Can, Neu! +10"."""
    others = len(names[shown:]) + more
    return ", ".join(names[:shown]) + (f" +{others}" if others else "")


_kinds: dict[str, Kind] = {}
_hooks: dict[str, list[Hook]] = {}


def job_kind(
    name: str,
    *,
    queue: str = "bulk",
    label: str = "",
    max_attempts: int = MAX_ATTEMPTS,
    subject: Subject | None = None,
    tells_itself: bool = False,
    prompt: bool = False,
) -> Callable[[Step], Step]:
    """Register the decorated step under `name` ("app.verb_thing")."""
    if queue not in QUEUES:
        raise ValueError(f"{name}: no queue {queue!r}, only {', '.join(QUEUES)}.")

    def register(step: Step) -> Step:
        known = _kinds.get(name)
        if known is not None and known.step.__module__ != step.__module__:
            raise ValueError(f"Job kind {name} is registered by {known.step.__module__} already.")
        _kinds[name] = Kind(name, queue, label, step, max_attempts, subject, tells_itself, prompt)
        return step

    return register


def kind_of(name: str) -> Kind | None:
    """The kind, or None where this installation has no such kind (any more)."""
    return _kinds.get(name)


def kinds() -> tuple[Kind, ...]:
    """All kinds, by name."""
    return tuple(sorted(_kinds.values(), key=lambda kind: kind.name))


def forget_kind(name: str) -> None:
    """Take a kind out again; for tests that bring their own."""
    _kinds.pop(name, None)
    _hooks.pop(name, None)


def on_done(name: str, hook: Hook) -> None:
    """Call `hook(job)` when a job of this kind is done.

    Hooks run inside the transaction that marks the job done, so each runs exactly once
    together with it: write rows and enqueue jobs there, nothing slow.
    """
    hooks = _hooks.setdefault(name, [])
    if hook not in hooks:
        hooks.append(hook)


def hooks_of(name: str) -> tuple[Hook, ...]:
    return tuple(_hooks.get(name, ()))
