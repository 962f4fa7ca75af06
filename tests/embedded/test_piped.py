"""Commands whose output nobody reads to the end."""

import signal
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
HEAD = "import os, sys\nfrom vinyl.embedded.piped import ends_quietly\nwith ends_quietly():\n    "


def run(body):
    """Standard error and exit status of a program whose first line is read, and no more."""
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + body],
        cwd=BASE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout.readline() == b"first\n"
        program.stdout.close()
        said = program.stderr.read().decode()
    return said, program.returncode


def test_whoever_reads_the_first_lines_only_sees_no_traceback():
    endless = "print('first', flush=True)\n    while True: print('more')"
    assert run(endless) == ("", 128 + signal.SIGPIPE)


def test_what_is_held_back_until_the_end_is_no_error_either():
    waits = "print('first', flush=True); os.read(0, 1); print('more'); sys.exit('unwell')"
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + waits],
        cwd=BASE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        program.stdout.readline()
        program.stdout.close()
        said = program.communicate(b"x")[1].decode()
    assert (said, program.returncode) == ("", 128 + signal.SIGPIPE)


def test_another_broken_pipe_is_an_error():
    broken = "r, w = os.pipe(); os.close(r); print('first', flush=True); os.write(w, b'x')"
    program = subprocess.run(
        [sys.executable, "-c", HEAD + broken], cwd=BASE, capture_output=True, text=True, check=False
    )
    assert program.returncode == 1
    assert "BrokenPipeError" in program.stderr
