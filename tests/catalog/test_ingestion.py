"""The catalogue brought in from the services: least calls, again without harm, by demand."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.services.demand import active_people, tell_demand
from catalog.coverage_sql import COUNTS
from catalog.models import (
    Album,
    Artist,
    Coverage,
    ExternalId,
    MergeRecord,
)
from catalog.queries.coverage import ALBUMS, ARTISTS, PRICES
from catalog.services import get_or_create_artist, note_demand
from catalog.services.coverage import measure_coverage, note_coverage
from catalog.services.enriching import Meeting, enrich_artist
from catalog.services.freshness import albums_due, artists_due, artists_to_enrich
from catalog.services.identity import discogs_id_of, merge_into, note_artist_demand
from catalog.services.pressings import sync_album_page
from catalog.services.refreshing import PRESSINGS
from catalog.services.slices import COUNTRIES, following
from recommendations.coverage import measure_prices
from sandbox.rooms.musicbrainz_shapes import discogs_link, is_ambiguous, kinds
from sandbox.world import load_world
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_listening,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from vinyl.celery import beat_schedule
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.jobs.status.rows import contributed
from vinyl.upstreams.musicbrainz import ReleaseGroup

pytestmark = pytest.mark.django_db


def test_musicbrainz_tells_kinds_and_which_albums_are_studio_albums(sandbox, can):
    found = enrich_artist(can)
    assert found.albums > 0
    world = load_world()
    there = {a.mbid: a for a in world.albums_of[world.artist_by_discogs[17203].number]}
    ids = ExternalId.objects.filter(kind="album", source="musicbrainz", value__in=there)
    assert ids.count() == found.albums
    for value, album_id in ids.values_list("value", "entity_id"):
        album, real = Album.objects.get(pk=album_id), there[value]
        primary, secondary = kinds(real)
        assert album.kind == (secondary[0] if secondary else primary).lower()
        assert album.is_studio == (primary == "Album" and not secondary and len(real.artists) == 1)
    before = sandbox.counters()["total"], Album.objects.count(), ExternalId.objects.count()
    again = enrich_artist(can)
    assert (again.albums, again.new) == (found.albums, 0)
    assert (Album.objects.count(), ExternalId.objects.count()) == before[1:]


def test_an_artist_is_enriched_with_one_call_for_the_id_and_one_for_the_works(sandbox):
    can = get_or_create_artist(name="Can", discogs_id=17203)
    enrich_artist(can)
    assert sandbox.asked("musicbrainz") == 2


def test_works_that_only_musicbrainz_links_to_a_master_become_albums_with_it(sandbox):
    world = load_world()
    can = get_or_create_artist(name="Can", discogs_id=17203)
    found = enrich_artist(can)
    clear = [
        album
        for album in world.albums_of[world.artist_by_discogs[17203].number]
        if discogs_link(album) and not is_ambiguous(album)
    ]
    assert found.new == Album.objects.count() == len(clear)
    for album in clear:
        ids = ExternalId.objects.filter(kind="album", source="discogs", value=album.master_id)
        assert Album.objects.get(pk=ids.get().entity_id).title == album.title


def test_an_album_of_a_listener_and_the_one_of_its_master_become_one(sandbox, can):
    world = load_world()
    there = next(
        a for a in world.albums_of[world.artist_by_discogs[17203].number]
        if discogs_link(a) and not is_ambiguous(a)
    )  # fmt: skip
    of_master = ExternalId.objects.get(kind="album", source="discogs", value=there.master_id)
    heard = make_album("Something else, as a player writes it", can)
    pressing = make_release(heard)
    ExternalId.objects.create(
        kind="album", source="musicbrainz", value=there.mbid, entity_id=heard.pk
    )
    enrich_artist(can)
    heard.refresh_from_db()
    pressing.refresh_from_db()
    assert heard.merged_into_id == pressing.album_id == of_master.entity_id
    trail = MergeRecord.objects.get()
    assert (trail.from_id, trail.into_id) == (heard.pk, of_master.entity_id)
    assert pressing.pk in trail.moved["releases"]


def test_two_works_of_one_title_are_told_apart_by_their_year():
    artist = make_artist("Weezer")
    blue, green = (make_album("Weezer", artist, year=year) for year in (1994, 2001))
    groups = [
        ReleaseGroup(f"mb-{year}", "Weezer", "Album", released=str(year)) for year in (2001, 1994)
    ]
    Meeting.of(artist, groups).store()
    ids = dict(ExternalId.objects.values_list("value", "entity_id"))
    assert ids["mb-1994"] == blue.pk
    assert ids["mb-2001"] == green.pk


def test_a_search_that_finds_too_much_is_read_by_year_and_then_by_country():
    def walk(capped_parts):
        part, seen = "", []
        while part is not None:
            seen.append(part)
            part = following(part, capped=part in capped_parts, first_year=1999, last_year=2001)
        return seen

    assert walk(()) == [""]
    assert walk({""}) == ["", "1999", "2000", "2001"]
    every = walk({"", "2000"})
    assert every == ["", "1999", "2000", *(f"2000/{name}" for name in COUNTRIES), "2001"]


def test_lone_pressings_of_a_list_need_no_search(sandbox, can):
    masterless = [
        album
        for album in Album.objects.filter(credits__artist=can, releases__isnull=False).distinct()
        if discogs_id_of(ExternalId.Kind.ALBUM, album.pk) is None
    ]
    for album in masterless:
        assert album.releases_synced_at is not None
        assert album.upstream_release_count is None, "Discogs counts the pressings of masters only"


def test_a_search_is_no_count_of_what_discogs_has(sandbox):
    album = make_album("Nowhere at all", make_artist("Nobody"), upstream_release_count=7)
    make_release(album)
    synced = sync_album_page(album, page=1, part=str(timezone.now().year))
    album.refresh_from_db()
    assert (synced.is_last, synced.source, synced.total) == (True, "search", 1)
    assert (album.upstream_release_count, album.releases_synced_at is None) == (None, False)


def test_a_slice_of_a_search_is_one_page_and_says_what_follows(sandbox):
    album = make_album("Nowhere at all", make_artist("Nobody"))
    synced = sync_album_page(album, page=1, part="1999")
    assert not synced.is_last
    assert synced.then == ("2000", 1)


def test_the_commands_go_on_by_demand_and_say_what_they_did(sandbox, can):
    out = StringIO()
    call_command("enrich_albums", stdout=out)
    assert "studio albums" in out.getvalue()
    assert artists_to_enrich(10) == []
    wanted = Album.objects.filter(credits__artist=can).order_by("pk").last()
    note_demand(wanted.pk, "wanted")
    assert albums_due(2)[0] == wanted.pk
    call_command("sync_releases", limit=2, stdout=out)
    assert "2 albums read" in out.getvalue()
    wanted.refresh_from_db()
    assert wanted.releases_synced_at is not None
    assert wanted.pk not in albums_due(100)


@pytest.mark.parametrize(
    ("service", "command", "options"),
    [
        ("discogs", "sync_releases", {"limit": 1}),
        ("musicbrainz", "enrich_albums", {"limit": 1}),
        ("discogs", "seed_artists", {"name": ["Neu!"]}),
        ("lastfm", "seed_artists", {"tag": ["krautrock"], "limit": 1}),
    ],
)
def test_a_command_waits_for_the_budget_and_passes_nothing_over(
    sandbox, can, service, command, options
):
    sandbox.fault(service, "429", times=6)
    out, err = StringIO(), StringIO()

    call_command(command, **options, stdout=out, stderr=err)

    assert "is busy" in out.getvalue()
    assert err.getvalue() == ""


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("enrich_albums", ["--artist=1000000000"], "there is no artist"),
        ("sync_releases", ["--artist=1000000000"], "there is no artist"),
        ("sync_releases", ["--limit=0"], "0 is not a number from 1"),
        ("sync_releases", ["--stale", "--limit", "-1"], "-1 is not a number from 1"),
        ("enrich_albums", ["--limit=few"], "'few' is not a whole number"),
        ("refresh_prices", [f"--limit={10**30}"], "is not a number from 1"),
        ("import_discogs_dump", ["--processes=33"], "not a number from 1 to 32"),
        ("seed_artists", [], "no artists"),
    ],
)
def test_bad_input_is_one_clear_line(command, options, words):
    with pytest.raises(CommandError, match=words):
        call_command(command, *options)


def test_the_jobs_read_a_page_a_step_and_a_killed_one_goes_on(sandbox, can):
    albums = list(Album.objects.filter(credits__artist=can).values_list("pk", flat=True)[:3])
    job = enqueue("catalog.sync_releases", payload={"album_ids": albums})
    run_pending_jobs(["catalog.sync_releases"])
    job.refresh_from_db()
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert (job.result["albums"], job.result["failed"]) == (3, 0)
    assert not Album.objects.filter(pk__in=albums, releases_synced_at__isnull=True).exists()
    enqueue("catalog.enrich_albums", payload={"artist_ids": [can.pk, 10**9]})
    [kinds_of] = run_pending_jobs(["catalog.enrich_albums"])
    assert kinds_of.result["albums"] > 0
    assert kinds_of.result["failed"] == 1


def test_played_artists_are_due_every_week_and_others_every_month():
    now = timezone.now()
    played = make_artist("Played", albums_synced_at=now - timedelta(days=8))
    unread = make_artist("Followed and never read")
    note_artist_demand([played.pk, unread.pk])
    old = make_artist("Old", albums_synced_at=now - timedelta(days=31))
    make_artist("Young", albums_synced_at=now - timedelta(days=8))
    make_artist("Only from a dump")
    make_artist("Various", is_placeholder=True, albums_synced_at=now - timedelta(days=90))
    assert artists_due(10) == [unread.pk, played.pk, old.pk]
    assert artists_due(1) == [unread.pk]
    Artist.objects.filter(pk=played.pk).update(demand_at=now - timedelta(days=31))
    assert artists_due(10) == [unread.pk, old.pk], "nobody has played it for a month"


def test_the_beat_reads_a_small_portion_and_passes_over_what_is_broken(sandbox):
    broken = get_or_create_artist(name="Pink Floyd", discogs_id=45467)
    can = get_or_create_artist(name="Can", discogs_id=17203)
    note_artist_demand([broken.pk, can.pk])
    sandbox.fault("discogs", "malformed", path_prefix="/artists/45467")
    enqueue("catalog.refresh_due")
    [job] = run_pending_jobs(["catalog.refresh_due"])
    assert (job.state, job.queue) == (Job.State.DONE, "bulk")
    assert job.result == {"artists": 2, "failed": 1}
    can.refresh_from_db()
    assert can.albums_synced_at is not None
    assert can.enriched_at is not None
    assert artists_due(10) == [], "the broken one waits for the next who plays it"


def test_whom_people_play_is_told_to_the_catalogue():
    person, stranger = make_person(), make_person()
    person.last_login = timezone.now()
    person.save()
    played, other = make_artist("Played"), make_artist("Other")
    make_listening(person, played)
    assert person.pk in active_people()
    assert stranger.pk not in active_people()
    for user_id in active_people():
        tell_demand(user_id)
    played.refresh_from_db()
    other.refresh_from_db()
    assert played.demand_at is not None
    assert other.demand_at is None


def test_the_button_refreshes_an_artist_with_progress(sandbox, client, can):
    where = reverse("catalog:refresh_artist", args=[can.pk])
    assert client.post(where)["Location"].startswith("/account/login/")
    assert client.get(where).status_code == 405
    person = make_person()
    client.force_login(person)
    Artist.objects.filter(pk=can.pk).update(albums_synced_at=timezone.now() - timedelta(hours=2))
    answer = client.post(where)
    assert (answer.status_code, answer.url) == (302, can.get_absolute_url())
    assert client.post(where, {"next": "https://elsewhere.test/"}).url == can.get_absolute_url()
    assert client.post(reverse("catalog:refresh_artist", args=[10**9])).status_code == 404
    job = Job.objects.get()
    assert (job.kind, job.owner_id) == ("catalog.refresh_artist", person.pk)
    wanted = Album.objects.filter(credits__artist=can, upstream_release_count=None).first()
    note_demand(wanted.pk)
    run_pending_jobs(["catalog.refresh_artist"])
    job.refresh_from_db()
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert job.result["albums"] > 0
    wanted.refresh_from_db()
    assert wanted.releases_synced_at is not None
    assert wanted.upstream_release_count == wanted.releases.count()


def test_the_api_queues_the_same_refresh_and_pauses_an_hour_like_the_buttons(client, can):
    client.force_login(make_person())
    address = f"/api/v1/catalog/refresh/{can.pk}"
    read = timezone.now() - timedelta(minutes=61)
    Artist.objects.filter(pk=can.pk).update(albums_synced_at=read)
    assert "/refresh/" in client.get(can.get_absolute_url()).text
    answer = client.post(address)
    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["id"])
    assert job.kind == "catalog.refresh_artist"

    Artist.objects.filter(pk=can.pk).update(albums_synced_at=timezone.now())
    assert client.post(address).json()["id"] == job.pk, "it still goes on"
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    refused = client.post(address)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "throttled")
    assert 3500 < int(refused["Retry-After"]) <= 3600
    page = client.post(reverse("catalog:refresh_artist", args=[can.pk]), follow=True).text
    assert "within the hour" in page and "/refresh/" not in page
    album = Album.objects.filter(credits__artist=can).first()
    Album.objects.filter(pk=album.pk).update(releases_synced_at=timezone.now())
    page = client.post(reverse("catalog:sync_album", args=[album.pk]), follow=True).text
    assert "within the hour" in page
    assert Job.objects.filter(kind__in=("catalog.refresh_artist", PRESSINGS)).count() == 1


def test_coverage_is_measured_and_shown_with_its_targets(sandbox, client, can):
    measure_coverage()
    enrich_artist(can)
    album = Album.objects.filter(credits__artist=can).first()
    sync_album_page(album)
    person = make_person()
    make_want(person, album=album)
    other = make_album("Wanted without a price", can)
    make_want(person, album=other)
    make_best_price(make_quote(album))
    # Of an album with a price this pressing has none.
    pressing = make_release(album)
    make_want(make_person(), release=pressing)
    measure_prices()
    assert shares_of()[PRICES][:2] == (1, 3)
    make_quote(album, release=pressing)
    measure_prices()
    measure_coverage()
    shares = shares_of()
    assert shares[PRICES] == (2, 3, 50)
    assert shares[ARTISTS][2] == 95
    assert shares[ARTISTS][0] == shares[ARTISTS][1] == 1
    assert 0 < shares[ALBUMS][0] <= shares[ALBUMS][1]
    client.force_login(make_person(is_staff=True, is_superuser=True))
    listed = client.get(reverse("admin:catalog_coverage_changelist")).text
    assert "Albums with a pressing" in listed
    assert "95 %" in listed
    measured = listed.partition("field-measured_at")[2].partition("</td>")[0]
    # A full hour is told without minutes.
    said = re.search(r"[0-9] [ap]\.m\.|[0-9]:[0-9]{2}|noon|midnight", measured)
    assert said, "the time of day is told"
    [light] = [light for light in contributed() if light.name == "Coverage"]
    assert light.words.endswith("of 3 as wanted")
    assert light.more[0] == "Artists with a MusicBrainz id: 100 % (1 of 1), 95 % wanted"
    assert light.more[2].endswith("pressings with a price: 66 % (2 of 3), 50 % wanted")
    assert light.more[3] == "Counted now, every five minutes."
    Coverage.objects.filter(key=PRICES).update(measured_at=timezone.now() - timedelta(minutes=40))
    [light] = [light for light in contributed() if light.name == "Coverage"]
    assert light.more[3] == "Counted 40 min ago, every five minutes."
    assert light.more[4].startswith("Counted are only")


def test_a_share_of_nothing_is_told_beside_the_others(db):
    note_coverage(ARTISTS, 0, 0)
    note_coverage(PRICES, 0, 3)
    [light] = [light for light in contributed() if light.name == "Coverage"]
    assert light.words == "0 of 1 as wanted"
    assert light.more[0] == "Artists with a MusicBrainz id: none to count yet, 95 % wanted"
    assert "0 % (0 of 3)" in light.more[1]


def test_coverage_is_counted_again_within_minutes():
    every = {tuple(one.get("args", ())): one["schedule"] for one in beat_schedule().values()}
    for kind in ("catalog.measure_coverage", "recommendations.measure_coverage"):
        assert every[kind,] <= 600


@pytest.mark.parametrize("share", COUNTS)
def test_coverage_reads_of_large_tables_only_what_people_use(db, share):
    with connection.cursor() as cursor:
        # What is left of these has no other way.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + COUNTS[share])
        plan = [line for (line,) in cursor.fetchall()]
    assert not any("Seq Scan" in line for line in plan)
    assert sum("Bitmap Index Scan" in line for line in plan) == 2


def shares_of():
    return {row.key: (row.part, row.whole, row.target) for row in Coverage.objects.all()}


def test_a_merge_into_an_album_that_was_merged_meanwhile_ends_at_the_one_that_stands():
    artist = make_artist()
    first, second, third = (make_album(name, artist) for name in ("One", "Two", "Three"))
    stale = Album.objects.get(pk=second.pk)
    merge_into([second.pk], third)
    assert merge_into([first.pk], stale) == third
    first.refresh_from_db()
    assert first.merged_into_id == third.pk
    merge_into([third.pk], first)
    third.refresh_from_db()
    assert third.merged_into_id is None, "no circle"
