"""What programs and broken browsers send: NUL bytes, lists where a form belongs, huge numbers.
Every address answers what it makes of it, and never with an error of its own."""

import json
import re
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from tests.walk.addresses import all_addresses, path_of
from tests.walk.conftest import undone
from tests.walk.test_addresses import NOT_THERE, OPEN, SIGNED

pytestmark = pytest.mark.django_db

BASE = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "catalog", "pricing", "recommendations", "vinyl")
# Where the rooms read a value by its name: `request.GET.get("q", ...)`, `query["page"]`.
READ = re.compile(r"(?:GET|POST|params|query|data|sent)(?:\.get(?:list)?\(|\[)\s*\"(\w+)\"")
HUGE = "9" * 30
# More digits than Python turns into a number.
ENDLESS = "9" * 5000


@cache
def names_read():
    """Every name of a query's or a form's value that the rooms' code reads."""
    files = (file for room in ROOMS for file in (BASE / room).rglob("*.py"))
    return {name for file in files for name in READ.findall(file.read_text())}


def answer_to(client, method, path, data, content_type):
    try:
        with undone():
            return client.generic(method, path, data, content_type=content_type).status_code
    except Exception as error:
        return error


def wrong(address, path, method, status):
    """A line where it died or answered that the fault was ours."""
    if isinstance(status, int) and status < 500:
        return ""
    return f"{address.name}: {method} {path[:80]}: {status!r:.300}"


# (address, verb) of those that refused a verb: they never look at what is sent with it.
NOT_TAKEN = set()


def walked(client, world, ask, *, only=lambda address: True):
    """The lines of all addresses to which `ask(path)` gives (method, path, body, type)s."""
    lines = []
    for address in all_addresses():
        if address.is_admin or not only(address):
            continue  # the admin is Django's own, behind the staff's door
        for method, path, body, kind in ask(path_of(address, world)):
            if (address.pattern, method) in NOT_TAKEN:
                continue
            answer = answer_to(client, method, path, body, kind)
            if answer == 405:
                NOT_TAKEN.add((address.pattern, method))
            lines.append(wrong(address, path, method, answer))
    return [line for line in lines if line]


FORM = "application/x-www-form-urlencoded"


def test_the_names_are_read_from_the_code():
    assert {"q", "page", "artist", "sort", "reason"} <= names_read()


@pytest.mark.parametrize(
    ("who", "value"),
    [("owner", "a%00b"), ("owner", HUGE), ("owner", "1e400"), (None, HUGE)],
    ids=["nul", "huge", "infinite", "huge-from-nobody"],
)
def test_no_value_of_a_query_or_a_form_breaks_a_page(world, browser_of, value, who):
    pairs = "&".join(f"{name}={value}" for name in sorted(names_read()))

    def ask(path):
        yield "GET", f"{path}?{pairs}", b"", FORM
        yield "POST", path, pairs.encode(), FORM

    # What is not open asks nobody for more than to sign in.
    open_to_all = OPEN | SIGNED | NOT_THERE
    client = browser_of(getattr(world, who) if who else None)
    lines = walked(client, world, ask, only=lambda one: who or one.name in open_to_all)
    assert not lines, "\n" + "\n".join(lines)


def test_no_endless_value_breaks_a_page(world, browser_of):
    """As many names at once as an address may hold; each page is asked for others of them."""
    names = cycle(sorted(names_read()))

    def ask(path):
        yield "GET", f"{path}?{'&'.join(f'{next(names)}={ENDLESS}' for _ in range(3))}", b"", FORM
        yield "POST", path, "&".join(f"{name}={ENDLESS}" for name in names_read()).encode(), FORM

    lines = walked(browser_of(world.owner), world, ask)
    assert not lines, "\n" + "\n".join(lines)


def test_a_job_with_an_endless_number_is_not_there(world, browser_of):
    assert browser_of(world.owner).get(f"/live/?topics=job:{ENDLESS}").status_code == 404


def test_a_query_that_is_too_long_is_refused_before_it_is_read(world, browser_of):
    owner = browser_of(world.owner)
    page = owner.get("/wants/", {"q": "a" * 20_000})
    assert page.status_code == 414 and "far too long" in page.text
    assert owner.get("/api/v1/albums", {"q": "a" * 20_000}).json()["error"]["code"] == "invalid"
    assert owner.get("/wants/", {"q": "a" * 2_000}).status_code == 200


BODIES = ([1], "text", 1, None, [[]], {"reason": ["x"], "album": [1]}, {"album": int(HUGE)})


@pytest.mark.parametrize(
    "body",
    [json.dumps(one) for one in BODIES]
    + ['{"album": 1e400}', '{"album": "\\u0000", "reason": "\\u0000"}', "{", "\x00"],
    ids=lambda body: body[:30],
)
def test_no_body_breaks_the_api(world, browser_of, body):
    def ask(path):
        if path.startswith("/api/"):
            for method in ("POST", "PUT", "DELETE"):
                yield method, path, body, "application/json"

    lines = walked(browser_of(world.owner), world, ask)
    assert not lines, "\n" + "\n".join(lines)


def test_no_number_in_an_address_breaks_it(world, browser_of):
    def ask(path):
        for number in (HUGE, str(2**63), "0"):
            changed = re.sub(r"(?<=[/])\d+(?=[/.]|$)", number, path)
            if changed != path and not path.startswith("/api/v1/docs"):
                for method in ("GET", "POST", "PUT", "DELETE"):
                    yield method, changed, b"", FORM

    lines = walked(browser_of(world.owner), world, ask)
    assert not lines, "\n" + "\n".join(lines)


def test_what_holds_a_nul_is_refused_in_the_words_of_who_asked(world, browser_of):
    owner = browser_of(world.owner)
    page = owner.get("/wants/?q=%00")
    assert page.status_code == 400 and page["Content-Type"].startswith("text/html")
    assert owner.post("/seeds/add/", {"name": "Can\0"}).status_code == 400
    assert owner.post("/seeds/add/", {"na\0me": "Can"}).status_code == 400
    assert owner.generic("GET", "/shelf/%00").status_code == 400
    assert owner.get("/", HTTP_COOKIE='sessionid="\\000"').status_code == 400
    told = browser_of().get("/api/v1/albums?q=%00")
    assert told.status_code == 400
    assert told.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/no-such-thing", f"/api/v1/albums/{HUGE}"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_the_api_does_not_know_is_told_in_json(browser_of, path, method):
    answer = getattr(browser_of(), method)(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert browser_of().get("/no-such-page/")["Content-Type"].startswith("text/html")


def test_a_list_is_no_reason(world, browser_of):
    answer = browser_of(world.owner).put(
        f"/api/v1/recs/{world.album.pk}/dismiss", "[1]", content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"
