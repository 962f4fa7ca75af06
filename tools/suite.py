"""The whole suite: `make test`. Two runs side by side, each with servers of its own, because one
run leaves a core idle while it waits for sites, browsers and workers to come and go.

With arguments: one run of just those, as pytest takes them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

# What mostly waits for other processes, and the checks that are processes themselves.
WAITING = ("tests/test_house.py", "tests/embedded", "tests/walk", "tests/browser")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *words]


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when every run passed."""
    if arguments:
        return subprocess.run(command(*arguments), check=False).returncode
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen(command(*WAITING), stdout=said, stderr=subprocess.STDOUT)
        try:
            ignored = [f"--ignore={place}" for place in WAITING]
            status = subprocess.run(command("tests", *ignored), check=False).returncode
            other = beside.wait()
        finally:
            beside.terminate()
        print(f"\nBeside it ran {', '.join(WAITING)}:\n", flush=True)
        said.seek(0)
        print(said.read(), flush=True)
    if status:
        print("The first run, above, did not pass.", flush=True)
    return status or other


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
