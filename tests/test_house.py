"""The rules of the house that no single test can hold: style, types, imports, migrations.

They run in the same pytest as everything else, so that one closing line tells it all.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

BASE = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PRODUCTION": "1",
    "UPSTREAMS": "real",
    "SECRET_KEY": "k8S!" * 15 + "-a-long-one-of-our-own",
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "CONTACT_ADDRESS": "curator@records.example",
    "PUBLIC_URL": "https://records.example",
    "ALLOWED_HOSTS": "records.example",
}
# A fresh checkout has no answers of an earlier run, and nobody comes back for those of this one.
ONCE = ["--no-incremental"] if os.environ.get("CI") else []


def run(*command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE,
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["-m", "ruff", "check", "."], id="ruff"),
        pytest.param(["-m", "ruff", "format", "--check", "."], id="ruff-format"),
        pytest.param(["-m", "mypy", *ONCE], id="mypy"),
        pytest.param(["-m", "djlint", "--lint", "--quiet", "templates"], id="djlint"),
        pytest.param(
            ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
            id="import-rules",
        ),
        pytest.param(["-m", "pip", "--disable-pip-version-check", "check"], id="packages-agree"),
    ],
)
def test_code_check(command):
    done = run(*command)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)


def test_production_passes_the_deployment_checks():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": "for-development-only-production-refuses-this-key"}, "SECRET_KEY"),
        ({"UPSTREAMS": "sandbox"}, "UPSTREAMS"),
    ],
)
def test_production_refuses_to_start(bad, said):
    done = run("manage.py", "check", **(PRODUCTION | bad))
    assert done.returncode != 0
    assert said in done.stderr


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (BASE / name).read_text().splitlines():
            if line.strip() and not line.startswith(("#", "-r", "--requirement")):
                assert "==" in line, f"{name}: {line}"


def test_pages_load_nothing_from_elsewhere():
    for template in (BASE / "templates").rglob("*.html"):
        text = template.read_text()
        for tag in ('<script src="http', '<link rel="stylesheet" href="http', "//cdn", "unpkg.com"):
            assert tag not in text, template
