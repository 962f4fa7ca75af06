"""A pressing's labels, formats and numbers are the same rows whichever way it came."""

import pytest

from catalog.models import Release, ReleaseFormat, ReleaseIdentifier, ReleaseLabel
from catalog.queries import search
from catalog.services import (
    get_or_create_release,
    sync_album_releases,
    upsert_release_summary,
)
from catalog.services.format_lines import format_lines
from catalog.services.listed import ReleaseSummary
from catalog.services.printed import joined_labels
from sandbox.world import load_world
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release as dump_release
from tests.catalog.dumps.sample import write
from tests.pricing.helpers import known_album
from vinyl.upstreams import discogs

CHILDREN = (ReleaseLabel, ReleaseFormat, ReleaseIdentifier)


def rows(release, *without):
    return [
        [
            {
                name: value
                for name, value in row.items()
                if name not in {"id", "release_id", *without}
            }
            for row in model.objects.filter(release_id=release.pk).order_by("position").values()
        ]
        for model in CHILDREN
    ]


@pytest.mark.parametrize(
    ("text", "majors", "lines"),
    [
        ("2xLP, Album, RE, Gat", ["Vinyl"], [("Vinyl", 2, "Gatefold", ("LP", "Album", "Reissue"))]),
        ('12", W/Lbl', [], [("Vinyl", 1, "", ('12"', "White Label"))]),
        ("LP, Album, Ltd + CD, Album", [], [
            ("Vinyl", 1, "", ("LP", "Album", "Limited Edition")), ("CD", 1, "", ("Album",)),
        ]),
        ('Flexi, 7", S/Sided', [], [("Flexi-disc", 1, "", ('7"', "Single Sided"))]),
        ("LP, Album, 180g, Red", ["Vinyl"], [("Vinyl", 1, "180g, Red", ("LP", "Album"))]),
        ("", ["Vinyl"], []),
    ],
)  # fmt: skip
def test_short_words_of_a_list_are_written_out(text, majors, lines):
    assert [tuple(line) for line in format_lines(text, majors)] == lines


def test_labels_of_a_list_pair_up_with_their_numbers():
    pairs = joined_labels("Distance, Spirit Zone (2)", "SUB 4841.2, SPIRIT 027")
    assert [(one.name, one.catno) for one in pairs] == [
        ("Distance", "SUB 4841.2"), ("Spirit Zone", "SPIRIT 027"),
    ]  # fmt: skip
    odd = joined_labels("Earth, Wind & Co.", "none")
    assert [(one.name, one.catno) for one in odd] == [("Earth, Wind & Co.", "")]


@pytest.mark.django_db
def test_a_pressing_of_a_list_has_rows_and_reading_again_writes_none(sandbox):
    album = known_album("Can", "Tago Mago", pressings=0)
    sync_album_releases(album)
    held = Release.objects.filter(album=album)
    assert held.exists()
    for model in (ReleaseLabel, ReleaseFormat):
        assert set(model.objects.values_list("release_id", flat=True)) == {r.pk for r in held}
    before = [set(model.objects.values_list("pk", flat=True)) for model in CHILDREN]
    sync_album_releases(album)
    assert [set(model.objects.values_list("pk", flat=True)) for model in CHILDREN] == before


@pytest.mark.django_db
def test_a_pressing_read_in_full_is_not_made_poorer_by_a_list(sandbox):
    album = known_album("Can", "Tago Mago", pressings=0)
    sync_album_releases(album)
    release = get_or_create_release(album.releases.order_by("pk").first().discogs_id)
    release.refresh_from_db()
    kept, whole = rows(release), (release.format, release.label, release.genres, release.barcode)
    assert kept[2], "its matrix at least"
    assert kept[0][0]["label_discogs_id"]
    sync_album_releases(album)
    release.refresh_from_db()
    assert rows(release) == kept
    assert (release.format, release.label, release.genres, release.barcode) == whole


@pytest.mark.django_db
def test_numbers_are_found_in_the_rows_of_labels_and_of_what_is_printed(sandbox):
    album = known_album("Can", "Tago Mago", pressings=0)
    sync_album_releases(album)
    release = get_or_create_release(album.releases.order_by("pk").first().discogs_id)
    printed = ReleaseIdentifier.objects.filter(release_id=release.pk, kind__startswith="Matrix")
    number = printed.get().value
    assert release.pk in [hit.release_id for hit in search(number).numbers]


@pytest.mark.django_db
def test_two_rows_of_a_shelf_leave_the_labels_once():
    row = ReleaseSummary(1, "Stockholm", (), label="Svek, Goldhead", catalogue_number="SK1, G 7")
    first, again = upsert_release_summary(row), upsert_release_summary(row)
    assert first == again
    labels = ReleaseLabel.objects.filter(release_id=first.pk).order_by("position")
    assert [(one.name, one.catno_normalised) for one in labels] == [
        ("Svek", "sk1"),
        ("Goldhead", "g7"),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_dump_and_the_api_write_the_same_pressing(sandbox, tmp_path):
    world = load_world()
    album = world.album_named("Can", "Tago Mago")
    there = next(p for p in world.versions(album) if p.vinyl and p.barcode)
    by_api = get_or_create_release(there.id)
    told = discogs.Client().release(there.id)
    # The sandbox's numbers are beyond all of Discogs', which an import leaves out.
    Release.objects.update(discogs_id=_dealt(there.id))
    for label in ReleaseLabel.objects.filter(label_discogs_id__isnull=False):
        label.label_discogs_id = _dealt(label.label_discogs_id)
        label.save()
    api_rows = rows(by_api)
    plain = Release.objects.filter(pk=by_api.pk).values(*SHARED).get()

    path = write(tmp_path, "releases", [_as_dump(told)])
    said = load(path)

    assert "0 new, 1 changed, 0 as before" in said
    assert Release.objects.filter(pk=by_api.pk).values(*SHARED).get() == plain
    assert rows(by_api) == api_rows


SHARED = (
    "title", "country", "released", "year", "label", "catalogue_number", "barcode", "medium",
    "discs", "format", "is_unofficial", "genres", "styles", "tracklist", "companies",
)  # fmt: skip


def _dealt(number):
    """Such as Discogs deals out."""
    return number % 1_000_000 + 1


def _as_dump(told):
    return dump_release(
        _dealt(told.id),
        title=told.title,
        artists=[(_dealt(one.id), one.name) for one in told.artists],
        labels=[(one.name, one.catno, _dealt(one.id)) for one in told.labels],
        formats=[(one.name, one.quantity, one.text, one.descriptions) for one in told.formats],
        genres=told.genres,
        styles=told.styles,
        country=told.country,
        released=told.released,
        master=None,
        tracks=[(one.position, one.title, one.duration) for one in told.tracks],
        identifiers=[(one.kind, one.value, one.description) for one in told.identifiers],
    )
