"""From the sandbox to the real services."""

import io

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.factories import make_person
from vinyl.embedded import prepared
from vinyl.embedded.command import refuse_other_mode
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sandbox_installation(settings, transactional_db):
    """The test database as one that was prepared in the sandbox mode."""
    name = connection.settings_dict["NAME"]
    url = settings.DATABASE_URL.replace("/vinilogy?", f"/{name}?")
    settings.DATABASE_URL = url
    prepared.store(url, migrations="known", upstreams="sandbox", demo=True)
    yield url
    prepared.store(url, migrations="", upstreams="", demo=False)


def test_people_and_jobs_go_and_bookkeeping_stays(sandbox_installation, settings, tmp_path):
    settings.VINILOGY_HOME = tmp_path / "nowhere"
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "history.zip").write_text("somebody's listening")
    Session.objects.create(session_key="demo", session_data="", expire_date=timezone.now())
    Job.objects.create(kind="catalog.sync_album_releases")

    call_command("forget_demo", yes=True)

    assert not Session.objects.exists()
    assert not Job.objects.exists()
    assert not settings.MEDIA_ROOT.exists()
    assert ContentType.objects.exists()
    settings.UPSTREAMS, settings.SANDBOX = "real", False
    refuse_other_mode(prepared.stored(sandbox_installation))


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stdin", "words"),
    [(io.StringIO("yes\n"), "say --yes"), (Keyboard("no\n"), "nothing was removed$")],
)
def test_it_tells_what_goes_and_asks_first(
    sandbox_installation, settings, tmp_path, monkeypatch, capsys, stdin, words
):
    settings.VINILOGY_HOME = tmp_path / "nowhere"
    make_person("ana@vinilogy.test")
    Job.objects.create(kind="catalog.sync_album_releases")
    monkeypatch.setattr("sys.stdin", stdin)

    with pytest.raises(CommandError, match=words):
        call_command("forget_demo")

    told = capsys.readouterr().out
    assert "1 people's accounts" in told and "jobs.Job" in told
    assert Job.objects.exists()


def test_who_says_yes_at_the_terminal_is_believed(
    sandbox_installation, settings, tmp_path, monkeypatch
):
    settings.VINILOGY_HOME = tmp_path / "nowhere"
    settings.MEDIA_ROOT = tmp_path / "uploads"
    Job.objects.create(kind="catalog.sync_album_releases")
    monkeypatch.setattr("sys.stdin", Keyboard("yes\n"))

    call_command("forget_demo")

    assert not Job.objects.exists()


def test_real_rows_are_never_forgotten(sandbox_installation):
    prepared.store(sandbox_installation, migrations="known", upstreams="real", demo=False)
    Job.objects.create(kind="catalog.sync_album_releases")

    with pytest.raises(CommandError, match="no demo in it"):
        call_command("forget_demo", yes=True)

    assert Job.objects.exists()
