"""Every recorded body of an endpoint that we use parses, and says what the body says.

A folder named by VINILOGY_RECORDINGS, laid out like `bodies` (an index.json with file, upstream,
endpoint, url, status, fidelity), is read as well. `python -m tests.contracts.report` prints what
came of each file.
"""

import json
from typing import Any

import pytest

from tests.contracts.compare import differences, raw_of
from tests.contracts.endpoints import ENDPOINTS, Case, ask_for_error, expected_error
from tests.contracts.paths import follow
from tests.contracts.recordings import OWN, Recording, recordings
from tests.upstreams.scripted import Reply
from vinyl.upstreams import door, ebay
from vinyl.upstreams.errors import BadAnswer, UpstreamError
from vinyl.upstreams.reading import Page


@pytest.mark.parametrize("recording", list(recordings()), ids=lambda one: one.name)
def test_recorded_answer_is_read(outside, record_property, recording):
    record_property("recording", [*recording.key, recording.name, recording.fidelity])
    if recording.endpoint is None and not recording.is_error:
        pytest.skip("unknown endpoint: no client method reads it")
    if not recording.body.strip():
        pytest.skip("no body: headers only")
    outside.on("/", recording.reply)
    outside.on("/ebay/identity", Reply('{"access_token": "token", "expires_in": 7200}'))

    if recording.is_error:
        error_is_typed(recording)
    elif recording.must_be_refused:
        with pytest.raises(BadAnswer):
            recording.endpoint.call(Case(url=recording.row["url"]))
    else:
        values_are_carried_over(recording)


def error_is_typed(recording: Recording) -> None:
    expected = expected_error(recording.row, recording.body)
    if expected is None:
        assert door.call(ask_for_error(recording.row)).status == recording.row["status"]
        return
    with pytest.raises(UpstreamError) as caught:
        door.call(ask_for_error(recording.row))
    assert type(caught.value) is expected


def values_are_carried_over(recording: Recording) -> None:
    endpoint = recording.endpoint
    try:
        found = endpoint.call(Case(url=recording.row["url"]))
    except BadAnswer as error:
        if recording.fidelity == "E":
            pytest.skip(f"edited by its source, refused cleanly: {error.detail}")
        raise
    if recording.key == ("coverart", "front"):
        assert found.content == recording.body
    elif recording.fidelity != "E":
        assert list(compared(recording, found)) == []


def compared(recording: Recording, found: Any) -> Any:
    endpoint = recording.endpoint
    raw = raw_of(recording.body)
    if recording.upstream == "ecb":
        yield from differences(found, raw if isinstance(found, tuple) else raw[0])
        return
    at = follow(raw, endpoint.at)
    if recording.key == ("musicbrainz", "artist-search"):
        at = at or raw.get("artist")  # the list's name until 2015
    if recording.key == ("ebay", "item-summary-search"):
        # What lies outside the Union is dropped: eBay lets it through its own filter.
        at = [row for row in at or [] if row["itemLocation"]["country"] in ebay.EU]
    if recording.upstream == "itunes":
        songs = "entity=album" not in recording.row["url"]
        at = [row for row in at if row.get("wrapperType") == ("track" if songs else "collection")]
    if isinstance(at, list) and not isinstance(found, Page | tuple):
        at = at[0]  # one of a list: the first, or several that are equal
    if not isinstance(found, Page):
        yield from differences(found, at)
        return
    yield from differences(found.items, at, "items")
    # Without any row Last.fm's list loses its attributes.
    if endpoint.total and (total := follow(raw, endpoint.total)) is not None:
        yield from differences(found.total, total, "total")


def test_own_bodies_cover_every_endpoint_that_is_used():
    """A method without a body of ours could break unseen."""
    rows = json.loads((OWN / "index.json").read_text(encoding="utf-8"))
    covered = {(row["upstream"], row["endpoint"]) for row in rows}

    assert sorted(set(ENDPOINTS) - covered) == []


def test_every_body_is_listed_and_every_listed_body_is_there():
    rows = json.loads((OWN / "index.json").read_text(encoding="utf-8"))
    listed = {row["file"] for row in rows}
    there = {str(path.relative_to(OWN)) for path in OWN.rglob("*") if path.is_file()} - {
        "index.json"
    }

    assert listed == there
