"""How long a page took, as the log tells it."""

import io
import json
import logging
import time

import pytest
from django.http import HttpResponse

from vinyl import logs
from vinyl.middleware import RequestIdMiddleware


@pytest.fixture
def written():
    """JSON lines of the answered requests."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter("json"))
    logging.getLogger("vinyl.requests").addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.getLogger("vinyl.requests").removeHandler(handler)


def test_time_of_a_page_begins_before_it_waits_for_its_turn(rf, written):
    request = rf.get("/")
    setattr(request, logs.ARRIVED, time.monotonic() - 2)

    RequestIdMiddleware(lambda _request: HttpResponse())(request)

    (line,) = written()
    assert 2000 <= line["ms"] < 60_000
