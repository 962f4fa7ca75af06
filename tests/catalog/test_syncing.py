"""Reading albums, pressings and neighbours from the outside, by way of the sandbox."""

import pytest

from catalog.models import (
    Album,
    Artist,
    ExternalId,
    Release,
    ReleaseFormat,
    ReleaseLabel,
    SimilarArtist,
)
from catalog.queries import AlbumRef, ArtistRef, match_albums, match_artists, pressings
from catalog.services import (
    CreditRef,
    ReleaseSummary,
    get_or_create_album,
    get_or_create_artist,
    get_or_create_release,
    note_demand,
    sync_album_page,
    sync_album_releases,
    sync_artist_albums,
    sync_similar_artists,
    upsert_release_summary,
)
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams.errors import UpstreamError

pytestmark = pytest.mark.django_db
# Masters of the sandbox: one with more pressings than fit on a page, one with none on vinyl.
DARK_SIDE, COLLECTION = 3100000037, 3100000580
PINK_FLOYD = 45467


@pytest.fixture
def pink_floyd():
    return get_or_create_artist(name="Pink Floyd", discogs_id=PINK_FLOYD)


@pytest.fixture
def dark_side(pink_floyd):
    return get_or_create_album(
        artist=pink_floyd, title="The Dark Side of the Moon", master_id=DARK_SIDE, year=1973
    )


def test_every_pressing_is_kept_and_reading_again_adds_none(sandbox, dark_side):
    told = []
    synced = sync_album_releases(dark_side, progress=lambda done, total: told.append((done, total)))
    assert synced.pages > 1
    assert told[-1] == (synced.total, synced.total)
    held = Release.objects.filter(album=dark_side)
    assert held.count() == synced.total == 200
    dark_side.refresh_from_db()
    assert dark_side.upstream_release_count == 200
    assert dark_side.releases_synced_at is not None
    first = set(held.values_list("pk", "discogs_id"))
    sync_album_releases(dark_side)
    assert set(held.values_list("pk", "discogs_id")) == first


def test_a_sync_that_broke_off_goes_on_at_its_page(sandbox, dark_side):
    sync_album_page(dark_side, page=1)
    before = sandbox.asked("discogs", f"/masters/{DARK_SIDE}/versions")
    dark_side.refresh_from_db()
    assert dark_side.releases_synced_at is None, "half an album is not called complete"
    sync_album_releases(dark_side, page=2)
    assert sandbox.asked("discogs", f"/masters/{DARK_SIDE}/versions") == before + 1
    assert Release.objects.filter(album=dark_side).count() == 200


def test_the_job_reads_page_by_page(sandbox, dark_side, django_capture_on_commit_callbacks):
    job = enqueue("catalog.sync_album_releases", payload={"album_id": dark_side.pk})
    run_pending_jobs(["catalog.sync_album_releases"])
    job.refresh_from_db()
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert job.result["pressings"] == 200
    assert job.result["source"] == "master"


def test_an_outage_loses_nothing_that_was_read(sandbox, dark_side):
    sync_album_page(dark_side, page=1)
    sandbox.fault("discogs", "500html", times=20)
    with pytest.raises(UpstreamError):
        sync_album_page(dark_side, page=2)
    assert Release.objects.filter(album=dark_side).count() == 100


def test_an_album_known_by_name_finds_its_master(sandbox, pink_floyd):
    album = get_or_create_album(artist=pink_floyd, title="The Dark Side of the Moon")
    assert sync_album_releases(album).source == "master"
    known = ExternalId.objects.get(kind="album", source="discogs", entity_id=album.pk)
    assert known.value == str(DARK_SIDE)
    album.refresh_from_db()
    assert album.year == 1973
    assert album.genres


def test_an_album_that_discogs_does_not_know_is_said_to_have_none(sandbox, pink_floyd):
    album = get_or_create_album(artist=pink_floyd, title="Xylophones of Nowhere Qqzz")
    synced = sync_album_releases(album)
    assert (synced.source, synced.total) == ("none", 0)
    album.refresh_from_db()
    assert album.upstream_release_count == 0


def test_two_rows_of_one_master_become_one_album(sandbox, dark_side):
    twin = Album.objects.create(
        title="Dark Side of the Moon", normalised="x", artist_line="Pink Floyd"
    )
    sync_album_releases(twin)
    twin.refresh_from_db()
    assert twin.merged_into == dark_side
    assert pressings(twin.pk).total == 200


def test_a_master_without_vinyl_is_complete_with_none(sandbox):
    madonna = get_or_create_artist(name="Madonna", discogs_id=8760)
    album = get_or_create_album(
        artist=madonna, title="The Immaculate Collection", master_id=COLLECTION
    )
    synced = sync_album_releases(album)
    album.refresh_from_db()
    assert (album.releases.count(), synced.total, album.upstream_release_count) == (0, 0, 0)


def test_pressings_come_originals_first_with_facets(sandbox, dark_side):
    sync_album_releases(dark_side)
    found = pressings(dark_side.pk)
    years = [row.year for row in found.rows if row.year and not row.is_unofficial]
    assert len(found.rows) == found.total == 200
    assert years == sorted(years)
    assert sum(count for _country, count in found.facets.countries) <= 200


def test_an_artist_brings_all_albums_once(sandbox, pink_floyd):
    first = sync_artist_albums(pink_floyd)
    assert first > 0
    albums = Album.objects.filter(credits__artist=pink_floyd).count()
    sync_artist_albums(pink_floyd)
    assert Album.objects.filter(credits__artist=pink_floyd).count() == albums
    pink_floyd.refresh_from_db()
    assert pink_floyd.albums_synced_at is not None


def test_neighbours_are_stored_once(sandbox, pink_floyd):
    count = sync_similar_artists(pink_floyd)
    assert count > 0
    assert sync_similar_artists(pink_floyd) == count
    edges = SimilarArtist.objects.filter(artist=pink_floyd)
    assert edges.count() == count
    assert edges.order_by("-score").first().score == 1


def test_nobody_resembles_a_placeholder(sandbox, pink_floyd):
    count = sync_similar_artists(pink_floyd)
    edges = SimilarArtist.objects.filter(artist=pink_floyd)
    nobody = edges.order_by("pk").first().other
    Artist.objects.filter(pk=nobody.pk).update(is_placeholder=True)
    edges.delete()
    assert sync_similar_artists(pink_floyd) == count - 1
    assert not edges.filter(other=nobody).exists()


def test_a_shelf_row_becomes_a_pressing_without_any_call(sandbox):
    row = ReleaseSummary(
        discogs_id=249504,
        title="Never Gonna Give You Up",
        artists=(CreditRef("Rick Astley", 72872),),
        year=1987,
        label="RCA",
        catalogue_number="PB 41447",
        format='2x7", 45 RPM, Unofficial Release',
    )
    release = upsert_release_summary(row)
    assert upsert_release_summary(row) == release
    assert (release.discs, release.is_unofficial) == (2, True)
    label = ReleaseLabel.objects.get(release_id=release.pk)
    assert (label.name, label.catno, label.catno_normalised) == ("RCA", "PB 41447", "pb41447")
    shape = ReleaseFormat.objects.get(release_id=release.pk)
    assert (shape.name, shape.quantity, shape.descriptions) == (
        "Vinyl", 2, ['7"', "45 RPM", "Unofficial Release"],
    )  # fmt: skip
    assert release.album.artist_line == "Rick Astley"
    assert sandbox.counters()["total"] == 0


def test_a_release_is_asked_for_once(sandbox, dark_side):
    sync_album_page(dark_side, page=1)
    wanted = Release.objects.filter(album=dark_side).first()
    release = get_or_create_release(wanted.discogs_id)
    assert release.pk == wanted.pk
    assert release.tracklist
    get_or_create_release(wanted.discogs_id)
    assert sandbox.asked("discogs", f"/releases/{wanted.discogs_id}") == 1


def test_homonyms_with_ids_of_their_own_stay_apart():
    one = get_or_create_artist(name="Scuba", discogs_id=11)
    four = get_or_create_artist(name="Scuba (4)", discogs_id=14)
    assert one != four
    assert four.disambiguation == "4"
    assert match_artists([ArtistRef("Scuba")]) == {}, "of two unknown ones none is guessed"
    assert get_or_create_artist(name="scuba", discogs_id=14) == four
    assert get_or_create_artist(name="SCUBA") == one, "and a bare name adds no third one"
    assert Artist.objects.count() == 2


def test_various_is_one_row_that_nothing_matches():
    various = get_or_create_artist(name="Various", discogs_id=194)
    assert get_or_create_artist(name="Various") == various
    assert get_or_create_artist(name="Various", mbid="89ad4ac3") == various
    assert match_artists([ArtistRef("Various")]) == {}


@pytest.mark.parametrize("name", ["Кино", "The The", "!!!", "椎名林檎"])
def test_odd_names_are_found_again(name):
    artist = get_or_create_artist(name=name)
    assert get_or_create_artist(name=name.upper()) == artist
    album = get_or_create_album(artist=artist, title=name)
    ref = AlbumRef(name, name)
    assert match_albums([ref]) == {ref: album.pk}


def test_matching_many_names_costs_as_much_as_one(django_assert_num_queries):
    albums = [
        get_or_create_album(artist=get_or_create_artist(name=f"Band {n}"), title=f"Album {n}")
        for n in range(3)
    ]
    for some in (albums[:1], albums):
        refs = [AlbumRef(one.artist_line, one.title) for one in some]
        with django_assert_num_queries(2):
            assert len(match_albums(refs)) == len(some)


def test_names_that_a_listener_brought_become_rows():
    job = enqueue(
        "catalog.resolve_names",
        payload={
            "artists": [{"name": "Кино", "mbid": ""}],
            "albums": [{"artist": "Кино", "title": "Группа крови", "mbid": ""}],
        },
    )
    run_pending_jobs(["catalog.resolve_names"])
    job.refresh_from_db()
    assert (job.state, job.result["new"]) == (Job.State.DONE, 2)
    assert Album.objects.get().artists.get() == Artist.objects.get()


def test_stale_albums_in_demand_are_queued_once(dark_side):
    Album.objects.create(title="Nobody asks", normalised="nobody asks")
    note_demand(dark_side.pk, "viewed")
    for _again in range(2):
        enqueue("catalog.sync_stale")
        run_pending_jobs(["catalog.sync_stale"])
    queued = Job.objects.filter(kind="catalog.sync_album_releases")
    assert [job.payload for job in queued] == [{"album_id": dark_side.pk}]


def test_artists_are_brought_by_a_job_as_by_the_command(sandbox):
    names = ["Pink Floyd", " ", "Pink Floyd", "Various", "Qwxyz Nobody Knows"]
    enqueue("catalog.seed_artists", payload={"names": names})
    [job] = run_pending_jobs(["catalog.seed_artists"])
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert job.result == {"artists": 1, "failed": ["Various", "Qwxyz Nobody Knows"]}
    assert not Artist.objects.filter(name__startswith="Qwxyz").exists()
    artist = Artist.objects.get(name="Pink Floyd")
    assert artist.albums.count() > 3
    assert artist.similar_synced_at is not None
    assert not Artist.objects.filter(name="Various").exists()


def test_a_tag_brings_its_artists_and_an_unknown_one_says_so(sandbox):
    enqueue("catalog.seed_artists", payload={"tags": ["krautrock"], "limit": 2})
    enqueue("catalog.seed_artists", payload={"tags": ["qwxyz-no-such-tag"]})
    known, unknown = run_pending_jobs(["catalog.seed_artists"])
    assert known.result["artists"] == 2
    assert (unknown.state, unknown.error_code) == (Job.State.FAILED, "no_names")
