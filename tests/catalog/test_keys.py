"""Stored keys follow the rules of the keys, and the search box with them."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog import key_tasks
from catalog.key_tasks import renew as renew_job
from catalog.matching import normalise_name, normalise_title
from catalog.matching.keys import VERSION
from catalog.models import Album, Artist, ArtistName, KeyRules, SearchEntry
from catalog.services.index import index_albums, index_artists
from tests.factories import make_album, make_artist
from vinyl.jobs.registry import Done

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


# --- an upgrade -------------------------------------------------------------------------------


class Step:
    """What a job's step is given."""

    def __init__(self, checkpoint):
        self.checkpoint, self.payload = checkpoint, {}

    def progress(self, *args, **params):
        pass


def run_job():
    checkpoint, steps = {}, 0
    while not isinstance(result := renew_job(Step(checkpoint)), Done):
        checkpoint, steps = result.checkpoint, steps + 1
    return result.result, steps


def test_keys_of_an_older_version_are_renewed_by_the_job_in_portions(monkeypatch):
    monkeypatch.setattr(key_tasks, "PORTION", 1)
    artist = make_artist("Derek & The Dominos", normalised="derek and the dominos")
    make_album("Layla -COLOURED-", artist, normalised="layla coloured")
    KeyRules.objects.create(version=VERSION - 1)

    result, steps = run_job()

    assert result == {"read": 2, "changed": 2} and steps > 2
    assert Artist.objects.get().normalised == "derek and dominos"
    assert [rules.version for rules in KeyRules.objects.all()] == [VERSION]


def test_keys_of_this_version_are_not_read_again(django_assert_num_queries):
    make_artist("Can", normalised="written by somebody")
    KeyRules.objects.create(version=VERSION)

    with django_assert_num_queries(1):
        assert run_job() == ({"read": 0, "changed": 0}, 0)
    assert Artist.objects.get().normalised == "written by somebody"


def test_the_command_notes_the_version_and_the_job_has_nothing_left_to_do():
    make_artist("Can")
    renew()
    assert run_job()[0] == {"read": 0, "changed": 0}


def test_who_changes_what_a_key_is_must_raise_the_version():
    """The keys of these texts belong to this version. Other keys need a higher VERSION, so that
    stored ones are made anew; then their digest is noted here."""
    texts = (
        "The The", "Beatles, The", "Los Planetas", "Die Ärzte", "Nirvana (2)", "P!nk", "AC/DC",
        "!!!", "Кино", "10,000 Maniacs", "Simon & Garfunkel", "OK Computer (Deluxe Edition)",
        "Layla -COLOURED-",
        "Rumours (2013 Remaster) [180g]", "Hejira (Limitierte Auflage)", "Blue (Live)", "Vol. 4",
        "Blonde (Édition Limitée)", "Boys (10th Anniversary / Indies)", "Abbey Road - Remastered",
    )  # fmt: skip
    keys = "|".join(f"{normalise_name(text)}/{normalise_title(text)}" for text in texts)
    assert (VERSION, hashlib.sha256(keys.encode()).hexdigest()[:12]) == (2, "8963dcdd97bb")
