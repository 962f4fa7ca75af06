"""An artist read again because somebody wants it now: the page, the API and programs ask here."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser

from catalog.services.identity import note_artist_demand, present_artist
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

REFRESH = "catalog.refresh_artist"


def queue_refresh(artist_id: int, *, by: AbstractBaseUser | None = None) -> Job:
    """The job that reads the artist's albums and pressings again: one for all who want it at once.
    Whoever asks for it plays or follows them. The artist exists."""
    artist = present_artist(artist_id)
    note_artist_demand([artist.pk])
    return enqueue(
        REFRESH, owner=by, payload={"artist_id": artist.pk}, dedupe_key=f"artist:{artist.pk}"
    )
