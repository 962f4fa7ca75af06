"""The whole suite: `make test`. Three runs side by side, each with servers of its own.

One waits most of the time, for sites, browsers and workers to come and go, and leaves the cores to
the other two, which give way to it. With arguments: one run of just those, as pytest takes them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

# What mostly waits for other processes, and as much beside it as lets all three end together.
WAITING = (
    "tests/embedded",
    "tests/browser",
    "tests/sandbox",
    "tests/walk/test_addresses.py",
    "tests/walk/test_headers.py",
    "tests/walk/test_promises.py",
    "tests/walk/test_secrets.py",
)
# About half of the rest; what is named nowhere here belongs to the first run.
SECOND = (
    "tests/test_house.py",
    "tests/contracts",
    "tests/desk",
    "tests/front",
    "tests/jobs",
    "tests/recommendations",
    "tests/upstreams",
)
# How much the working runs give way: a site that starts late fails its tests, sums do not.
GIVING_WAY = 5
# Some containers forbid Python to keep what it compiled: each of a hundred processes, of sites and
# commands that the tests start, would then compile the whole code for itself.
FORBIDDING = "PYTHONDONTWRITEBYTECODE"


@dataclass
class Run:
    """One pytest process and what it says, kept until the first has said all."""

    words: tuple[str, ...]
    said: IO[str]
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, words: Sequence[str], *, give_way: bool) -> "Run":
        said = tempfile.TemporaryFile("w+")  # noqa: SIM115 closed by `tell`
        return cls(tuple(words), said, _start(words, give_way=give_way, said=said))

    def tell(self) -> int:
        """Wait for the end, print it all, and return the exit status."""
        status = self.process.wait()
        print(f"\nBeside it ran {', '.join(self.words)}:\n", flush=True)
        self.said.seek(0)
        print(self.said.read(), flush=True)
        self.said.close()
        return status


def _start(
    words: Sequence[str], *, give_way: bool, said: IO[str] | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *words],
        env={name: value for name, value in os.environ.items() if name != FORBIDDING},
        stdout=said,
        stderr=None if said is None else subprocess.STDOUT,
        preexec_fn=_give_way if give_way else None,
        text=True,
    )


def _give_way() -> None:
    os.nice(GIVING_WAY)


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when every run passed."""
    if arguments:
        return _start(arguments, give_way=False).wait()
    beside = [Run.start(WAITING, give_way=False), Run.start(SECOND, give_way=True)]
    ignored = [f"--ignore={place}" for place in (*WAITING, *SECOND)]
    first = _start(["tests", *ignored], give_way=True)
    try:
        statuses = [first.wait(), *(run.tell() for run in beside)]
    finally:
        for process in (first, *(run.process for run in beside)):
            process.terminate()
    failed = [status for status in statuses if status]
    if failed:
        print(f"{len(failed)} of the {len(statuses)} runs above did not pass.", flush=True)
    return failed[0] if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
