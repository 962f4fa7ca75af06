"""An artist or an album read again because somebody wants it now: pages, the API and programs ask
here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from catalog.models import Album
from catalog.queries.withholding import withheld_rows
from catalog.services.identity import note_artist_demand, note_demand, present_artist
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue
from vinyl.upstreams.terms import withheld

REFRESH = "catalog.refresh_artist"
PRESSINGS = "catalog.sync_album_releases"
# What was read so lately is not read again because somebody asks: the calls are everybody's.
PAUSE = timedelta(hours=1)


class ReadLately(Exception):
    """This was read within the hour; `again_at` is when it may be asked for again."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"This was read within the hour. It can be asked for from {again_at}.")
        self.again_at = again_at

    @property
    def seconds(self) -> int:
        """How long that is from now, at least one."""
        return max(1, round((self.again_at - timezone.now()).total_seconds()))


def may_be_asked(read_at: datetime | None) -> bool:
    """Whether what was last read then may be asked for by somebody now."""
    return read_at is None or read_at + PAUSE <= timezone.now()


def queue_refresh(artist_id: int, *, by: AbstractBaseUser | None = None) -> Job:
    """The job that reads the artist's albums and pressings again: one for all who want it at once.
    Whoever asks for it plays or follows them. The artist exists. Raises ReadLately."""
    artist = present_artist(artist_id)
    note_artist_demand([artist.pk])
    key = f"artist:{artist.pk}"
    return _under_way(REFRESH, key, artist.albums_synced_at) or enqueue(
        REFRESH, owner=by, payload={"artist_id": artist.pk}, dedupe_key=key
    )


def queue_pressings(album: Album, *, by: AbstractBaseUser | None = None) -> Job:
    """The job that reads an album's pressings, for somebody who waits: one for all who want it at
    once. Raises ReadLately."""
    note_demand(album.pk, "sync")
    key = f"album:{album.pk}"
    return _under_way(PRESSINGS, key, album.releases_synced_at) or enqueue(
        PRESSINGS,
        owner=by,
        payload={"album_id": album.pk},
        dedupe_key=key,
        lane=Job.Queue.INTERACTIVE,
    )


def _under_way(kind: str, key: str, read_at: datetime | None) -> Job | None:
    """Of what was read lately the job that still goes on (it reads more than what is dated), or
    ReadLately; None for what may be asked for."""
    if read_at is None or may_be_asked(read_at):
        return None
    job = Job.objects.filter(kind=kind, dedupe_key=key, state__in=Job.ACTIVE).first()
    if job is None:
        raise ReadLately(read_at + PAUSE)
    return job


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
