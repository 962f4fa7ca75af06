"""How often the matching is right on labelled pairs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.matching.evaluation import (
    BadPairs,
    Figures,
    by_group,
    compare_all,
    read_pairs,
    write_verdicts,
)

HEADS = ("kind", "pairs", "accuracy", "precision", "recall", "ask")


class Command(BaseCommand):
    help = (
        "Compare labelled pairs (CSV: left, right, kind, same, perhaps why) and print accuracy, "
        "precision and recall of 'same', the share asked, by kind; and the processor time that a "
        "pair takes. A question counts as wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pairs", type=Path, help="CSV file of pairs")
        parser.add_argument("--out", type=Path, help="write the rows with verdict and confidence")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pairs = read_pairs(options["pairs"])
            began = time.process_time()
            compared = compare_all(pairs)
            spent = time.process_time() - began
            if options["out"]:
                write_verdicts(options["out"], compared)
        except BadPairs as error:
            raise CommandError(str(error)) from error
        groups = by_group(compared)
        width = max(len(_name(key)) for key in groups)
        self.stdout.write(f"{HEADS[0]:{width}}" + "".join(f"{head:>11}" for head in HEADS[1:]))
        for key, found in groups.items():
            self.stdout.write(f"{_name(key):{width}}{_line(found)}")
        self.stdout.write(f"{spent / len(compared) * 1e6:.0f} microseconds a pair")
        if options["out"]:
            self.stdout.write(f"{len(compared)} rows written to {options['out']}")


def _name(key: tuple[str, str]) -> str:
    kind, why = key
    return f"  {why}" if why else kind


def _line(found: Figures) -> str:
    shares = (found.accuracy, found.precision, found.recall, found.ask_share)
    texts = ("-" if share is None else f"{share:.4f}" for share in shares)
    return f"{found.pairs:>11}" + "".join(f"{text:>11}" for text in texts)
