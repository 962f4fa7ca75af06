"""The process that the site's parts are forked from."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# What the fork server loads: it makes the process between it and the part slow to end.
SLOW = """
import os, select
def load():
    end = os._exit
    def slowly(status):
        select.select([], [], [], 0.3)
        end(status)
    os._exit = slowly
"""
WAITS = "import signal; signal.pause()"
SUPERVISOR = """
import os, signal, sys
from pathlib import Path
from vinyl.embedded.forkserver import ForkServer
folder = Path(sys.argv[1])
server = ForkServer("slow", log_file=folder / "log", cwd=folder, environment=os.environ)
server.start()
assert server.ready(cancelled=lambda: False)
part = server.fork([sys.executable, "-m", "waits"], log_file=folder / "part", env=os.environ)
print("at once", part.poll())
os.kill(part.pid, signal.SIGKILL)
while part.poll() is None:
    pass
print("killed", part.poll())
server.stop()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_part_is_alive_as_soon_as_its_number_is_told(tmp_path):
    """Who looked before the kernel had made it the supervisor's child took it for ended, and
    started a second one beside it."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "waits.py").write_text(WAITS)
    told = subprocess.run(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.split("\n")[:2] == ["at once None", "killed -9"]
