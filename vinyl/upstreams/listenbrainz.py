"""ListenBrainz: open listening data (CC0), and its labs' similar artists.

Statistics are computed in batches: a person without any yet gets HTTP 204, which is None here
and not an error. Identifiers are often null where a play was never mapped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient, HeaderAuth, path
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.errors import NotConfigured, NotFound, unknown_person
from vinyl.upstreams.reading import Page

T = TypeVar("T")
Json = Mapping[str, Any]
RANGES = ("all_time", "year", "half_yearly", "quarter", "month", "week",
          "this_year", "this_month", "this_week")  # fmt: skip
COUNT = 100
SIMILARITY = (
    "session_based_days_7500_session_300_contribution_5_threshold_10_limit_100_filter_True_skip_30"
)


@dataclass(frozen=True)
class PlayedArtist:
    """`mbids` is empty where unmapped; several for a joint credit."""

    name: str
    plays: int
    mbids: tuple[str, ...] = ()

    @property
    def mbid(self) -> str:
        return self.mbids[0] if len(self.mbids) == 1 else ""


@dataclass(frozen=True)
class PlayedReleaseGroup:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbids: tuple[str, ...] = ()
    cover_release_mbid: str = ""


@dataclass(frozen=True)
class PlayedRelease(PlayedReleaseGroup):
    """A row of the releases' statistics: one edition, where release groups are whole works."""


@dataclass(frozen=True)
class PlayedRecording:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbids: tuple[str, ...] = ()
    release: str = ""
    release_mbid: str = ""


@dataclass(frozen=True)
class Popularity:
    """What everybody plays of one thing; None where ListenBrainz has no figures for it."""

    mbid: str
    listens: int | None = None
    listeners: int | None = None


@dataclass(frozen=True)
class PopularRecording:
    mbid: str
    title: str
    listens: int
    listeners: int
    artist: str = ""
    artist_mbids: tuple[str, ...] = ()
    release: str = ""
    release_mbid: str = ""
    milliseconds: int | None = None


@dataclass(frozen=True)
class Statistics(Page[Any]):
    """A page of statistics with the days they cover."""

    covers_from: datetime | None = None
    covers_until: datetime | None = None
    computed_at: datetime | None = None


@dataclass(frozen=True)
class Listen:
    """One play; MusicBrainz ids are "" where ListenBrainz has not mapped it."""

    listened_at: datetime
    artist: str
    track: str
    release: str = ""
    recording_mbid: str = ""
    release_mbid: str = ""
    artist_mbids: tuple[str, ...] = ()


@dataclass(frozen=True)
class PopularReleaseGroup:
    mbid: str
    title: str
    listens: int
    listeners: int
    artist: str = ""
    kind: str = ""
    released: str = ""


@dataclass(frozen=True)
class SimilarArtist:
    """`score` has no fixed scale; compare within one answer only."""

    mbid: str
    name: str
    score: int
    comment: str = ""


class Client(BaseClient):
    """ListenBrainz for one caller, with the site's token."""

    upstream = "listenbrainz"

    def top_artists(
        self, user: str, *, range: str = "all_time", offset: int = 0, count: int = COUNT
    ) -> Page[PlayedArtist] | None:
        """Artists by plays; None while ListenBrainz has not computed them; NotFound: no such
        person."""
        return self._statistics(user, "artists", _played_artist, range, offset, count)

    def top_release_groups(
        self, user: str, *, range: str = "all_time", offset: int = 0, count: int = COUNT
    ) -> Page[PlayedReleaseGroup] | None:
        """Albums by plays; None while not computed."""
        return self._statistics(user, "release-groups", _played_group, range, offset, count)

    def top_releases(
        self, user: str, *, range: str = "all_time", offset: int = 0, count: int = COUNT
    ) -> Page[PlayedRelease] | None:
        """Editions by plays; None while not computed."""
        return self._statistics(user, "releases", _played_release, range, offset, count)

    def top_recordings(
        self, user: str, *, range: str = "all_time", offset: int = 0, count: int = COUNT
    ) -> Page[PlayedRecording] | None:
        """Tracks by plays; None while not computed."""
        return self._statistics(user, "recordings", _played_recording, range, offset, count)

    def listens(
        self, user: str, *, max_ts: int | None = None, count: int = COUNT
    ) -> tuple[Listen, ...]:
        """Single plays before `max_ts` (epoch seconds), newest first."""
        asked = {"count": str(count)} | ({"max_ts": str(max_ts)} if max_ts else {})
        with self._reading():
            payload = self._person(user, path("1", "user", user, "listens"), asked)
            return reading.each(reading.sub(payload, "payload").get("listens"), _listen)

    def top_release_groups_for_artist(self, mbid: str) -> tuple[PopularReleaseGroup, ...]:
        """An artist's albums by everybody's plays, most played first."""
        with self._reading():
            answer = self._ask(path("1", "popularity", "top-release-groups-for-artist", mbid), {})
            return reading.each(answer, _popular)

    def top_recordings_for_artist(self, mbid: str) -> tuple[PopularRecording, ...]:
        """An artist's tracks by everybody's plays, most played first."""
        with self._reading():
            answer = self._ask(path("1", "popularity", "top-recordings-for-artist", mbid), {})
            return reading.each(answer, _popular_recording)

    def artist_popularity(self, mbids: Sequence[str]) -> tuple[Popularity, ...]:
        """How much everybody plays these artists; see `release_group_popularity`."""
        return self._popularity("artist", mbids)

    def release_group_popularity(self, mbids: Sequence[str]) -> tuple[Popularity, ...]:
        """How much everybody plays these albums, in the order asked, at most 100 at once. What
        ListenBrainz has no figures for is there with None."""
        return self._popularity("release_group", mbids)

    def release_popularity(self, mbids: Sequence[str]) -> tuple[Popularity, ...]:
        """How much everybody plays these editions; see `release_group_popularity`."""
        return self._popularity("release", mbids)

    def recording_popularity(self, mbids: Sequence[str]) -> tuple[Popularity, ...]:
        """How much everybody plays these tracks; see `release_group_popularity`."""
        return self._popularity("recording", mbids)

    def similar_artists(self, mbid: str) -> tuple[SimilarArtist, ...]:
        """Best first, at most 100. The labs host is experimental: NotConfigured when switched off
        (LISTENBRAINZ_LABS)."""
        if not settings.LISTENBRAINZ_LABS:
            raise NotConfigured(self.upstream)
        with self._reading():
            answer = self._call(
                "/similar-artists/json",
                {"artist_mbids": mbid, "algorithm": SIMILARITY},
                url_key="listenbrainz_labs",
            )
            return reading.each(answer.json(), _similar)

    def token_is_valid(self) -> bool:
        """Whether ListenBrainz accepts this site's token."""
        with self._reading():
            return reading.mapping(self._ask("/1/validate-token", {})).get("valid") is True

    def _popularity(self, kind: str, mbids: Sequence[str]) -> tuple[Popularity, ...]:
        if not 0 < len(mbids) <= COUNT:
            raise ValueError(f"ask for 1 to {COUNT} at once")
        asked = json.dumps({f"{kind}_mbids": list(mbids)}).encode()
        where = path("1", "popularity", kind.replace("_", "-"))
        with self._reading():
            # A question in spite of its method: asking twice changes nothing.
            answer = self._ask(
                where,
                {},
                method="POST",
                body=asked,
                headers={"Content-Type": "application/json"},
                repeatable=True,
            )
            return reading.each(answer, lambda row: _popularity(kind, row))

    def _statistics(
        self, user: str, what: str, parse: Callable[[Json], T], range: str, offset: int, count: int
    ) -> Statistics | None:
        asked = {"range": range, "offset": str(offset), "count": str(count)}
        with self._reading():
            body = self._person(user, path("1", "stats", "user", user, what), asked)
            if body is None:
                return None
            payload = reading.mapping(body.get("payload"), "payload")
            key = what.replace("-", "_")
            if key not in payload:
                raise reading.Malformed(f"{key} is missing")
            total = reading.whole(payload.get(f"total_{key[:-1]}_count"))
            return Statistics(
                items=reading.each(payload[key], parse),
                page=offset // count + 1,
                pages=-(-total // count),
                total=total,
                covers_from=reading.moment(payload.get("from_ts")),
                covers_until=reading.moment(payload.get("to_ts")),
                computed_at=reading.moment(payload.get("last_updated")),
            )

    def _person(self, user: str, where: str, params: Mapping[str, str]) -> Json | None:
        try:
            body = self._ask(where, params, timedelta(minutes=2))
        except NotFound as error:
            raise unknown_person(self.upstream, user) from error
        return None if body is None else reading.mapping(body)

    def _ask(
        self,
        where: str,
        params: Mapping[str, str],
        remember: timedelta = timedelta(hours=6),
        **more: Any,
    ) -> Any:
        token = keys.value("LISTENBRAINZ_TOKEN")
        answer = self._call(
            where,
            params,
            auth=HeaderAuth(f"Token {token}") if token else None,
            remember_missing=remember,
            **more,
        )
        return None if answer.status == 204 else answer.json()


def _mbids(row: Json) -> tuple[str, ...]:
    return reading.texts(row.get("artist_mbids")) or reading.texts(row.get("artist_mbid"))


def _played_artist(row: Json) -> PlayedArtist:
    return PlayedArtist(
        name=reading.required_text(row.get("artist_name"), "artist name"),
        plays=reading.whole(row.get("listen_count")),
        mbids=_mbids(row),
    )


def _played_group(row: Json) -> PlayedReleaseGroup:
    return PlayedReleaseGroup(
        artist=reading.text(row.get("artist_name")),
        title=reading.required_text(row.get("release_group_name"), "release group name"),
        plays=reading.whole(row.get("listen_count")),
        mbid=reading.text(row.get("release_group_mbid")),
        artist_mbids=_mbids(row),
        cover_release_mbid=reading.text(row.get("caa_release_mbid")),
    )


def _played_release(row: Json) -> PlayedRelease:
    return PlayedRelease(
        artist=reading.text(row.get("artist_name")),
        title=reading.required_text(row.get("release_name"), "release name"),
        plays=reading.whole(row.get("listen_count")),
        mbid=reading.text(row.get("release_mbid")),
        artist_mbids=_mbids(row),
        cover_release_mbid=reading.text(row.get("caa_release_mbid")),
    )


def _played_recording(row: Json) -> PlayedRecording:
    return PlayedRecording(
        artist=reading.text(row.get("artist_name")),
        title=reading.required_text(row.get("track_name"), "track name"),
        plays=reading.whole(row.get("listen_count")),
        mbid=reading.text(row.get("recording_mbid")),
        artist_mbids=_mbids(row),
        release=reading.text(row.get("release_name")),
        release_mbid=reading.text(row.get("release_mbid")),
    )


def _popularity(kind: str, row: Json) -> Popularity:
    return Popularity(
        mbid=reading.required_text(row.get(f"{kind}_mbid"), kind),
        listens=reading.maybe_whole(row.get("total_listen_count")),
        listeners=reading.maybe_whole(row.get("total_user_count")),
    )


def _popular_recording(row: Json) -> PopularRecording:
    return PopularRecording(
        mbid=reading.required_text(row.get("recording_mbid"), "recording"),
        title=reading.text(row.get("recording_name")),
        listens=reading.whole(row.get("total_listen_count")),
        listeners=reading.whole(row.get("total_user_count")),
        artist=reading.text(row.get("artist_name")),
        artist_mbids=_mbids(row),
        release=reading.text(row.get("release_name")),
        release_mbid=reading.text(row.get("release_mbid")),
        milliseconds=reading.maybe_whole(row.get("length")),
    )


def _listen(row: Json) -> Listen:
    track = reading.mapping(row.get("track_metadata"), "track_metadata")
    mapped = reading.sub(track, "mbid_mapping")
    at = reading.moment(row.get("listened_at"))
    if at is None:
        raise reading.Malformed("listened_at is missing")
    return Listen(
        listened_at=at,
        artist=reading.required_text(track.get("artist_name"), "artist name"),
        track=reading.required_text(track.get("track_name"), "track name"),
        release=reading.text(track.get("release_name")),
        recording_mbid=reading.text(mapped.get("recording_mbid")),
        release_mbid=reading.text(mapped.get("release_mbid")),
        artist_mbids=reading.texts(mapped.get("artist_mbids")),
    )


def _popular(row: Json) -> PopularReleaseGroup:
    # Name and dates sit in nested blocks in some versions of this answer, flat in others.
    group = reading.sub(row, "release_group") or row
    artist = reading.sub(row, "artist")
    return PopularReleaseGroup(
        mbid=reading.required_text(row.get("release_group_mbid"), "release group"),
        title=reading.text(group.get("name")) or reading.text(row.get("release_group_name")),
        listens=reading.whole(row.get("total_listen_count")),
        listeners=reading.whole(row.get("total_user_count")),
        artist=reading.text(artist.get("name")) or reading.text(row.get("artist_name")),
        kind=reading.text(group.get("type")),
        released=reading.text(group.get("date")),
    )


def _similar(row: Json) -> SimilarArtist:
    return SimilarArtist(
        mbid=reading.required_text(row.get("artist_mbid"), "artist"),
        name=reading.text(row.get("name")),
        score=reading.whole(row.get("score")),
        comment=reading.text(row.get("comment")),
    )
