"""The door: what one call survives, what it refuses, and what it tells."""

import gzip
import json
import threading
import time
from datetime import UTC, datetime, timedelta

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
    musicbrainz,
    request_log,
    spotify,
)
from vinyl.upstreams.door import Ask, Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    CallsForbidden,
    Forbidden,
    NotConfigured,
    NotFound,
    RateLimited,
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


def in_threads(count: int, work: object) -> list[object]:
    """What each thread returned or raised."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())  # type: ignore[operator]
        except UpstreamError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


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


# --- limits that the service reports ---------------------------------------------------------


def test_short_retry_after_is_waited_for(outside, settings):
    settings.BUDGET_SPEED = 10
    outside.on(
        "/discogs/artists/45",
        Reply("{}", status=429, headers={"Retry-After": "3"}),
        Reply(ARTIST),
    )

    assert artist().id == 45
    first, second = outside.seen
    assert second.at - first.at >= 0.3


def test_long_retry_after_is_told_and_not_slept_out(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/discogs/artists", Reply("{}", status=429, headers={"Retry-After": "3359"}))

    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        artist()
    assert time.monotonic() - started < 2
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - datetime.now(UTC) > timedelta(minutes=50)

    # Everybody else hears it without asking.
    with pytest.raises(RateLimited):
        discogs.Client().master(1)
    assert len(outside.seen) == 1


def test_429_without_retry_after_pauses_for_a_minute(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/discogs/artists", Reply("{}", status=429))

    with pytest.raises(RateLimited) as caught:
        artist()

    assert caught.value.retry_at is not None
    wait = caught.value.retry_at - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= timedelta(seconds=61)


def test_calls_by_others_behind_our_address_count(outside, settings):
    settings.BUDGET_SPEED = 1
    headers = {
        "X-Discogs-Ratelimit": "60",
        "X-Discogs-Ratelimit-Used": "57",
        "X-Discogs-Ratelimit-Remaining": "3",
    }
    outside.on("/discogs/artists", Reply(ARTIST, headers=headers))

    assert budget.left("discogs") == 58
    artist()

    assert budget.left("discogs") == 3
    (use,) = budget.usage("discogs")
    assert (use.people, use.background, use.others) == (1, 0, 54)


def test_reported_reset_stops_further_calls(outside, settings):
    settings.BUDGET_SPEED = 1
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-In": "30"}
    outside.on("/listenbrainz/1/user", Reply('{"payload": {"listens": []}}', headers=headers))

    listenbrainz.Client().listens("rob")
    with pytest.raises(RateLimited):
        listenbrainz.Client().listens("another")

    assert len(outside.seen) == 1


# --- memory ----------------------------------------------------------------------------------


def test_missing_thing_is_remembered(outside):
    for _ in range(3):
        with pytest.raises(NotFound):
            artist()

    assert len(outside.seen) == 1
    assert [line.from_cache for line in request_log.latest(5)] == [True, True, False]


def test_missing_thing_is_asked_again_after_a_while(outside, settings):
    settings.BUDGET_SPEED = 36_000  # remembered for an hour: here a tenth of a second
    with pytest.raises(NotFound):
        artist()
    outside.on("/discogs/artists/45", Reply(ARTIST))
    until = time.monotonic() + 5

    while time.monotonic() < until:
        try:
            assert artist().id == 45
            break
        except NotFound:
            time.sleep(0.02)
    else:
        pytest.fail("still remembered")


def test_same_question_at_once_goes_out_once(outside):
    outside.on("/discogs/artists/45", Reply(ARTIST, kind="slow", seconds=0.3))

    found = in_threads(12, artist)

    assert found == [artist()] * 12
    assert len(outside.seen) == 1
    assert sum(line.from_cache for line in request_log.latest(20)) == 12


def test_different_questions_are_not_mixed_up(outside):
    outside.on("/discogs/artists", lambda seen: Reply(json.dumps(
        {"id": int(seen.path.rsplit("/", 1)[1]), "name": seen.path})))  # fmt: skip

    assert discogs.Client().artist(1).id == 1
    assert discogs.Client().artist(2).id == 2


def test_question_with_a_persons_credentials_is_never_shared(outside):
    outside.on("/discogs/oauth/identity", Reply('{"id": 1, "username": "ana"}'))

    for secret in ("one", "two"):
        token = discogs.UserToken(key="key", secret=secret)
        discogs.Client(token=token).identity()

    assert len(outside.seen) == 2


def test_failed_leader_does_not_hold_up_the_others(outside):
    outside.on(
        "/discogs/artists/45",
        Reply('{"message": "no"}', status=422, kind="slow", seconds=0.2),
        Reply(ARTIST),
    )

    found = in_threads(3, artist)

    assert sum(isinstance(one, BadAnswer) for one in found) == 1
    assert sum(isinstance(one, discogs.Artist) for one in found) == 2
    assert len(outside.seen) == 2


# --- breaker ---------------------------------------------------------------------------------


def test_breaker_opens_and_answers_at_once(outside, settings):
    settings.BUDGET_SPEED = 20
    outside.on("/discogs/artists", Reply(HTML, status=500))

    for number in (1, 2):
        with pytest.raises(Unavailable):
            discogs.Client().artist(number)
    asked = len(outside.seen)
    with pytest.raises(Unavailable) as caught:
        discogs.Client().artist(3)

    assert asked == breaker.OPENS_AT
    assert len(outside.seen) == asked
    assert caught.value.retry_at is not None
    assert "Next try at" in str(caught.value)


def test_breaker_closes_after_a_probe_that_succeeds(outside):
    outside.on("/discogs/artists", *[Reply(HTML, status=500)] * 6, Reply(ARTIST))
    for number in (1, 2):
        with pytest.raises(Unavailable):
            discogs.Client().artist(number)
    assert breaker.open_until("discogs") is not None

    until = time.monotonic() + 10
    found = None
    while found is None and time.monotonic() < until:
        try:
            found = discogs.Client().artist(4)
        except Unavailable:
            time.sleep(0.05)

    assert found is not None
    assert breaker.open_until("discogs") is None
    # Failures from before do not count any more.
    assert discogs.Client().artist(5).id == 45


def test_breaker_lets_one_probe_through(outside):
    for _ in range(breaker.OPENS_AT):
        breaker.failed("discogs")
    until = time.monotonic() + 5
    while breaker.open_until("discogs") and time.monotonic() < until:
        time.sleep(0.02)

    permits = [breaker.may_call("discogs", probe_seconds=5) for _ in range(4)]

    assert [one.retry_at is None for one in permits] == [True, False, False, False]


def test_breaker_opens_on_a_storm_of_403(outside):
    outside.on("/discogs", Reply('{"message": "banned"}', status=403))

    errors = []
    for number in range(8):
        with pytest.raises(UpstreamError) as caught:
            discogs.Client().artist(number)
        errors.append(type(caught.value))

    assert errors == [Forbidden] * 5 + [Unavailable] * 3
    assert len(outside.seen) == 5


def test_one_persons_403_does_not_close_the_service(outside):
    outside.on("/discogs/users", Reply('{"message": "private"}', status=403))
    outside.on("/discogs/artists", Reply(ARTIST))
    token = discogs.UserToken(key="key", secret="secret")

    for _ in range(6):
        with pytest.raises(Forbidden):
            discogs.Client(token=token).wants("somebody")

    assert artist().id == 45


def test_missing_things_are_no_failures(outside):
    for number in range(2 * breaker.OPENS_AT):
        with pytest.raises(NotFound):
            discogs.Client().artist(number)

    assert breaker.open_until("discogs") is None


def test_too_fast_for_musicbrainz_is_no_outage(outside):
    body = '{"error": "Your requests are exceeding the allowable rate limit"}'
    outside.on("/musicbrainz", Reply(body, status=503, headers={"X-Rate-Limited": "22.3 22 20"}))

    with pytest.raises(RateLimited):
        musicbrainz.Client().artist("x")

    assert breaker.open_until("musicbrainz") is None


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
