"""Deezer and iTunes: searches, errors that are no statuses, previews that stop working."""

import array
import io
import wave

import pytest

from sandbox.audio import tempo
from sandbox.codes import isrc, upc
from sandbox.people import Track
from sandbox.titles import track_titles
from sandbox.world import load_world
from tests.sandbox.asking import session


def album(artist, title):
    return load_world().album_named(artist, title)


def first_track(artist, title):
    found = album(artist, title)
    return Track(found, 0, track_titles(found)[0])


def deezer(sandbox, path, **params):
    return session().get(f"{sandbox.url}/deezer{path}", params=params, timeout=10)


def itunes(sandbox, path, **params):
    asked = {"country": "ES", **params}
    return session().get(f"{sandbox.url}/itunes{path}", params=asked, timeout=10)


def samples(sound):
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return array.array("h", file.readframes(file.getnframes()))


def brightness(sound):
    """How fast the wave moves for its loudness: noisy and sharp sounds move faster."""
    values = samples(sound)
    moved = sum(abs(b - a) for a, b in zip(values, values[1:], strict=False))
    return moved / sum(map(abs, values))


def test_deezer_finds_a_track_by_artist_and_title(sandbox):
    wanted = first_track("Can", "Tago Mago")
    found = deezer(sandbox, "/search", q=f'artist:"Can" track:"{wanted.title}"').json()
    assert found["total"] >= 1
    assert wanted.title in found["data"][0]["title"]
    assert found["data"][0]["artist"]["name"] == "Can"


def test_deezer_search_goes_on_by_next(sandbox):
    first = deezer(sandbox, "/search", q='artist:"Can"', limit=3).json()
    second = session().get(first["next"], timeout=10).json()
    ids = [row["id"] for page in (first, second) for row in page["data"]]
    assert len(ids) == len(set(ids)) == 6
    assert first["total"] == second["total"] > 6


def test_deezer_track_by_isrc_is_the_track(sandbox):
    wanted = first_track("Can", "Tago Mago")
    body = deezer(sandbox, f"/track/isrc:{isrc(wanted)}").json()
    assert (body["title"], body["isrc"]) == (wanted.title, isrc(wanted))
    assert deezer(sandbox, f"/track/{body['id']}").json()["isrc"] == body["isrc"]
    own = deezer(sandbox, f"/album/{body['album']['id']}").json()
    assert own["tracks"]["data"][0]["id"] == body["id"]
    assert "album" not in own["tracks"]["data"][0]


def test_deezer_top_related_and_albums_of_an_artist(sandbox):
    number = deezer(sandbox, "/search/artist", q="Can").json()["data"][0]["id"]
    assert deezer(sandbox, f"/artist/{number}").json()["name"] == "Can"
    top = deezer(sandbox, f"/artist/{number}/top", limit=5).json()
    assert {row["artist"]["id"] for row in top["data"]} == {number}
    related = deezer(sandbox, f"/artist/{number}/related").json()
    assert number not in {row["id"] for row in related["data"]}
    assert deezer(sandbox, f"/artist/{number}/albums").json()["total"] > 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/track/-1", 200, 800),
        ("/album/0", 404, 800),
        ("/search", 200, 501),
        ("/nowhere", 200, 600),
    ],
)
def test_deezer_errors_are_in_the_body(sandbox, path, status, code):
    answer = deezer(sandbox, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


def test_deezer_counts_fifty_in_five_seconds(sandbox):
    sandbox.speed(1)
    sandbox.fill_limit("deezer", 49)
    assert "id" in deezer(sandbox, "/artist/700000000").json()
    refused = deezer(sandbox, "/artist/700000000")
    assert refused.status_code == 200
    assert refused.json()["error"] == {
        "type": "Exception", "message": "Quota limit exceeded", "code": 4,
    }  # fmt: skip
    sandbox.advance(5)
    assert "id" in deezer(sandbox, "/artist/700000000").json()


def test_itunes_search_answers_after_empty_lines(sandbox):
    answer = itunes(sandbox, "/search", term="can tago mago", entity="album")
    assert answer.content.startswith(b"\n\n\n{")
    assert answer.headers["content-type"].startswith("text/javascript")
    row = answer.json()["results"][0]
    assert (row["wrapperType"], row["artistName"]) == ("collection", "Can")
    assert row["currency"] == "EUR"


def test_itunes_songs_and_lookups_agree(sandbox):
    wanted = first_track("Can", "Tago Mago")
    song = itunes(sandbox, "/lookup", isrc=isrc(wanted)).json()["results"][0]
    assert song["trackName"] == wanted.title
    assert itunes(sandbox, "/lookup", id=song["trackId"]).json()["results"][0] | {
        "previewUrl": ""
    } == song | {"previewUrl": ""}
    found = itunes(sandbox, "/search", term=f"Can {wanted.title}", entity="song", limit=200).json()
    assert song["trackId"] in {row["trackId"] for row in found["results"]}
    whole = itunes(sandbox, "/lookup", upc=upc(wanted.album), entity="song").json()
    assert whole["resultCount"] == 1 + len(track_titles(wanted.album))


def test_itunes_refuses_wrong_values_and_too_many_calls(sandbox):
    refused = itunes(sandbox, "/search", term="can", country="XX")
    assert refused.status_code == 400
    assert refused.json()["errorMessage"] == "Invalid value(s) for key(s): [country]"
    sandbox.speed(1)
    sandbox.fill_limit("itunes", 20)
    assert itunes(sandbox, "/search", term="can").status_code == 403
    sandbox.advance(60)
    assert itunes(sandbox, "/search", term="can").status_code == 200


def test_preview_dies_after_fifteen_minutes(sandbox):
    track = deezer(sandbox, "/search", q='artist:"Can"').json()["data"][0]
    sound = session().get(track["preview"], timeout=10)
    assert sound.headers["content-type"] == "audio/wav"
    assert len(samples(sound.content)) == 12 * 22_050
    tampered = track["preview"].replace("/api/1/1/", "/api/1/1/1", 1)
    assert session().get(tampered, timeout=10).status_code == 403
    sandbox.advance(880)
    assert session().get(track["preview"], timeout=10).status_code == 200
    sandbox.advance(21)
    assert session().get(track["preview"], timeout=10).status_code == 403
    again = deezer(sandbox, f"/track/{track['id']}").json()["preview"]
    assert session().get(again, timeout=10).content == sound.content


def test_clips_of_different_styles_sound_different(sandbox):
    loud = first_track("Metallica", "Master of Puppets")
    soft = first_track("Tangerine Dream", "Phaedra")
    sounds = []
    for track in (loud, soft):
        body = deezer(sandbox, f"/track/isrc:{isrc(track)}").json()
        sounds.append(session().get(body["preview"], timeout=10).content)
    assert brightness(sounds[0]) > 1.5 * brightness(sounds[1])
    assert tempo(loud) > 150 > 80 > tempo(soft)
