"""`manage.py train_similarity`: learn a new version of the model of similarity, or go back."""

from __future__ import annotations

import os
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recommendations.similarity import jobs, renewing, store
from recommendations.similarity.model import ModelFileError
from vinyl.embedded.command import DatabaseCommand, at_least, seconds


class Command(DatabaseCommand):
    help = (
        "Learn which artists are near to each other from all listening that may be learned from "
        "(open dumps, open snapshots, people who opted in), and let the new version serve where it "
        "is not worse on people held out. --rollback goes back to the version before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rollback", action="store_true", help="serve the version before")
        parser.add_argument("--force", action="store_true", help="serve it even if it is worse")
        parser.add_argument(
            "--seconds", type=seconds, default=300.0,
            help="time for choosing settings; training comes on top (default %(default)g)",
        )  # fmt: skip
        parser.add_argument("--threads", type=at_least(1), default=1, help="default %(default)s")
        parser.add_argument("--run", default="", help="a job's run, which is told how it goes")

    def handle(self, *args: Any, **options: Any) -> None:
        self._run: str = options["run"]
        self._parent, self._steps, self._started = os.getppid(), 0, time.monotonic()
        if options["rollback"]:
            self._roll_back()
            return
        try:
            done = renewing.train(
                seconds=options["seconds"], threads=options["threads"], say=self._say,
                force=options["force"],
            )  # fmt: skip
        except renewing.NotNow as error:
            self._end("done", f"{error}")
            self.stdout.write(f"Nothing trained: {error}.")
            return
        except Exception as error:
            self._end("failed", f"{type(error).__name__}: {error}")
            raise
        serves = "serves now" if done.replaced else "does not serve: it is worse"
        words = f"{done.row.version} {serves}. {done.reason}"
        self._end("done", words, version=done.row.version)
        self.stdout.write(words)

    def _roll_back(self) -> None:
        try:
            row = store.roll_back()
        except ModelFileError as error:
            raise CommandError(f"{error}") from error
        self.stdout.write(f"{row.version} serves now.")

    def _say(self, text: str) -> None:
        self._steps += 1
        if self._run:
            if os.getppid() != self._parent:
                raise SystemExit("the worker is gone")
            jobs.tell(self._run, state="running", words=text, steps=self._steps)
        else:
            self.stdout.write(f"[{time.monotonic() - self._started:5.0f} s] {text}")

    def _end(self, state: str, words: str, **more: Any) -> None:
        if self._run:
            jobs.tell(self._run, state=state, words=words, **more)
