"""What the clients and the sandbox make of every recorded body: endpoint, file, verdict.

    VINILOGY_RECORDINGS=/folder .venv/bin/python -m tests.contracts.report

Runs the contract tests and prints one line for each file of our own bodies and of the folder that
VINILOGY_RECORDINGS names. Exit status 1 when a verdict is a failure. "not used" are endpoints that
no client method reads.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest


class Verdicts:
    """Collects what each test says about each file."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[str, ...]] = {}
        self.shapes: dict[str, list[str]] = {}
        self.idle: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each phase of each test."""
        if report.when != "call" and not report.skipped:
            return
        properties: dict[str, Any] = dict(report.user_properties)
        if "recording" in properties:
            upstream, endpoint, file, grade = properties["recording"]
            self.read[file] = (upstream, endpoint, file, grade, _verdict(report))
        for *_names, file, _grade, faults in properties.get("shapes", []):
            self.shapes[file] = faults
        self.idle += properties.get("idle", [])


def _verdict(report: pytest.TestReport) -> str:
    if report.passed:
        return "holds"
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    if report.skipped:
        reason = str(reason).removeprefix("Skipped: ")
        return "not used" if reason.startswith("unknown endpoint") else reason
    return "FAILS: " + next((line for line in str(reason).splitlines() if line[:1] == "E"), "")


def _shape(faults: list[str] | None) -> str:
    if faults is None:
        return "-"
    return f"FAILS: {'; '.join(faults)}" if faults else "same"


def main() -> int:
    """Prints the table; 1 when something fails."""
    seen = Verdicts()
    tests = Path(__file__).parent
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        outcome = pytest.main([str(tests)], plugins=[seen])
    lines = [("endpoint", "file", "grade", "clients", "sandbox's shape")]
    for upstream, endpoint, file, grade, verdict in sorted(seen.read.values()):
        shape = _shape(seen.shapes.get(file))
        lines.append((f"{upstream} {endpoint}", file, grade, verdict, shape))
    widths = [max(len(line[place]) for line in lines) for place in range(3)]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=False)),
              line[3].ljust(10), line[4], sep="  ")  # fmt: skip
    counts = Counter(line[3].split(":")[0] for line in lines[1:])
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
    if seen.idle:
        print(f"Excuses of aged.json that nothing here needs: {', '.join(seen.idle)}")
    return int(outcome != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
