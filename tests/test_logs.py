"""Log lines: one request id from the page to the call, in JSON, without secrets."""

import io
import json
import logging
import sys

import pytest

from tests.factories import make_album, make_person, make_release
from vinyl import logs
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, job_kind
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams import request_log

ASKED = "page-1234-abcd"


@pytest.fixture
def written():
    """JSON lines of everything that is logged."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter("json"))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db(transaction=True)
def test_request_id_goes_from_the_page_to_its_jobs_their_calls_and_all_lines(
    client, sandbox, written
):
    album, person = make_album(), make_person()
    make_release(album)
    client.force_login(person)

    answer = client.post(f"/albums/{album.pk}/ask/", HTTP_X_REQUEST_ID=ASKED)
    run_pending_jobs(limit=10)

    assert answer["X-Request-ID"] == ASKED
    job = Job.objects.order_by("pk").first()
    assert job is not None and job.request_id == ASKED
    calls = request_log.latest(50)
    assert calls and {line.request_id for line in calls} == {ASKED}
    assert calls[-1].cause == f"job:{job.pk}"
    lines = [line for line in written() if line.get("request_id") == ASKED]
    by_logger = {line["logger"]: line for line in lines}
    page, call = by_logger["vinyl.requests"], by_logger["vinyl.upstreams"]
    assert page["message"].startswith("POST /albums/<int:album_id>/ask/ -> ")
    assert (page["person_id"], page["ids"]) == (person.pk, {"album_id": album.pk})
    assert page["ms"] >= 0 and page["status"] < 400
    assert call["cause"].startswith("job:") and call["ms"] >= 0 and call["upstream"]


@pytest.mark.django_db(transaction=True)
def test_job_that_a_job_queues_carries_the_same_id():
    job_kind("tests.second", queue="bulk", label="Second")(lambda ctx: Done({}))
    job_kind("tests.first", queue="bulk", label="First")(
        lambda ctx: Done({"next": enqueue("tests.second").pk})
    )
    with logs.working_for(request_id=ASKED):
        enqueue("tests.first")

    run_pending_jobs(["tests.first", "tests.second"])

    assert set(Job.objects.values_list("request_id", flat=True)) == {ASKED}


def test_request_id_that_is_no_id_is_replaced(client):
    answer = client.get("/healthz", HTTP_X_REQUEST_ID="x\r\nSet-Cookie: a=b")

    assert answer["X-Request-ID"].isalnum() and len(answer["X-Request-ID"]) == 16


@pytest.mark.django_db
def test_address_that_is_a_secret_is_logged_by_its_pattern(client, written):
    client.get("/account/password/reset/key/2-hushhush/")

    (line,) = [line for line in written() if line["logger"] == "vinyl.requests"]
    assert "hushhush" not in json.dumps(line)


def test_line_is_json_with_its_fields_and_its_error(written):
    try:
        raise ValueError("refused token=hushhush")
    except ValueError:
        logging.getLogger("vinyl.x").exception(
            "It took %d ms", 12, extra={"ms": 12, "upstream": ""}
        )

    (line,) = written()
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "vinyl.x", "It took 12 ms")
    assert line["ms"] == 12 and "upstream" not in line and line["at"].endswith("+00:00")
    assert "ValueError: refused token=***" in line["error"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /x?api_key=abc&page=2", "GET /x?api_key=***&page=2"),
        ('{"refresh_token": "abc"}', '{"refresh_token=***"}'),
        ("Authorization: Bearer abc and", "Authorization=*** and"),
        ("Authorization: Discogs token=abc", "Authorization=***"),
        ("sent Bearer abc", "sent Bearer=***"),
        ("redis://:hush@host:6379/0", "redis://:***@host:6379/0"),
        ("nothing to hide", "nothing to hide"),
        ("GET /1/validate-token -> 200 ok", "GET /1/validate-token -> 200 ok"),
    ],
)
def test_what_is_called_secret_is_hidden(text, shown):
    assert logs.without_named_secrets(text) == shown


def test_keys_of_the_site_are_hidden_wherever_they_stand(settings):
    settings.EBAY_CERT_ID = "PRD-1234-hush"

    assert logs.without_secrets("eBay did not like PRD-1234-hush at all") == (
        "eBay did not like *** at all"
    )


def test_plain_lines_are_for_terminals():
    record = logging.makeLogRecord(
        {"name": "vinyl.x", "levelname": "INFO", "msg": "read %d rows", "args": (3,)}
    )
    with logs.working_for(request_id=ASKED, cause="job:7"):
        text = logs.formatter("lines").format(record)

    assert text.endswith(f"INFO vinyl.x read 3 rows [{ASKED} job:7]")


@pytest.mark.parametrize("shape", ["lines", "json"])
def test_the_last_lines_of_a_process_that_ends_are_written_too(monkeypatch, shape):
    """Python has forgotten its modules by then, and nothing can be imported any more."""
    record = logging.makeLogRecord({"name": "vinyl.x", "msg": "left token=hush at a://b:hush@c"})
    formatter = logs.formatter(shape)
    with monkeypatch.context() as ending:
        ending.setitem(sys.modules, "re", None)
        text = formatter.format(record)

    assert "left token=*** at a://b:***@c" in text
