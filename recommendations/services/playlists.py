"""Records from a playlist: a pasted list, or one of the person's own at Spotify."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from accounts.linking import spotify_access_token
from accounts.models import User
from catalog.queries import AlbumRef, ArtistRef, match_albums, match_artists
from recommendations import playlists, queries
from recommendations.building import starting_from
from recommendations.candidates import OWN, Candidate
from recommendations.playlists import Track, TrackList
from recommendations.ranking import arrange
from recommendations.scoring import PAGE
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.jobs.services import enqueue
from vinyl.upstreams import spotify
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import CredentialsRejected, Forbidden, NotFound

READ_PLAYLIST = "recommendations.read_playlist"
MOST_LISTS = 200
# Spotify lets go of 80 answers in half a minute; one step takes half of that at most.
PAGES_A_STEP = 20
UNKNOWN = "unknown"
# One track of an artist counts as much as so many plays.
PLAYS_OF_TRACK = 20.0
_ID = re.compile(
    r"^(?:https://open\.spotify\.com/(?:intl-[a-z]+/)?playlist/|spotify:playlist:)?"
    r"([A-Za-z0-9]{16,40})(?:\?.*)?$"
)
NOT_YOURS = gettext_noop("Spotify opens your own playlists only, and those that you work on.")
LINK_FIRST = gettext_noop("Link your Spotify account first.")


@dataclass(frozen=True)
class Matched:
    """A list as the catalogue knows it. `artists` are (id, name, tracks), most tracks first;
    `unknown` names of artists that it does not know; `albums` those that the list names. `skipped`
    are those of TrackList, and under UNKNOWN the tracks of artists whom it does not know."""

    name: str = ""
    artists: tuple[tuple[int, str, int], ...] = ()
    albums: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    used: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return self.used + sum(self.skipped.values())

    def as_data(self) -> dict[str, Any]:
        """For a session or the result of a job."""
        return {
            "name": self.name,
            "artists": [list(one) for one in self.artists],
            "albums": list(self.albums),
            "unknown": list(self.unknown),
            "used": self.used,
            "skipped": dict(self.skipped),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Matched:
        artists = tuple((int(pk), str(name), int(count)) for pk, name, count in data["artists"])
        return cls(
            str(data.get("name", "")),
            artists,
            tuple(int(one) for one in data.get("albums", ())),
            tuple(str(one) for one in data.get("unknown", ())),
            int(data.get("used", 0)),
            {str(key): int(count) for key, count in data.get("skipped", {}).items()},
        )


def match_text(text: str) -> Matched:
    """A pasted list, matched. Database only."""
    return match_tracks(playlists.parse(text))


def match_tracks(found: TrackList, *, name: str = "") -> Matched:
    """Which artists and albums of these tracks the catalogue knows."""
    counted = Counter(track.artist for track in found.tracks)
    refs = {ArtistRef(artist): artist for artist in counted}
    known = match_artists(list(refs))
    names = {artist.pk: artist.name for artist in queries.artists_by_id(known.values())}
    tracks: Counter[int] = Counter()
    unknown = []
    for ref, artist in refs.items():
        if known.get(ref) in names:
            tracks[known[ref]] += counted[artist]
        else:
            unknown.append(artist)
    used = tracks.total()
    missed = {UNKNOWN: len(found.tracks) - used} if used < len(found.tracks) else {}
    albums = match_albums(list(_album_refs(found.tracks)))
    return Matched(
        name=name,
        artists=tuple((pk, names[pk], count) for pk, count in tracks.most_common()),
        albums=tuple(dict.fromkeys(albums.values())),
        unknown=tuple(unknown[:50]),
        used=used,
        skipped={**found.skipped, **missed},
    )


def _album_refs(tracks: Iterable[Track]) -> Iterable[AlbumRef]:
    return {AlbumRef(one.artist, one.album): None for one in tracks if one.album}


def records_from(user: User, matched: Matched, *, dial: int | None = None) -> list[Candidate]:
    """Two pages of records from a playlist: those it names, by its artists, and near to them.
    Nothing owned or dismissed. Nothing is stored."""
    if not matched.artists:
        return []
    weights = {pk: PLAYS_OF_TRACK * count for pk, _name, count in matched.artists}
    names = {pk: name for pk, name, _count in matched.artists}
    found, mix = starting_from(
        weights,
        names,
        queries.choices_of(user),
        how="listed",
        tracks={pk: count for pk, _name, count in matched.artists},
        albums=frozenset(matched.albums),
    )
    dial = queries.taste_of(user).dial if dial is None else dial
    mine = arrange([one for one in found if one.tab == OWN], mix=mix, dial=dial, limit=PAGE)
    near = arrange([one for one in found if one.tab != OWN], mix=mix, dial=dial, limit=PAGE)
    return [*mine, *near]


# --- at Spotify ------------------------------------------------------------------------------


def playlist_id(text: str) -> str:
    """The id in a typed id, address or URI of a playlist; "" where there is none."""
    found = _ID.match(text.strip())
    return found.group(1) if found else ""


def ask_spotify(user: User, playlist: str = "") -> Job:
    """Queue reading one of the person's playlists, or, without an id, which they have."""
    payload = {"user_id": user.pk, "playlist": playlist}
    key = f"user:{user.pk}:{playlist or 'all'}"
    return enqueue(READ_PLAYLIST, owner=user, payload=payload, dedupe_key=key, lane="interactive")


def forget_playlists(user: User) -> int:
    """Delete what was read of the person's playlists; how many reads."""
    return Job.objects.filter(owner=user, kind=READ_PLAYLIST).delete()[0]


def read_step(ctx: JobContext, user: User) -> StepResult:
    """For workers: it calls out. The result is `playlists` or, with an id, a Matched as data."""
    wanted = str(ctx.payload.get("playlist", ""))
    try:
        token = spotify_access_token(user, lane=Lane.INTERACTIVE)
        client = spotify.Client(
            access_token=token, person_id=user.pk, market=user.country, lane=Lane.INTERACTIVE
        )
        return _one(ctx, client, wanted) if wanted else Done(_all(client))
    except CredentialsRejected as error:
        raise Fail("not_linked", LINK_FIRST) from error
    except (Forbidden, NotFound) as error:
        raise Fail("not_yours", NOT_YOURS) from error


def _all(client: spotify.Client) -> dict[str, Any]:
    mine = client.me().id
    found: list[dict[str, Any]] = []
    for number in range(MOST_LISTS // spotify.LIMIT):
        page = client.playlists(offset=number * spotify.LIMIT)
        found += [
            {"id": one.id, "name": one.name, "tracks": one.total_tracks}
            for one in page
            if one.owner_id == mine or one.collaborative
        ]
        if page.is_last:
            break
    return {"playlists": found}


def _one(ctx: JobContext, client: spotify.Client, wanted: str) -> StepResult:
    """The next pages of one playlist. Every entry is a track or has its reason: what could not be
    read and what lies beyond `MOST_TRACKS` entries is told as such."""
    found: list[Track | str] = [
        one if isinstance(one, str) else Track(*one) for one in ctx.checkpoint.get("found", [])
    ]
    for _page in range(PAGES_A_STEP):
        page = client.playlist_items(wanted, offset=len(found))
        held = min(spotify.LIMIT, page.total - len(found))
        found += [_track(entry) for entry in page]
        found += [playlists.UNREADABLE] * (held - len(page))
        ctx.progress(len(found), page.total)
        left = max(0, page.total - len(found))
        if not left or not held or len(found) >= playlists.MOST_TRACKS:
            found += [playlists.TOO_MANY] * left
            return Done(match_tracks(playlists.collect(found)).as_data())
    return More({"found": [one if isinstance(one, str) else astuple(one) for one in found]})


_SKIPPED = {
    spotify.LOCAL: playlists.LOCAL,
    spotify.EPISODE: playlists.PODCAST,
    spotify.GONE: playlists.GONE,
}


def _track(entry: spotify.PlaylistEntry) -> Track | str:
    track = entry.track
    if track is None:
        return _SKIPPED[entry.kind]
    if not track.artists:
        return playlists.UNREADABLE
    album = track.album.name if track.album is not None and track.album.kind != "single" else ""
    artist = (track.album.artist if track.album else "") or track.artists[0].name
    return Track(artist, track.name, album)
