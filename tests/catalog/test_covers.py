"""Pictures of albums: asked for once, drawn anew, kept as the terms say, served for ever."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog.covers import choosing, encoding, fetching, storage
from catalog.covers.queries import covers_of, with_covers
from catalog.models import Cover, ExternalId
from sandbox.world import load_world
from tests.factories import make_album
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams import door, lastfm, pictures
from vinyl.upstreams.errors import Unavailable
from vinyl.upstreams.lastfm.answers import Sized

KIND = "catalog.fetch_cover"
STAR = "https://lastfm.freetls.fastly.net/i/u/300x300/2a96cbd8b46e442fc41c2b86b821562f.png"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


def picture(width, height, kind="PNG", **more):
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, kind, **more)
    return written.getvalue()


def known_album(there, **fields):
    """An album of the sandbox's world, with its release group's id."""
    album = make_album(there.title, there.artist.name, year=there.year, demand=5, **fields)
    ExternalId.objects.create(
        kind="album", source="musicbrainz", value=there.mbid, entity_id=album.pk
    )
    return album


def world_album(wanted):
    return next(album for album in load_world().albums if wanted(album))


def lastfm_album(held):
    """One without a cover in the archive, whose picture Last.fm has (or only names)."""
    with door.allow_calls():
        for there in load_world().albums:
            if there.has_cover or there.number % 9 == 4:
                continue
            sizes = lastfm.Client().album_pictures(there.artist.name, there.title).sizes
            digest = sizes[-1].address.rpartition("/")[2]
            if (digest[0] in "258") == held:
                return there
    return None


# --- drawing anew -----------------------------------------------------------------------


def test_a_picture_is_drawn_anew_in_two_sizes_uncropped_and_without_its_secrets():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    made = encoding.encode(picture(1600, 800, "JPEG", exif=exif))
    small, large = (Image.open(io.BytesIO(body)) for body in (made.small, made.large))
    assert (large.format, large.size, small.size) == ("WEBP", (1000, 500), (360, 180))
    assert (made.width, made.height) == (1000, 500)
    assert b"taken at home" not in made.large + made.small


def test_a_small_picture_is_not_blown_up():
    made = encoding.encode(picture(120, 120))
    assert (made.width, made.height) == (120, 120)


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"",
        picture(10, 10)[:40],
        picture(9000, 5000),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(body):
    with pytest.raises(pictures.NotAPicture):
        encoding.encode(body)


def test_equal_pictures_have_one_name_and_names_lead_nowhere_else(media):
    made = encoding.encode(picture(50, 50))
    assert storage.save(made) == storage.save(made)
    assert len(list(media.rglob("*.webp"))) == 2
    assert not list(media.rglob("*.part"))
    for name in ("", "../../etc/passwd", "0" * 32 + "-huge", "A" * 32 + "-small"):
        assert storage.read(name) is None


# --- choosing among Last.fm's sizes -----------------------------------------------------


def test_the_largest_real_https_picture_is_chosen_and_each_other_says_why_not():
    looked = choosing.consider(
        [
            Sized("mega", "http://lastfm.example/770/aa.jpg"),
            Sized("small", "https://lastfm.example/34/aa.jpg"),
            Sized("extralarge", "https://lastfm.example/300/aa.jpg"),
            Sized("large", STAR),
            Sized("medium", ""),
        ]
    )
    assert [(one.size, one.refused, one.chosen) for one in looked] == [
        ("small", "smaller", False),
        ("medium", "empty", False),
        ("large", "the placeholder star", False),
        ("extralarge", "", True),
        ("mega", "not https but http", False),
    ]


def test_http_is_taken_from_the_sandbox_alone():
    here = "http://127.0.0.1:8900"
    assert choosing.refusal(f"{here}/i/u/aa.jpg", sandbox=here) == ""
    assert choosing.refusal(f"{here}0/i/u/aa.jpg", sandbox=here) != ""
    assert choosing.refusal(f"{here}/i/u/aa.jpg") != ""


@pytest.mark.parametrize("address", [STAR, STAR.replace("300x300", "770x0"), STAR + "?x=1"])
def test_the_star_is_never_a_picture(address):
    assert choosing.refusal(address) == "the placeholder star"


# --- asking -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_archive_is_asked_first_and_only_once(sandbox, client):
    album = known_album(world_album(lambda one: one.has_cover))
    enqueue(KIND, payload={"album_ids": [album.pk]})
    [job] = run_pending_jobs([KIND])
    assert job.result == {"asked": 1, "stored": 1}
    cover = Cover.objects.get(album=album)
    assert (cover.state, cover.source) == ("stored", "coverart")
    assert cover.page_url.startswith("https://musicbrainz.org/release-group/")
    assert sandbox.asked("lastfm") == 0
    enqueue(KIND)
    before = sandbox.counters()["total"]
    run_pending_jobs([KIND])
    assert sandbox.counters()["total"] == before  # what is stored is not asked for again


@pytest.mark.django_db
def test_where_the_archive_has_none_lastfm_is_asked(sandbox):
    album = known_album(lastfm_album(held=True))
    with door.allow_calls():
        cover = fetching.fetch_cover(album)
    assert (cover.state, cover.source, cover.width) == ("stored", "lastfm", 300)
    assert "/lastfm-www/music/" in cover.page_url
    assert cover.expires_at > timezone.now()
    assert {one["why"] for one in cover.refused if one["source"] == "lastfm"} == {"smaller"}


@pytest.mark.django_db
def test_without_any_picture_that_is_remembered_and_not_asked_again_soon(sandbox):
    album = known_album(lastfm_album(held=False))
    with door.allow_calls():
        cover = fetching.fetch_cover(album)
    assert (cover.state, cover.key) == ("none", "")
    assert fetching.due_albums(5) == []
    later = timezone.now() + timedelta(days=31)
    assert fetching.due_albums(5, later) == [album.pk]


@pytest.mark.django_db
def test_an_archive_that_is_down_is_waited_for(sandbox):
    album = known_album(world_album(lambda one: one.has_cover))
    sandbox.fault("coverart", "500html", code=503)
    with door.allow_calls(), pytest.raises(Unavailable):
        fetching.fetch_cover(album)
    assert not Cover.objects.exists()


@pytest.mark.django_db
def test_albums_are_asked_for_in_the_order_of_demand(sandbox):
    little, much = make_album("Little", demand=1), make_album("Much", demand=9)
    make_album("None", demand=0)
    make_album("Gone", demand=99, merged_into=much)
    assert fetching.due_albums(5) == [much.pk, little.pk]
    assert fetching.due_albums(1) == [much.pk]


# --- terms ------------------------------------------------------------------------------


def stored(album, source="lastfm", **fields):
    key = storage.save(encoding.encode(picture(40 + album.pk % 50, 40)))
    return Cover.objects.create(
        album=album, state="stored", source=source, key=key, width=40, height=40,
        **{"bytes": 100} | fields,
    )  # fmt: skip


@pytest.mark.django_db
def test_lastfms_pictures_are_neither_shown_nor_kept_beyond_what_its_headers_say(settings, media):
    settings.UPSTREAMS = "real"
    old, fresh, free = make_album("Old"), make_album("Fresh"), make_album("Free")
    past = timezone.now() - timedelta(minutes=1)
    stored(old, expires_at=past)
    stored(fresh, expires_at=timezone.now() + timedelta(hours=1))
    stored(free, source="coverart")
    assert set(covers_of([old.pk, fresh.pk, free.pk])) == {fresh.pk, free.pk}
    before = len(list(media.rglob("*.webp")))
    assert fetching.forget_expired() == 1
    assert len(list(media.rglob("*.webp"))) == before - 2
    assert Cover.objects.get(album=old).state == "wanted"


@pytest.mark.django_db
def test_lastfms_pictures_stay_within_their_share_of_what_may_be_stored(settings):
    settings.UPSTREAMS = "real"
    stored(make_album(), bytes=19_999_999)
    assert fetching.room_for("lastfm")
    stored(make_album("Another"), bytes=1)
    assert not fetching.room_for("lastfm")
    assert fetching.room_for("coverart")


@pytest.mark.django_db
def test_a_picture_that_two_albums_share_stays_while_one_shows_it(settings):
    settings.UPSTREAMS = "real"
    key = storage.save(encoding.encode(picture(30, 30)))
    for hours in (1, 2):
        Cover.objects.create(
            album=make_album(f"Album {hours}"), state="stored", source="lastfm", key=key,
            expires_at=timezone.now() + timedelta(hours=hours),
        )  # fmt: skip
    for hours, there in ((1.5, True), (2.5, False)):
        assert fetching.forget_expired(timezone.now() + timedelta(hours=hours)) == 1
        assert (storage.read(f"{key}-small") is not None) is there


# --- showing ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_stored_picture_is_served_from_our_side_for_ever(client, django_assert_num_queries):
    album = make_album()
    cover = stored(album, source="coverart")
    address = covers_of([album.pk], "large")[album.pk].url
    assert cover.key in address
    with django_assert_num_queries(0):
        answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(answer.content)).format == "WEBP"
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(reverse("catalog:cover", args=["0" * 32 + "-small"])).status_code == 404


@pytest.mark.django_db
def test_many_albums_get_their_pictures_in_one_query(django_assert_num_queries):
    albums = [make_album(f"Album {n}") for n in range(3)]
    stored(albums[0], source="coverart")
    with django_assert_num_queries(1):
        with_covers(albums)
    assert [bool(album.cover_url) for album in albums] == [True, False, False]


# --- the command ------------------------------------------------------------------------


def run(capsys, *words):
    call_command("debug_lastfm_images", *words)
    return capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_tells_every_size_its_verdict_and_what_answers(sandbox, capsys):
    there = lastfm_album(held=True)
    said = run(capsys, f"{there.artist.name} - {there.title}")
    assert re.search(r"small +http.* refused: smaller", said)
    assert re.search(r"extralarge +http.* chosen", said)
    assert re.search(r"answers 200 as image/png, \d+ bytes, 300 x 300", said)
    said = run(capsys, there.artist.name, "--albums", "1")
    assert said.count("refused: the placeholder star") == 4
    assert "the drawn sleeve is shown" in said


@pytest.mark.django_db
def test_the_command_says_what_does_not_answer_and_whom_lastfm_does_not_know(sandbox, capsys):
    there = lastfm_album(held=False)
    said = run(capsys, f"{there.artist.name} - {there.title}")
    assert "does not answer: NotFound (HTTP 404)" in said
    with pytest.raises(CommandError, match=re.escape("Last.fm does not know this")):
        run(capsys, "qwxyzzy the unheard")
