"""What a job is about is told when it is queued, in names that every language reads."""

import pytest

from accounts.services.listening import SYNC
from catalog.models import Album, AlbumArtist, Artist
from catalog.search_tasks import ASK
from recommendations.queries import FIND_ARTISTS
from tests.jobs.conftest import signed_in
from vinyl.desk import services as desk
from vinyl.jobs import queries
from vinyl.jobs.models import Job
from vinyl.jobs.registry import LONGEST_SUBJECT, kinds
from vinyl.jobs.services import enqueue

# Their label says all: they go over everything that is due, or are about their owner.
LABEL_SAYS_ALL = {
    "accounts.announce_consents",
    "accounts.forget_files",
    "accounts.import_history",
    "accounts.mail_messages",
    "accounts.send_copies",
    "accounts.send_wants",
    "accounts.tell_demand",
    "accounts.trim_lastfm",
    "catalog.find_doubtful",
    "catalog.find_near_names",
    "catalog.measure_coverage",
    "catalog.read_scripts",
    "catalog.refresh_due",
    "catalog.renew_keys",
    "catalog.renew_search",
    "catalog.sync_stale",
    "jobs.clean_up",
    "pricing.check_alerts",
    "pricing.check_offer",
    "pricing.daily_rates",
    "pricing.demo_past",
    "pricing.promote",
    "pricing.read_sellers",
    "pricing.refresh_stale",
    "pricing.tidy",
    "pricing.value_collections",
    "recommendations.build_content_vectors",
    "recommendations.make_set",
    "recommendations.measure_coverage",
    "recommendations.measure_sound",
    "recommendations.read_playlist",
    "recommendations.store_views",
    "recommendations.train_similarity",
}
# Their service names it in the payload: album and source, the file, the seller, the shop.
NAMED_IN_PAYLOAD = {
    "accounts.csv_read",
    "accounts.csv_store",
    "pricing.ask",
    "pricing.read_seller",
    "pricing.suggest",
    "pricing.test_shop",
}


@pytest.fixture
def can(db):
    artist = Artist.objects.create(name="Can")
    for title in ("Tago Mago", "Ege Bamyasi", "Future Days"):
        album = Album.objects.create(title=title)
        AlbumArtist.objects.create(album=album, artist=artist)
    return artist


def about(kind, payload, **more):
    return enqueue(kind, payload=payload, **more).subject


def test_jobs_about_rows_tell_their_names(can):
    albums = list(Album.objects.order_by("pk").values_list("pk", flat=True))
    assert about("catalog.sync_album_releases", {"album_id": albums[0]}) == "Can · Tago Mago"
    assert about("catalog.sync_artist_albums", {"artist_id": can.pk}) == "Can"
    assert about("catalog.refresh_artist", {"artist_id": can.pk}) == "Can"
    assert about("catalog.sync_similar", {"artist_ids": [can.pk]}) == "Can"
    assert about("catalog.read_ratings", {"album_ids": albums}) == "Tago Mago, Ege Bamyasi +1"
    assert about("catalog.sync_releases", {"artist_ids": [can.pk]}) == "Can"
    assert about("catalog.read_ratings", {}) == "", "over all that are due"
    # A row that is gone is not named, and breaks nothing.
    assert about("catalog.sync_album_releases", {"album_id": 10**9}) == ""


def test_jobs_about_names_tell_them(owner):
    assert about(FIND_ARTISTS, {"names": ["Can", "Neu!", "Faust"]}) == "Can, Neu! +1"
    assert about("catalog.seed_artists", {"tags": ["krautrock"]}) == "#krautrock"
    assert about(ASK, {"q": "tago mago"}) == "tago mago"
    assert about(
        "catalog.resolve_names",
        {"artists": [{"name": "Can"}], "albums": [{"artist": "Neu!", "title": "Neu! 75"}]},
    ) == "Can, Neu! · Neu! 75"  # fmt: skip
    assert about(SYNC, {"source": "lastfm", "username": "nuria"}, owner=owner) == "Last.fm · nuria"
    assert about(desk.CALL, {"method": "discogs.release"}) == "discogs.release"
    assert about(desk.TEST_KEYS, {"upstream": "discogs"}) == "Discogs"


def test_long_subject_is_cut(db):
    told = about(ASK, {"q": "x" * 500})
    assert len(told) == LONGEST_SUBJECT and told.endswith("…")


def test_every_kind_tells_what_it_is_about_or_its_label_does():
    silent = {kind.name for kind in kinds() if kind.subject is None}
    ours = {name for name in silent if not name.startswith("tests.")}
    assert ours - LABEL_SAYS_ALL - NAMED_IN_PAYLOAD == set(), (
        "give the kind a `subject`, or name it here"
    )


def test_person_and_curator_read_the_subject(owner, staff, can):
    job = enqueue("catalog.refresh_artist", owner=owner, payload={"artist_id": can.pk})
    assert queries.strip(job).title == "An artist's records: Can"
    assert "An artist&#x27;s records: Can" in signed_in(owner).get("/jobs/").content.decode()
    listed = signed_in(staff).get("/admin/jobs/job/").content.decode()
    assert '<td class="field-subject">Can</td>' in listed
    assert Job.objects.get(pk=job.pk).payload == {"artist_id": can.pk}
