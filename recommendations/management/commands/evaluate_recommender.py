"""`manage.py evaluate_recommender`: learn from one file, rank for the people of another."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from threadpoolctl import threadpool_limits

from recommendations.similarity import evaluation
from recommendations.similarity.files import BadFile, check_writable, write_ranks
from vinyl.embedded.command import at_least, seconds


class Command(BaseCommand):
    help = (
        "Learn which artists are near to each other from --train (CSV: user,artist,plays), rank "
        "artists for the people of --foldin (same columns) and write --out (user,artist,rank; 100 "
        "for each person, nobody's own). Files may be gzipped. Settings are chosen by "
        "cross-validation over the people of --train. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--train", type=Path, required=True, metavar="F")
        parser.add_argument("--foldin", type=Path, required=True, metavar="F")
        parser.add_argument("--out", type=Path, required=True, metavar="F")
        parser.add_argument(
            "--artist-tags", type=Path, metavar="F", help="CSV: artist,tag,weight; may be left out"
        )
        parser.add_argument(
            "--model", choices=evaluation.MODELS, default="blend", metavar="NAME",
            help="blend (what serves the site) or one of its parts: %(choices)s",
        )  # fmt: skip
        parser.add_argument(
            "--seconds", type=seconds, default=240.0,
            help="time for choosing settings; training comes on top (default %(default)g)",
        )  # fmt: skip
        parser.add_argument("--seed", type=at_least(0), default=0, help="default %(default)s")
        parser.add_argument("--threads", type=at_least(1), default=2, help="default %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        self._started = time.monotonic()
        with threadpool_limits(options["threads"]):
            try:
                self._run(options)
            except BadFile as error:
                raise CommandError(str(error)) from error

    def _run(self, options: dict[str, Any]) -> None:
        check_writable(options["out"])
        task = evaluation.read(options["train"], options["foldin"], options["artist_tags"])
        for name, rows in task.skipped.items():
            if rows:
                self._say(f"{name}: {rows:,} rows not counted (no name, or no plays above 0)")
        model = evaluation.train(
            task, name=options["model"], seconds=options["seconds"], seed=options["seed"],
            say=self._say,
        )  # fmt: skip
        self._say(f"ranking for {len(task.people.names):,} people")
        started = time.perf_counter()
        rows = write_ranks(options["out"], evaluation.rank(task, model))
        each = (time.perf_counter() - started) / len(task.people.names) * 1000
        self._say(f"{rows:,} rows written to {options['out']}, {each:.1f} ms a person")

    def _say(self, text: str) -> None:
        self.stdout.write(f"[{time.monotonic() - self._started:5.0f} s] {text}")
        self.stdout.flush()
