"""Settings: the README tells them all, bad values stop the start, production refuses to play."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.settings_table import README, row, with_table
from vinyl import env, settings

BASE = Path(__file__).resolve().parent.parent


def start(**values: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings as a starting process does, with these variables."""
    return subprocess.run(
        [sys.executable, "-c", "import vinyl.settings as s; print(s.UPSTREAMS, s.SECRET_KEY)"],
        cwd=BASE,
        env=os.environ | values,
        capture_output=True,
        text=True,
    )


def test_the_readme_lists_every_setting_with_default_and_meaning():
    readme = README.read_text(encoding="utf-8")
    missing = [variable.name for variable in env.documented() if row(variable) not in readme]
    assert not missing
    assert with_table(readme) == readme, "run: python -m tools.settings_table"


def test_every_setting_of_the_table_reaches_the_containers_and_no_secret_the_image():
    services = yaml.safe_load((BASE / "docker-compose.yml").read_text())["services"]
    ours = [service for service in services.values() if "build" in service]
    assert ours and all(service["env_file"] == ".env" for service in ours)
    assert ".env" in (BASE / ".dockerignore").read_text().split()


def test_the_table_shows_no_secret_and_no_path_of_this_machine():
    for variable in env.documented():
        assert str(BASE) not in variable.default
        assert not variable.secret or variable.default in {
            "", "a development key", "the sandbox's own",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", "perhaps", "expected yes or no"),
        ("EMAIL_PORT", "many", "expected a whole number"),
        ("BUDGET_SPEED", "0", "expected at least 1"),
        ("PORT", "web", "expected a whole number"),
        ("UPSTREAMS", "both", "expected one of sandbox, real"),
        ("SCORE_VERSIONS", "3", "expected some of 1, 2, such as 1=50,2=50"),
        ("SCORE_VERSIONS", "1=20,2=20", "expected shares in percent that add up to 100"),
        ("DATABASE_URL", "sqlite:///here.db", "no other engine is supported"),
        ("SECRET_KEY_FILE", "/no/such/file", "SECRET_KEY_FILE=/no/such/file cannot be read"),
    ],
)
def test_a_value_that_cannot_be_read_stops_the_start(name, value, expected):
    done = start(**{name: value})
    assert done.returncode != 0
    assert expected in done.stderr


def test_a_bad_secret_is_not_repeated(monkeypatch):
    monkeypatch.setenv("A_SECRET", "tell-nobody")
    monkeypatch.setattr(env, "_documented", {})

    def refuse(raw: str) -> str:
        raise ValueError("too short.")

    with pytest.raises(env.ImproperlyConfigured) as raised:
        env._read("A_SECRET", "", "", kind="secret", parse=refuse, secret=True)
    assert "tell-nobody" not in str(raised.value)


def test_a_secret_may_come_from_a_file(tmp_path):
    kept = tmp_path / "key"
    kept.write_text("long-and-random-and-not-in-the-environment\n")
    done = start(SECRET_KEY_FILE=str(kept))
    assert done.stdout.split() == ["sandbox", "long-and-random-and-not-in-the-environment"]


LIVE = {
    "PRODUCTION": "yes", "UPSTREAMS": "real", "CONTACT_ADDRESS": "curator@records.example",
    "SECRET_KEY": "x" * 50, "CREDENTIAL_KEYS": "b25lLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc=",
}  # fmt: skip


def test_production_starts_with_values_of_its_own():
    done = start(**LIVE)
    assert done.stdout.split() == ["real", LIVE["SECRET_KEY"]], done.stderr


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"CREDENTIAL_KEYS": settings.DEFAULT_CREDENTIAL_KEY}, "CREDENTIAL_KEYS of its own"),
        (
            {"CREDENTIAL_KEYS": f"{LIVE['CREDENTIAL_KEYS']},{settings.DEFAULT_CREDENTIAL_KEY}"},
            "CREDENTIAL_KEYS of its own",
        ),
        ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS of its own"),
        ({"SECRET_KEY": settings.DEFAULT_SECRET_KEY}, "SECRET_KEY of its own"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY of its own"),
        ({"DEBUG": "yes"}, "DEBUG exclude each other"),
        ({"UPSTREAMS": "sandbox"}, "does not serve the sandbox"),
    ],
)
def test_production_refuses_defaults_debug_and_the_sandbox(change, refusal):
    done = start(**LIVE | change)
    assert done.returncode != 0
    assert refusal in done.stderr


def test_the_real_services_want_to_know_who_is_calling():
    done = start(UPSTREAMS="real")
    assert done.returncode != 0
    assert "CONTACT_ADDRESS" in done.stderr


def test_budgets_run_at_their_own_speed_with_the_real_services():
    done = start(UPSTREAMS="real", CONTACT_ADDRESS="curator@records.example", BUDGET_SPEED="2")
    assert done.returncode != 0
    assert "BUDGET_SPEED must stay 1" in done.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"PRODUCTION": "1", "UPSTREAMS": "real"}, "SECRET_KEY of its own"),
        ({"PRODUCTION": "1", "DEBUG": "1"}, "DEBUG exclude each other"),
        ({"PORT": "abc"}, "PORT='abc': expected a whole number"),
        ({"UPSTREAMS": "foo"}, "expected one of sandbox, real"),
        ({"SECRET_KEY_FILE": "/no/such/file"}, "SECRET_KEY_FILE=/no/such/file cannot be read"),
        ({"SECRET_KEY_FILE": sys.executable}, "is no text file"),
        ({"DATABASE_URL": "postgresql://here:abc/x"}, "DATABASE_URL has a port that"),
    ],
)
def test_a_refusal_is_one_line(given, words):
    said_in_one_line("run", given, words)


def test_a_refusal_is_one_line_of_other_commands_too():
    said_in_one_line("check_catalogue", {"PORT": "abc"}, "PORT='abc': expected a whole number")


def said_in_one_line(command, given, words):
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=BASE,
        env=os.environ | given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
