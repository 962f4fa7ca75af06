"""What no constraint holds is found, and put right."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import (
    Album,
    Artist,
    ExternalId,
    Release,
    ReleaseFormat,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
    SimilarArtist,
)
from tests.factories import make_album, make_artist, make_release, make_similar

pytestmark = pytest.mark.django_db


def check(**options):
    out = StringIO()
    call_command("check_catalogue", stdout=out, **options)
    return out.getvalue()


def test_all_that_is_wrong_is_said_and_mended():
    release = make_release(make_album())
    for model, fields in (
        (ReleaseLabel, {"name": "Gone"}),
        (ReleaseFormat, {"name": "Vinyl"}),
        (ReleaseIdentifier, {"kind": "Barcode", "value": "1"}),
    ):
        model.objects.create(release_id=10**9, **fields)
    ReleaseLabel.objects.create(release_id=release.pk, name="The same place again")
    albums = [make_album(f"Album {n}", release.album.artists.get()) for n in range(4)]
    for one, into in zip(albums, albums[1:], strict=False):
        Album.objects.filter(pk=one.pk).update(merged_into=into)
    Release.objects.filter(pk=release.pk).update(album=albums[0])
    here, there = make_artist("Here"), make_artist("There")
    Artist.objects.filter(pk=here.pk).update(merged_into=there)
    Artist.objects.filter(pk=there.pk).update(merged_into=here)
    ExternalId.objects.create(kind="album", source="discogs", value="1", entity_id=10**9)
    SearchEntry.objects.create(kind="artist", entity_id=10**9, text="x", normalised="x")
    nobody = make_artist("Various")
    make_similar(nobody, make_artist("Somebody"))

    with pytest.raises(CommandError, match="--repair mends them"):
        check()
    assert ReleaseLabel.objects.filter(release_id=10**9).exists(), "looking changes nothing"
    said = check(repair=True)

    assert "labels of a pressing that is not there" in said
    assert "nothing is wrong" in check()
    release.refresh_from_db()
    assert release.album_id == albums[3].pk
    assert set(Album.objects.filter(merged_into=albums[3]).values_list("pk", flat=True)) == {
        one.pk for one in albums[:3]
    }
    nobody.refresh_from_db()
    assert nobody.is_placeholder
    assert not SimilarArtist.objects.exists()
    assert ReleaseLabel.objects.filter(release_id=release.pk).count() == 1
