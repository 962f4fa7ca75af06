"""Files that wait for their worker: nobody's name for them leads elsewhere, old ones go."""

import os
import time
from pathlib import Path

import pytest

from accounts import uploads


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def brought(kind="history", *, days_ago=0.0):
    path = uploads.new_file(kind, 7)
    path.write_bytes(b"x")
    then = time.time() - days_ago * 86400
    os.utime(path, (then, then))
    return path


def test_what_was_not_read_within_two_days_goes_and_newer_ones_stay():
    new, old = brought(days_ago=1.9), brought(days_ago=2.1)
    assert uploads.remove_old_files("history") == 1
    assert not old.exists() and new.exists()


def test_a_file_that_its_worker_removes_meanwhile_spoils_no_upload(monkeypatch):
    brought(days_ago=3)
    real = Path.stat

    def stat(path, **how):
        if path.parent.name == "history":
            path.unlink(missing_ok=True)
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    assert uploads.new_file("history", 7).parent == uploads.folder("history")


def test_a_name_leads_nowhere_but_into_its_folder():
    path = brought("csv")
    assert uploads.found_as("csv", uploads.kept_as(path)) == path
    assert uploads.found_as("csv", "../../etc/passwd") == uploads.folder("csv") / "passwd"
