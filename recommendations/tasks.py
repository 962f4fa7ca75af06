"""Jobs of recommendations: make a person's set, find artists whom somebody named."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from accounts.models import User
from catalog import job_subjects
from catalog.matching import normalise_name
from catalog.queries import ArtistRef, match_artists
from catalog.services import get_or_create_artist, sync_similar_artists
from recommendations import coverage, queries, services
from recommendations.ahead import draw_ahead
from recommendations.candidates import Listener
from recommendations.candidates2 import strongest
from recommendations.content import jobs as content
from recommendations.queries import FIND_ARTISTS, MAKE_SET
from recommendations.scoring import FAVOURITES
from recommendations.services.playlists import READ_PLAYLIST, read_step
from recommendations.similarity import jobs as similarity
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult, job_kind
from vinyl.jobs.services import enqueue
from vinyl.upstreams import lastfm, musicbrainz
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotConfigured, NotFound, UpstreamError

log = logging.getLogger(__name__)

STORE_VIEWS = "recommendations.store_views"
# Registered when its module is read.
COVERAGE = coverage.KIND
CONTENT = (content.BUILD, content.MEASURE)
SIMILARITY = (similarity.TRAIN,)

# Outside calls in one step; a step stays well under a minute.
ARTISTS_A_STEP = 8


@job_kind(MAKE_SET, queue="interactive", label=gettext_noop("Your albums"))
def make_set(ctx: JobContext) -> StepResult:
    """A set from what is known at once, then one more when the neighbours of seeds and
    favourites were asked for. Outside services that are down delay nothing. At the end its first
    cards are drawn, so that the page that waits for it reads them."""
    user = User.objects.filter(pk=ctx.payload["user_id"]).first()
    if user is None:
        raise Fail("gone", gettext_noop("This account no longer exists."))
    asked = list(ctx.checkpoint.get("asked", []))
    if asked:
        missing = [one for one in _strangers(queries.listener_of(user)) if one not in asked]
        total = ctx.checkpoint["total"]
        answered, done = True, 0
        for artist_id in missing[:ARTISTS_A_STEP]:
            done += 1
            answered = answered and _learn(artist_id)
            asked.append(artist_id)
            ctx.progress(len(asked) - 1, total, gettext_noop("Artists near to yours"))
        if answered and len(missing) > done:
            return More({"asked": asked, "total": total})
    made = services.make_set(user)
    if not asked:
        missing = _strangers(queries.listener_of(user))
        if missing:
            return More({"asked": [0], "total": len(missing)})
    services.ask_ratings(made.set)
    draw_ahead(user)
    return Done({"set": made.set.pk, "albums": made.albums, "unchanged": made.unchanged})


def _strangers(listener: Listener) -> list[int]:
    """Seeds and favourites whose neighbours were not asked for lately."""
    loved = {*listener.seeds, *strongest(listener.weights, FAVOURITES)}
    return [artist.pk for artist in queries.without_neighbours(sorted(loved))]


def _learn(artist_id: int) -> bool:
    """Ask who is near to an artist; False when nobody answers just now."""
    for artist in queries.artists_by_id([artist_id]):
        try:
            sync_similar_artists(artist, lane=Lane.INTERACTIVE)
        except UpstreamError as error:
            log.info("No neighbours of artist %s: %s", artist_id, error)
            return error.retry_at is None
    return True


def _look_up(name: str) -> int | None:
    """The artist of a typed name: ours, else one that Last.fm or MusicBrainz knows, with its
    albums queued. None where nobody knows the name; so a typing mistake makes no artist."""
    [*known] = match_artists([ArtistRef(name)]).values()
    if known:
        return known[0]
    outside = _known_outside(name)
    if outside is None:
        return None
    artist = get_or_create_artist(name=outside.name, mbid=outside.mbid, lane=Lane.INTERACTIVE)
    if artist.is_placeholder:
        return None
    enqueue(
        "catalog.sync_artist_albums",
        payload={"artist_id": artist.pk},
        dedupe_key=f"artist:{artist.pk}",
        lane="interactive",
    )
    return artist.pk


@dataclass(frozen=True, slots=True)
class Outside:
    """A name as an outside service writes it, with its MusicBrainz id or ""."""

    name: str
    mbid: str


def _known_outside(name: str) -> Outside | None:
    try:
        info = lastfm.Client(lane=Lane.INTERACTIVE).artist_info(name)
        return Outside(info.name, info.mbid or "")
    except NotFound:
        return None
    except NotConfigured:
        hits = musicbrainz.Client(lane=Lane.INTERACTIVE).search_artists(name, limit=5)
        exact = [hit for hit in hits if normalise_name(hit.name) == normalise_name(name)]
        return Outside(exact[0].name, exact[0].mbid) if exact else None


@job_kind(
    FIND_ARTISTS,
    queue="interactive",
    label=gettext_noop("Artists you named"),
    subject=job_subjects.of_names,
)
def find_artists(ctx: JobContext) -> StepResult:
    """Look up names that the catalogue does not know, and the neighbours of all of them.

    The result holds `artist_ids` and the names that stay `unknown`. With an owner the found
    artists become seeds.
    """
    names, found = list(ctx.payload.get("names", [])), list(ctx.checkpoint.get("found", []))
    unknown = list(ctx.checkpoint.get("unknown", []))
    start = ctx.checkpoint.get("next", 0)
    total = len(names) + len(ctx.payload.get("artist_ids", []))
    for place, name in enumerate(names[start : start + ARTISTS_A_STEP], start=start + 1):
        artist_id = _look_up(name)
        if artist_id is None:
            unknown.append(name)
        else:
            found.append(artist_id)
        ctx.progress(place, total)
    if start + ARTISTS_A_STEP < len(names):
        return More({"next": start + ARTISTS_A_STEP, "found": found, "unknown": unknown})
    everybody = [*ctx.payload.get("artist_ids", []), *found]
    for artist in queries.without_neighbours(everybody)[:ARTISTS_A_STEP]:
        _learn(artist.pk)
    owner = User.objects.filter(pk=ctx.owner_id).first() if ctx.owner_id else None
    if owner is not None:
        services.add_seeds(owner, found)
    return Done({"artist_ids": everybody, "unknown": unknown})


@job_kind(STORE_VIEWS, queue="bulk", label=gettext_noop("What was shown"))
def store_views(_ctx: JobContext) -> StepResult:
    """Every hour: note which recommended albums people saw."""
    return Done({"sets": services.store_all_views()})


@job_kind(READ_PLAYLIST, queue="interactive", label=gettext_noop("A playlist at Spotify"))
def read_playlist(ctx: JobContext) -> StepResult:
    """The person's playlists, or the tracks of one of them; see services.playlists."""
    user = User.objects.filter(pk=ctx.payload["user_id"]).first()
    if user is None:
        raise Fail("gone", gettext_noop("This account no longer exists."))
    return read_step(ctx, user)
