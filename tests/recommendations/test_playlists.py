"""Records from a playlist: every line is a track or has a reason, and records come of them."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from accounts.credentials import Credential
from accounts.linking import Proof, link_account
from catalog.matching import normalise_name
from recommendations import queries
from recommendations.playlists import MOST_TRACKS, SKIPPED, Track, parse
from recommendations.services import playlists as services
from tests.factories import make_album, make_artist, make_copy, make_person, make_similar
from tests.upstreams.scripted import Reply
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs

PAGE = "/records/playlist/"
MIXED = """1. Can - Vitamin C
2. Neu! – Hallogallo
can - vitamin c

https://open.spotify.com/episode/6rqhFgbbKwnb9MLmUQDhG6
spotify:local:Somebody:Demo:My+Song:180
https://open.spotify.com/track/6rqhFgbbKwnb9MLmUQDhG6
a line without a dash
"""


@given(st.text())
def test_any_text_is_read_and_every_skip_has_a_reason(text):
    found = parse(text)
    assert set(found.skipped) <= set(SKIPPED)
    assert all(count > 0 for count in found.skipped.values())
    assert all(track.artist and track.title for track in found.tracks)
    assert found.read == len(found.tracks) + sum(found.skipped.values())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_a_table_end_as_any_system_ends_them(end):
    assert parse(end.join(["Artist,Track", "Can,Vitamin C", ""])).tracks == (
        Track("Can", "Vitamin C"),
    )
    assert parse(end.join([",", "0"])).read


def test_podcasts_and_files_of_ones_own_are_skipped_and_counted():
    found = parse(MIXED)
    assert found.tracks == (Track("Can", "Vitamin C"), Track("Neu!", "Hallogallo"))
    assert found.skipped == {"twice": 1, "podcast": 1, "local": 1, "link": 1, "unreadable": 1}
    assert found.read == 7, "every line that is not empty"


def test_a_csv_and_an_m3u_are_read():
    head = "Track URI,Track Name,Artist Name(s),Album Name\n"
    rows = (
        'spotify:track:1,"Vitamin C","Can;Damo Suzuki",Ege Bamyasi\n'
        "spotify:episode:2,An Episode,Some Show,\n"
        "spotify:local:x:y:z:1,A Demo,Me,\n"
        "spotify:track:3,,,\n"
    )
    found = parse(head + rows)
    assert found.tracks == (Track("Can", "Vitamin C", "Ege Bamyasi"),)
    assert found.skipped == {"podcast": 1, "local": 1, "unreadable": 1}
    found = parse("#EXTM3U\n#EXTINF:215,Can - Vitamin C\n/home/me/vitamin.mp3\n")
    assert (found.tracks, found.skipped) == ((Track("Can", "Vitamin C"),), {})


def test_a_list_without_end_is_cut_and_says_so():
    found = parse("\n".join(f"Artist {n} - Song" for n in range(MOST_TRACKS + 5)))
    assert (len(found.tracks), found.skipped) == (MOST_TRACKS, {"too_many": 5})


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd?si=1", "37i9dQZF1DX0XUsuxWHRQd"),
        ("https://open.spotify.com/intl-es/playlist/37i9dQZF1DX0XUsuxWHRQd",
         "37i9dQZF1DX0XUsuxWHRQd"),
        ("spotify:playlist:37i9dQZF1DX0XUsuxWHRQd", "37i9dQZF1DX0XUsuxWHRQd"),
        ("https://evil.test/playlist/37i9dQZF1DX0XUsuxWHRQd", ""),
        ("../v1/me", ""),
    ],
)  # fmt: skip
def test_the_id_of_a_typed_address(typed, wanted):
    assert services.playlist_id(typed) == wanted


@pytest.fixture
def krautrock(db):
    can, neu = make_artist("Can"), make_artist("Neu!", normalised=normalise_name("Neu!"))
    albums = {
        "ege": make_album("Ege Bamyasi", can, normalised="ege bamyasi"),
        "tago": make_album("Tago Mago", can),
        "neu": make_album("Neu! 75", neu),
    }
    near = make_artist("Cluster")
    albums["near"] = make_album("Zuckerzeit", near)
    make_similar(can, near, "0.9")
    return albums


def test_records_of_a_pasted_list_are_shown_and_nothing_is_kept(nuria, sign_in, krautrock):
    make_copy(nuria, krautrock["tago"])
    client = sign_in(nuria)
    page = client.post(PAGE, {"tracks": MIXED + "Unheard Of - Song"}, follow=True).content.decode()
    assert "8 lines read, 2 tracks used." in page
    assert "Skipped: 1 podcast, 1 file of your own, 1 link without a name, 1 not readable" in page
    assert "1 by artists who are not in our catalogue." in page
    assert "Not in our catalogue: Unheard Of." in page
    for name, there in {"ege": True, "tago": False, "neu": True, "near": True}.items():
        assert (f'id="album-{krautrock[name].pk}"' in page) == there, name
    assert not Job.objects.exists()
    assert queries.current_set(nuria) is None


def test_a_record_that_the_list_names_comes_first(nuria, krautrock):
    text = "Artist,Track,Album\nCan,Vitamin C,Ege Bamyasi\n"
    found = services.records_from(nuria, services.match_text(text))
    assert [one.album_id for one in found[:2]] == [krautrock["ege"].pk, krautrock["tago"].pk]
    assert found[0].causes[0]["kind"] == "listed"


def test_a_list_of_strangers_says_so(nuria, sign_in, db):
    client = sign_in(nuria)
    page = client.post(PAGE, {"tracks": "Nobody - Nothing"}, follow=True).content.decode()
    assert "1 line read, 0 tracks used. Skipped: 1 by artists who are not in our" in page
    assert "No records for this list" in page


@pytest.mark.parametrize("nothing", ["", " \n ", "\ufeff", "#EXTM3U"])
def test_an_empty_form_says_what_to_do_and_shows_no_other_list(nuria, sign_in, krautrock, nothing):
    client = sign_in(nuria)
    client.post(PAGE, {"tracks": MIXED})
    page = html.fromstring(client.post(PAGE, {"tracks": nothing}, follow=True).content)
    [field] = page.xpath("//*[@name='tracks']")
    words = page.get_element_by_id(field.get("aria-describedby"))
    assert field.get("aria-invalid") == "true"
    assert words.text == "Paste a list first: one track a line, artist first."
    assert not page.xpath("//*[@id='cards']") and "line read" not in page.text_content()


def test_a_list_that_is_too_long_is_told_and_stays_in_the_field(nuria, sign_in, krautrock):
    client = sign_in(nuria)
    client.post(PAGE, {"tracks": MIXED})
    long = "Can - Vitamin C\r\n" * 40_000
    page = html.fromstring(client.post(PAGE, {"tracks": long}).content)
    [field] = page.xpath("//*[@name='tracks']")
    words = page.get_element_by_id(field.get("aria-describedby")).text
    assert words.startswith("This list has 640,000 characters, and at most 500,000 are read at")
    assert field.text.strip() == long.replace("\r\n", "\n").strip()
    assert field.get("maxlength") is None, "a browser would cut it without a word"
    assert not page.xpath("//*[@id='cards']") and "line read" not in page.text_content()


# --- at Spotify ---------------------------------------------------------------------------------

LOCAL = {
    "id": None, "name": "Rehearsal 3", "type": "track", "is_local": True, "external_ids": {},
    "uri": "spotify:local:::Rehearsal+3:187", "artists": [{"id": None, "name": ""}],
    "album": {"id": None, "name": "", "artists": []},
}  # fmt: skip
EPISODE = {"id": "e1", "name": "Talking records", "type": "episode"}
LOST = {"id": "t0", "name": "", "type": "track", "artists": [{"id": None, "name": ""}]}


def song(number):
    return {
        "id": f"t{number}", "name": f"Song {number}", "type": "track",
        "artists": [{"id": "a1", "name": "Can"}], "album": {"id": None, "name": "", "artists": []},
    }  # fmt: skip


def entry(item):
    return {"is_local": bool(item and item.get("is_local")), "item": item}


def read_at_spotify(person, outside, entries, total=None):
    """What reading a playlist of these entries came to, in fifties as Spotify sends them."""

    def answer(seen):
        offset = int(seen.query["offset"])
        body = {
            "items": entries[offset : offset + 50], "limit": 50, "offset": offset,
            "total": len(entries) if total is None else total,
        }  # fmt: skip
        return Reply(json.dumps(body))

    outside.on("/spotify/v1/playlists", answer)
    ends = timezone.now() + timedelta(hours=1)
    proof = Proof("s", "s", Credential("token", "again"), "playlist-read-private", ends)
    link_account(person, "spotify", proof)
    job = services.ask_spotify(person, "37i9dQZF1DX0XUsuxWHRQd")
    run_pending_jobs({services.READ_PLAYLIST})
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.state, job.error_message, job.error_detail)
    return services.Matched.of_data(job.result)


def test_every_entry_of_a_playlist_is_a_track_or_has_its_reason(nuria, outside, krautrock):
    entries = [entry(song(1)), entry(LOCAL), entry(None), entry(LOST), entry(EPISODE), None]
    entries.append(entry({**song(2), "artists": [{"id": None, "name": ""}]}))
    found = read_at_spotify(nuria, outside, entries)
    assert found.used == 1
    assert found.skipped == {"local": 1, "gone": 2, "podcast": 1, "unreadable": 2}
    assert found.read == len(entries)


def test_a_playlist_of_files_alone_is_read_too(nuria, outside, krautrock):
    found = read_at_spotify(nuria, outside, [entry(LOCAL)] * 60)
    assert (found.used, found.skipped) == (0, {"local": 60})


@pytest.mark.parametrize(
    ("many", "total", "used", "skipped"),
    [(1500, None, 1500, {}), (2050, 9000, MOST_TRACKS, {"too_many": 7000})],
)
def test_a_long_playlist_is_read_to_its_end_or_says_what_was_left_out(
    nuria, outside, krautrock, many, total, used, skipped
):
    found = read_at_spotify(nuria, outside, [entry(song(n)) for n in range(many)], total)
    assert (found.used, found.skipped) == (used, skipped)


def test_nobody_sees_anothers_read_of_a_playlist(nuria, sign_in, krautrock):
    other = services.match_text("Can - Vitamin C").as_data()
    job = services.ask_spotify(nuria, "37i9dQZF1DX0XUsuxWHRQd")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, result=other)
    address = f"{PAGE}?job={job.pk}"
    assert "1 line read, 1 track used." in sign_in(nuria).get(address).content.decode()
    stranger = sign_in(make_person()).get(address).content.decode()
    assert "line read" not in stranger
