"""Stored keys follow the rules of the keys, and the search box with them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Album, Artist, ArtistName, SearchEntry
from catalog.services.index import index_albums, index_artists
from tests.factories import make_album, make_artist

pytestmark = pytest.mark.django_db


def renew(**options):
    out = StringIO()
    call_command("renew_keys", stdout=out, **options)
    return out.getvalue().splitlines()[-1]


def test_keys_of_older_rules_are_renewed_once_and_found():
    artist = make_artist("Derek & The Dominos", normalised="derek and the dominos")
    ArtistName.objects.create(artist=artist, name="Derek & The D's", normalised="derek the ds")
    album = make_album("Layla -COLOURED-", artist, normalised="layla coloured")
    right = make_artist("Can", normalised="can")
    index_artists([artist, right])
    index_albums([album])
    SearchEntry.objects.update(normalised="old", words="old")

    assert renew(batch=1) == "3 of 4 keys renewed."

    assert Artist.objects.get(pk=artist.pk).normalised == "derek and dominos"
    assert Album.objects.get(pk=album.pk).normalised == "layla"
    entry = SearchEntry.objects.get(kind="album", entity_id=album.pk)
    assert (entry.normalised, entry.words) == ("layla", "derek and dominos layla")
    assert "derek and ds" in SearchEntry.objects.get(kind="artist", entity_id=artist.pk).words
    assert SearchEntry.objects.get(kind="artist", entity_id=right.pk).normalised == "old"
    assert renew() == "0 of 4 keys renewed."


def test_a_portion_of_no_rows_is_refused():
    with pytest.raises(CommandError, match="not a number from 1"):
        call_command("renew_keys", "--batch=0")
