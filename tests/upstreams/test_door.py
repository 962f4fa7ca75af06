"""The door: what one call survives, what it refuses, and what it tells."""

import gzip
import json
import time

import pytest
import requests
from asgiref.sync import async_to_sync

from tests.upstreams.scripted import Reply, ScriptedServer, Seen
from vinyl.upstreams import (
    breaker,
    budget,
    discogs,
    door,
    ebay,
    guard,
    lastfm,
    listenbrainz,
    request_log,
    sign_in,
    spotify,
)
from vinyl.upstreams.door import Ask, DoorClosed, Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    CallsForbidden,
    Forbidden,
    NotConfigured,
    NotFound,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.guard import only_workers_call_out

ARTIST = json.dumps({"id": 45, "name": "Aphex Twin (2)"})
HTML = "<html><body>Bad gateway</body></html>"


def artist() -> discogs.Artist:
    return discogs.Client(lane=Lane.INTERACTIVE, person_id=7).artist(45)


def ask(path: str = "/thing", **more: object) -> Ask:
    return Ask(upstream="discogs", url_key="discogs", path=path, **more)  # type: ignore[arg-type]


# --- an ordinary call ----------------------------------------------------------------------


def test_call_is_answered_typed_and_sent_as_ourselves(outside, settings):
    settings.PUBLIC_URL, settings.CONTACT_ADDRESS = "https://vinilogy.test", "me@vinilogy.test"
    outside.on("/discogs/artists/45", Reply(ARTIST))

    found = artist()

    assert (found.id, found.name, found.disambiguation) == (45, "Aphex Twin", "2")
    sent = outside.seen[0].headers
    assert sent["user-agent"].startswith("Vinilogy/")
    assert "(+https://vinilogy.test; me@vinilogy.test)" in sent["user-agent"]
    assert sent["authorization"] == f"Discogs token={settings.DISCOGS_TOKEN}"


def test_call_leaves_one_log_line_without_secrets(outside):
    outside.on("/lastfm/2.0/", Reply('{"user": {"name": "rj", "playcount": "3"}}'))

    lastfm.Client(lane=Lane.INTERACTIVE, person_id=7).user_info("rj")

    (line,) = request_log.latest(10)
    assert (line.upstream, line.method, line.status, line.from_cache) == (
        "lastfm", "GET", 200, False,
    )  # fmt: skip
    assert line.path == "/2.0/?user=rj&method=user.getInfo&api_key=***&format=json"
    assert (line.person_id, line.lane, line.budget_left) == (7, Lane.INTERACTIVE, 2)


def test_who_waits_for_an_answer_has_it_before_the_call_is_written_down(outside):
    outside.on("/discogs/artists", Reply(ARTIST))

    with door.answer_first():
        artist()
        assert request_log.latest(10) == []
        discogs.Client().artist(46)  # the next call does not leave it any longer
        assert [line.path for line in request_log.latest(10)] == ["/artists/45"]

    assert [line.path for line in request_log.latest(10)] == ["/artists/46", "/artists/45"]


def test_what_a_service_refuses_is_written_down_before_anybody_hears_of_it(outside):
    outside.on("/discogs/artists", Reply("{}", status=404))

    with door.answer_first():
        with pytest.raises(NotFound):
            artist()
        assert [line.error for line in request_log.latest(10)] == ["NotFound"]


def test_cookies_of_one_call_do_not_reach_the_next(outside):
    outside.on("/discogs/artists", Reply(ARTIST, headers={"Set-Cookie": "who=somebody; Path=/"}))

    discogs.Client().artist(45)
    discogs.Client().artist(46)

    assert "cookie" not in outside.seen[1].headers


# --- weather -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "weather",
    [
        Reply(HTML, status=502, headers={"Content-Type": "text/html"}),
        Reply(ARTIST, kind="reset"),
        Reply(ARTIST, kind="short"),
        Reply(ARTIST[:-4]),
        Reply("", status=503),
    ],
    ids=["html 502", "reset in the body", "body cut short", "truncated json", "empty 503"],
)
def test_passing_trouble_is_tried_again(outside, weather):
    outside.on("/discogs/artists/45", weather, Reply(ARTIST))

    assert artist().name == "Aphex Twin"
    assert len(outside.seen) == 2


def test_lasting_trouble_ends_in_unavailable_with_a_time(outside):
    outside.on("/discogs/artists/45", Reply(HTML, status=500))

    with pytest.raises(Unavailable) as caught:
        artist()

    assert len(outside.seen) == door.ATTEMPTS
    assert caught.value.retry_at is not None and caught.value.retry_at.tzinfo is not None
    assert str(caught.value).startswith("Discogs is not answering")


def test_html_with_status_200_is_a_bad_answer(outside):
    outside.on("/discogs/artists/45", Reply(HTML, headers={"Content-Type": "text/html"}))

    with pytest.raises(BadAnswer):
        artist()


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, BadAnswer), (401, NotConfigured), (403, Forbidden), (404, NotFound), (422, BadAnswer)],
)
def test_final_answers_are_not_tried_again(outside, status, error):
    outside.on("/discogs/artists/45", Reply('{"message": "no"}', status=status))

    with pytest.raises(error):
        artist()

    assert len(outside.seen) == 1


def test_hanging_service_ends_at_the_deadline(outside, limits):
    limits("discogs", read_timeout=0.2, deadline=0.5)
    outside.on("/discogs/artists/45", Reply(kind="hang"))

    started = time.monotonic()
    with pytest.raises(Unavailable):
        artist()

    assert time.monotonic() - started < 1.5


def test_dripping_body_ends_at_the_deadline(outside, limits):
    limits("discogs", read_timeout=5.0, deadline=0.4)
    outside.on("/discogs/artists/45", Reply(ARTIST * 50, kind="drip", seconds=0.05))

    started = time.monotonic()
    with pytest.raises(Unavailable):
        artist()

    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("kind", ["plain", "endless"])
def test_too_big_a_body_is_not_read(outside, limits, kind):
    limits("discogs", max_bytes=1000)
    outside.on("/discogs/artists/45", Reply(b"x" * 5000, kind=kind))

    with pytest.raises(BadAnswer):
        artist()


def test_compressed_body_counts_by_its_real_size(outside, limits):

    limits("discogs", max_bytes=100_000)
    bomb = gzip.compress(b" " * 5_000_000)
    outside.on("/discogs/artists/45", Reply(bomb, headers={"Content-Encoding": "gzip"}))

    with pytest.raises(BadAnswer):
        artist()


def test_nobody_listening_is_unavailable(settings):
    settings.UPSTREAM_URLS = settings.UPSTREAM_URLS | {"discogs": "http://127.0.0.1:9"}
    settings.BUDGET_SPEED = 100

    with pytest.raises(Unavailable):
        artist()


def test_post_is_not_sent_twice_unless_it_may_be(outside):
    outside.on("/discogs/thing", Reply("", status=503))

    with pytest.raises(Unavailable):
        door.call(ask(method="POST", form={"a": "1"}))
    assert len(outside.seen) == 1

    with pytest.raises(Unavailable):
        door.call(ask(method="POST", form={"a": "1"}, repeatable=True))
    assert len(outside.seen) == 1 + door.ATTEMPTS


# --- redirects -----------------------------------------------------------------------------


def test_redirect_within_the_service_is_followed(outside):
    outside.on("/coverart/x", Reply(status=307, headers={"Location": f"{outside.url}/archive/y"}))
    outside.on("/archive/y", Reply("picture", headers={"Content-Type": "image/jpeg"}))

    answer = door.call(Ask(upstream="coverart", url_key="coverart", path="/x", expects="anything"))

    assert answer.body == b"picture"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://127.0.0.1:9/discogs/x", "{own}/ebay/x"]
)
def test_redirect_elsewhere_is_refused(outside, target):
    address = target.replace("{own}", outside.url)
    outside.on("/discogs/thing", Reply(status=302, headers={"Location": address}))

    with pytest.raises(BadAnswer):
        door.call(ask())

    assert len(outside.seen) == 1


def test_endless_redirects_end(outside):
    outside.on("/discogs/thing", Reply(status=302, headers={"Location": "/discogs/thing"}))

    with pytest.raises(BadAnswer):
        door.call(ask())

    assert len(outside.seen) <= 6


# --- who may call ----------------------------------------------------------------------------


def test_pages_do_not_call_out(outside):
    with door.forbid_calls(), pytest.raises(CallsForbidden):
        artist()
    assert outside.seen == []


def test_sign_ins_may_call_out_within_a_page(outside):
    outside.on("/discogs/artists/45", Reply(ARTIST))

    with door.forbid_calls(), door.allow_calls():
        assert artist().id == 45


def test_view_that_calls_out_fails_loudly(outside, rf):
    with pytest.raises(CallsForbidden):
        only_workers_call_out(lambda request: artist())(rf.get("/"))

    outside.on("/discogs/artists/45", Reply(ARTIST))
    assert artist().id == 45


def test_async_view_that_calls_out_fails_loudly(outside, rf):
    async def view(request):
        return artist()

    with pytest.raises(CallsForbidden):
        async_to_sync(only_workers_call_out(view))(rf.get("/"))


def test_process_that_serves_pages_does_not_call_out(outside, monkeypatch):
    monkeypatch.setattr(guard, "_serves_pages", False)
    door.this_process_serves_pages()

    with pytest.raises(CallsForbidden):
        artist()
    outside.on("/discogs/artists/45", Reply(ARTIST))
    with door.allow_calls():
        assert artist().id == 45


def test_lost_valkey_means_no_calls(outside, settings):
    settings.CACHE_URL = "redis://127.0.0.1:9/0"

    with pytest.raises(Unavailable) as caught:
        artist()

    assert caught.value.retry_at is not None
    assert outside.seen == []


# --- the sign-in session -----------------------------------------------------------------------


def test_sign_in_session_is_logged_and_stays_at_home(outside):
    outside.on("/discogs/oauth/request_token", Reply("oauth_token=a&oauth_token_secret=b"))
    session = door.signed_in_session("discogs", person_id=7)

    answer = session.get(f"{outside.url}/discogs/oauth/request_token?oauth_token=hush")

    assert answer.text == "oauth_token=a&oauth_token_secret=b"
    assert outside.seen[0].headers["user-agent"].startswith("Vinilogy/")
    (line,) = request_log.latest(5)
    assert (line.path, line.status, line.person_id) == (
        "/oauth/request_token?oauth_token=***", 200, 7,
    )  # fmt: skip

    for foreign in (f"{outside.url}/ebay/x", "http://127.0.0.1:9/discogs/x"):
        with pytest.raises(requests.ConnectionError):
            session.get(foreign)
    assert len(outside.seen) == 1


def test_sign_in_session_refuses_a_redirect_elsewhere(outside):
    outside.on("/discogs/x", Reply(status=302, headers={"Location": f"{outside.url}/ebay/y"}))

    with pytest.raises(requests.ConnectionError):
        door.signed_in_session("discogs").get(f"{outside.url}/discogs/x")

    assert outside.asked("/ebay") == []


def test_sign_in_session_follows_a_redirect_at_home(outside):
    outside.on("/discogs/x", Reply(status=302, headers={"Location": "/discogs/y"}))
    outside.on("/discogs/y", Reply('{"here": true}'))

    assert door.signed_in_session("discogs").get(f"{outside.url}/discogs/x").json() == {
        "here": True
    }


@pytest.mark.parametrize("weather", [
    Reply(kind="drip headers", seconds=0.05), Reply("x" * 500, kind="drip", seconds=0.05),
], ids=["headers", "body"])  # fmt: skip
def test_sign_in_session_ends_at_its_deadline_however_slowly_it_is_answered(
    outside, monkeypatch, weather
):
    monkeypatch.setattr(sign_in, "DEADLINE", 0.5)
    outside.on("/discogs/x", Reply(status=302, headers={"Location": "/discogs/y"}))
    outside.on("/discogs/y", weather)
    started = time.monotonic()
    with pytest.raises(DoorClosed) as caught:
        door.signed_in_session("discogs").get(f"{outside.url}/discogs/x")
    assert time.monotonic() - started < 1.5
    assert isinstance(caught.value.reason, Unavailable)
    assert caught.value.reason.retry_at is not None


def test_sign_ins_and_calls_share_one_breaker(outside):
    outside.on("/discogs/x", Reply(kind="reset"))
    for _ in range(breaker.OPENS_AT):
        with pytest.raises(DoorClosed):
            door.signed_in_session("discogs").get(f"{outside.url}/discogs/x")
    asked = len(outside.seen)
    with pytest.raises(Unavailable, match="is not answering"):
        artist()
    assert len(outside.seen) == asked


def test_what_a_sign_in_is_told_of_the_limit_counts_for_all(outside):
    headers = {"X-Discogs-Ratelimit-Remaining": "0"}
    outside.on("/discogs/x", Reply("{}", headers=headers))
    door.signed_in_session("discogs").get(f"{outside.url}/discogs/x")
    assert budget.left("discogs") == 0


# --- secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("weather", [
    Reply(HTML, status=500), Reply("{}", status=401), Reply("{}", status=429),
    Reply("{}", kind="hang"), Reply("{", status=200), Reply("{}", status=403),
], ids=["500", "401", "429", "hang", "json", "403"])  # fmt: skip
def test_secrets_are_in_no_log_error_or_repr(outside, settings, limits, caplog, weather):
    for name in ("discogs", "lastfm", "listenbrainz", "spotify", "ebay"):
        limits(name, read_timeout=0.1, deadline=0.3)
    marks = {
        "DISCOGS_TOKEN": "mark-discogs", "DISCOGS_CONSUMER_SECRET": "mark-consumer",
        "LASTFM_API_KEY": "mark-lastfm", "SPOTIFY_CLIENT_SECRET": "mark-spotify",
        "EBAY_CERT_ID": "mark-ebay", "LISTENBRAINZ_TOKEN": "mark-listenbrainz",
    }  # fmt: skip
    for name, value in marks.items():
        setattr(settings, name, value)
    outside.on("/", weather)

    token = discogs.UserToken(key="mark-key", secret="mark-secret")
    calls = [
        discogs.Client(token=token).identity,
        lambda: discogs.Client().artist(1),
        lambda: lastfm.Client().user_info("rj"),
        lambda: listenbrainz.Client().top_artists("rj"),
        lambda: spotify.Client(access_token="mark-access").me(),
        lambda: spotify.refresh("mark-refresh"),
        lambda: ebay.Client().search(q="x", country="ES", postcode="mark-postcode"),
    ]
    texts = [
        repr(token),
        repr(discogs.Client(token=token)),
        repr(vars(discogs.Client(token=token))),
    ]
    caplog.set_level("DEBUG")
    for make in calls:
        with pytest.raises(UpstreamError) as caught:
            make()
        chain: BaseException | None = caught.value
        while chain is not None:
            texts += [str(chain), repr(chain), repr(getattr(chain, "detail", ""))]
            chain = chain.__cause__
    texts += [repr(line) for line in request_log.latest(200)]
    texts += [record.getMessage() for record in caplog.records if "vinyl" in record.name]
    texts += [record.getMessage() for record in caplog.records if "stamina" in record.name]

    assert [text for text in texts if "mark-" in text] == []


def test_server_is_not_used_by_accident(outside: ScriptedServer) -> None:
    # The scripted server counts what it is asked; a test that asserts on `seen` relies on that.
    outside.on("/discogs/thing", lambda seen: Reply(json.dumps({"path": seen.path})))
    assert door.call(ask()).json() == {"path": "/discogs/thing"}
    assert isinstance(outside.seen[0], Seen)
