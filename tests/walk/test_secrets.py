"""A mark in every secret there is; then everything that people, operators and programs can read
is searched for it: logs, the database, Valkey, every page and API answer, errors and jobs."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.db import connection
from django.test import override_settings
from django.urls import path

from accounts.credentials import load_token
from accounts.models import LinkedService
from accounts.tokens import make_token
from tests.factories import make_person
from tests.upstreams import every_call
from tests.walk.conftest import SECRET as MARK
from tests.walk.test_addresses import read_by
from vinyl import logs
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, job_kind
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams import door

pytestmark = pytest.mark.django_db
WEATHER = ("fair", "500html")
PASSWORD = f"{MARK}-password-of-a-person"


class Lines(logging.Handler):
    """What a log file would hold, in both shapes, and the bare messages."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.shown: list[str] = []
        self.bare: list[str] = []

    def emit(self, record):
        self.shown += [logs.JsonLines().format(record), logs.Lines().format(record)]
        if record.name.startswith(("vinyl", "accounts", "catalog", "pricing")):
            self.bare.append(record.getMessage())


@pytest.fixture
def lines():
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def found_in(texts):
    """Where the mark stands: what is around it, not much of it."""
    texts = (text if isinstance(text, str) else repr(text) for text in texts)
    return sorted({text[max(0, text.find(MARK) - 60) :][:90] for text in texts if MARK in text})


def test_marks_are_where_they_should_be(marked, world):
    """Else the others would find nothing because there is nothing."""
    link = LinkedService.objects.get(user=world.owner, service="discogs")
    assert load_token(link).key == f"{MARK}-access-discogs"
    assert marked.EBAY_CERT_ID.startswith(MARK)
    assert found_in(["a", f"b {MARK} c"]) == [f"b {MARK} c"]


def call_all(sandbox, kind):
    """Every method of every client with marked keys; what came of it as text."""
    person = every_call.Person.__new__(every_call.Person)
    person.name, person.examples = "nuria_bcn", every_call.examples("nuria_bcn")
    person.discogs = every_call.UserToken(f"{MARK}-user-key", f"{MARK}-user-secret")
    person.spotify, person.refresh = f"{MARK}-access", f"{MARK}-refresh"
    sandbox.clear()
    door.forget_everything()
    if kind != "fair":
        sandbox.fault("*", kind)
    texts = []

    def make(call):
        try:
            return [repr(call.make())]
        except Exception as error:
            chain, told = error, []
            while chain is not None:
                told += [str(chain), repr(chain), repr(vars(chain))]
                chain = chain.__cause__
            return told

    calls = every_call.every_call(person)
    own = {call.upstream: [one for one in calls if one.upstream == call.upstream] for call in calls}
    with ThreadPoolExecutor(len(own)) as pool:
        for told in pool.map(lambda some: [make(one) for one in some], own.values()):
            texts += [text for one in told for text in one]
    sandbox.clear()
    return texts


@pytest.mark.parametrize("kind", WEATHER)
def test_no_call_leaves_a_secret_in_a_log_an_error_or_valkey(marked, sandbox, lines, kind, valkey):
    """Threads have connections of their own, which see nothing of this test's rows: the keys come
    from the settings here."""
    marked.KEYS_IN_ADMIN = False
    texts = call_all(sandbox, kind)

    assert len(texts) > 50
    assert found_in(texts) == []
    assert found_in(lines.bare) == []
    assert found_in(lines.shown) == []
    assert found_in(everything_in(valkey)) == []


def everything_in(server: redis.Redis):
    """All keys and values of Valkey's first database, the request log among them."""
    for key in server.scan_iter():
        yield repr(key)
        yield repr(server.dump(key))
        kind = server.type(key)
        read = {b"string": server.get, b"hash": server.hgetall, b"stream": server.xrange}.get(kind)
        if read is not None:
            yield repr(read(key))


def test_no_job_error_no_log_and_no_page_about_it_holds_one(marked, world, lines, browser_of):
    """An error whose own text holds secrets: a person's token by its name, the site's anywhere."""

    def step(ctx):
        raise RuntimeError(f"{marked.EBAY_CERT_ID} refused access_token={MARK}-of-ana")

    job_kind("tests.leaky", queue="bulk", label="Leaks")(step)
    job_kind("tests.well", queue="bulk", label="Well")(lambda ctx: Done({}))
    job = enqueue("tests.leaky", owner=world.owner)
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    run_pending_jobs(["tests.leaky"])

    job.refresh_from_db()
    assert job.dead and "refused" in job.error_detail
    pages = [
        browser_of(world.staff).get(f"/admin/jobs/job/{job.pk}/change/").content.decode(),
        browser_of(world.owner).get("/jobs/").content.decode(),
        browser_of(world.owner).get(f"/api/v1/jobs/{job.pk}").content.decode(),
    ]
    assert found_in([job.error_detail, job.error_message, job.error_params, *pages]) == []
    assert found_in(lines.shown) == []


def test_no_sync_of_a_linked_person_leaves_one(marked, sandbox, world, lines, browser_of):
    marked.KEYS_IN_ADMIN = False
    for kind in ("", "401", "500html"):
        sandbox.clear()
        if kind == "500html":
            sandbox.fault("*", kind)
        for name in ("accounts.sync_listening", "accounts.sync_shelf"):
            enqueue(name, owner=world.owner, payload={"user_id": world.owner.pk})
        run_pending_jobs(limit=12, ignore_waits=True)

    assert Job.objects.filter(owner=world.owner).exclude(state="queued").exists()
    assert found_in(lines.shown) == []
    assert found_in(every_text_of_the_database()) == []


def every_text_of_the_database():
    """Rows with the mark, of all tables, in every column whatever its type."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        for table, column, kind in cursor.fetchall():
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {shown} FROM "{table}" WHERE {shown} LIKE %s', [f"%{MARK}%"])
            for (text,) in cursor.fetchall():
                yield f"{table}.{column}: {text[:60]}"


def test_database_holds_them_as_ciphertext_only(marked, world):
    made = make_token(world.owner, name="for scripts")
    secret = made.secret
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prefix, digest FROM accounts_apitoken WHERE id = %s", [made.token.pk]
        )
        assert secret.rpartition("_")[2] not in "".join(cursor.fetchone())
    assert found_in(every_text_of_the_database()) == []


@pytest.mark.parametrize("who", ["owner", "staff", None])
def test_no_page_and_no_api_answer_shows_one(marked, world, browser_of, who):
    texts = [
        f"{visit} {visit.head} {visit.content.decode('utf-8', 'replace')}"
        for visit in read_by(world, browser_of, who)
    ]
    assert len(texts) > 100
    assert found_in(texts) == []


def broken(request):
    password = f"{MARK}-{request.method}"  # in a local variable, as debug pages show them
    raise RuntimeError(f"refused token={password}")


urlpatterns = [path("broken/", broken)]


@override_settings(ROOT_URLCONF=__name__, DEBUG=False)
def test_error_page_and_its_log_line_show_none(marked, browser_of, lines):
    browser = browser_of(None, raise_request_exception=False)

    answer = browser.get("/broken/", HTTP_AUTHORIZATION=f"Bearer {MARK}")

    assert answer.status_code == 500
    assert any("refused" in line for line in lines.shown)
    assert found_in([answer.content.decode(), *lines.shown]) == []


def test_wrong_password_is_in_no_log(marked, browser_of, lines):
    person = make_person("ana@vinilogy.test")
    browser_of(None).post("/account/login/", {"login": person.email, "password": PASSWORD})

    assert lines.shown
    assert found_in(lines.shown) == []
