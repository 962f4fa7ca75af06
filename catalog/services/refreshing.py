"""An artist or an album read again because somebody wants it now: pages, the API and programs ask
here."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from catalog.models import Album
from catalog.queries.withholding import withheld_rows
from catalog.services.identity import note_artist_demand, present_artist
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue
from vinyl.upstreams.terms import withheld

REFRESH = "catalog.refresh_artist"
PRESSINGS = "catalog.sync_album_releases"


def queue_refresh(artist_id: int, *, by: AbstractBaseUser | None = None) -> Job:
    """The job that reads the artist's albums and pressings again: one for all who want it at once.
    Whoever asks for it plays or follows them. The artist exists."""
    artist = present_artist(artist_id)
    note_artist_demand([artist.pk])
    return enqueue(
        REFRESH, owner=by, payload={"artist_id": artist.pk}, dedupe_key=f"artist:{artist.pk}"
    )


def ask_pressings_again(album: Album) -> Job | None:
    """Queue reading an album's pressings, where the text of some may be shown no longer; for a page
    that leaves it out. None where all is shown, and where Discogs was asked within that time: what
    it did not tell then it no longer has."""
    now = timezone.now()
    if not album.releases.filter(withheld_rows(now)).exists():
        return None
    asked = album.releases_synced_at
    if asked is not None and not withheld("discogs", asked, now):
        return None
    return enqueue(
        PRESSINGS,
        payload={"album_id": album.pk},
        dedupe_key=f"album:{album.pk}",
        lane=Job.Queue.INTERACTIVE,
    )
