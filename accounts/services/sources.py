"""Reads one period of one person's listening from a service. For workers: it calls out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from accounts.models import Listening
from accounts.services.snapshots import Heard
from vinyl.upstreams import lastfm, listenbrainz, spotify
from vinyl.upstreams.errors import Forbidden

ARTIST, ALBUM = Listening.Kind.ARTIST.value, Listening.Kind.ALBUM.value
Period = Listening.Period
LABELS = {
    Period.ALL.value: gettext_noop("All time"),
    Period.YEAR.value: gettext_noop("12 months"),
    Period.HALF.value: gettext_noop("6 months"),
    Period.QUARTER.value: gettext_noop("3 months"),
    Period.MONTH.value: gettext_noop("1 month"),
    Period.SAVED.value: gettext_noop("Saved"),
}
# Our periods and what each service calls them, longest first.
LASTFM = {
    Period.ALL.value: "overall",
    Period.YEAR.value: "12month",
    Period.HALF.value: "6month",
    Period.QUARTER.value: "3month",
    Period.MONTH.value: "1month",
}
LISTENBRAINZ = {
    Period.ALL.value: "all_time",
    Period.YEAR.value: "year",
    Period.HALF.value: "half_yearly",
    Period.QUARTER.value: "quarter",
    Period.MONTH.value: "month",
}
SPOTIFY = {
    Period.YEAR.value: "long_term",
    Period.HALF.value: "medium_term",
    Period.MONTH.value: "short_term",
    Period.SAVED.value: "",
}
PERIODS = {"lastfm": LASTFM, "listenbrainz": LISTENBRAINZ, "spotify": SPOTIFY}
# Beyond the thousandth artist nobody has a favourite, and Last.fm lets us store little.
LASTFM_PAGE, LASTFM_PAGES = 500, 2
LISTENBRAINZ_PAGE, LISTENBRAINZ_PAGES = 100, 5
SPOTIFY_PAGES = 2
# Newest first: the newest 500 of each say enough.
SAVED_PAGES = 10
# A saved album takes the first place. One of which only tracks are saved comes after it, so many
# places further up for each track.
SAVED_ALBUM_RANK, SAVED_TRACK_LAST, SAVED_TRACK_STEP, SAVED_TRACK_BEST = 1, 51, 10, 11
Turn = Callable[[], None]


@dataclass(frozen=True)
class PeriodRead:
    """One period's lines; `plays` is None where the service tells ranks only."""

    rows: tuple[Heard, ...]
    plays: int | None


def read_lastfm(client: lastfm.Client, name: str, period: str, turn: Turn) -> PeriodRead:
    """Artists and albums of one period. `turn` is called after each page."""
    wanted, rows, plays = LASTFM[period], [], 0
    for number in range(1, LASTFM_PAGES + 1):
        artists = client.top_artists(name, period=wanted, page=number, limit=LASTFM_PAGE)
        for one in artists:
            rows.append(Heard(ARTIST, one.name, mbid=one.mbid, plays=one.plays))
            plays += one.plays
        turn()
        if artists.is_last:
            break
    for number in range(1, LASTFM_PAGES + 1):
        albums = client.top_albums(name, period=wanted, page=number, limit=LASTFM_PAGE)
        rows += [
            Heard(ALBUM, it.artist, it.title, it.mbid, it.artist_mbid, plays=it.plays)
            for it in albums
        ]
        turn()
        if albums.is_last:
            break
    return PeriodRead(tuple(rows), plays)


def read_listenbrainz(
    client: listenbrainz.Client, name: str, period: str, turn: Turn
) -> PeriodRead | None:
    """As for Last.fm; None while ListenBrainz has not computed this period."""
    wanted, rows, plays = LISTENBRAINZ[period], [], 0
    for number in range(LISTENBRAINZ_PAGES):
        artists = client.top_artists(
            name, range=wanted, offset=number * LISTENBRAINZ_PAGE, count=LISTENBRAINZ_PAGE
        )
        if artists is None:
            return None
        for one in artists:
            rows.append(Heard(ARTIST, one.name, mbid=one.mbid, plays=one.plays))
            plays += one.plays
        turn()
        if artists.is_last:
            break
    for number in range(LISTENBRAINZ_PAGES):
        groups = client.top_release_groups(
            name, range=wanted, offset=number * LISTENBRAINZ_PAGE, count=LISTENBRAINZ_PAGE
        )
        if groups is None:
            break
        rows += [
            Heard(
                ALBUM,
                it.artist,
                it.title,
                it.mbid,
                it.artist_mbids[0] if len(it.artist_mbids) == 1 else "",
                plays=it.plays,
            )
            for it in groups
        ]
        turn()
        if groups.is_last:
            break
    return PeriodRead(tuple(rows), plays)


def read_spotify(client: spotify.Client, period: str, turn: Turn) -> PeriodRead:
    """Artists by rank; albums by the rank of their best track, with how many of their tracks are
    among the most played. For `Period.SAVED` what is saved there."""
    if period == Period.SAVED.value:
        return _read_saved(client, turn)
    wanted, rows = SPOTIFY[period], []
    for number in range(SPOTIFY_PAGES):
        artists = client.top_artists(wanted, offset=number * spotify.LIMIT)
        rows += [
            Heard(ARTIST, one.name, rank=number * spotify.LIMIT + place)
            for place, one in enumerate(artists, start=1)
        ]
        turn()
        if artists.is_last:
            break
    albums: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for number in range(SPOTIFY_PAGES):
        tracks = client.top_tracks(wanted, offset=number * spotify.LIMIT)
        for place, track in enumerate(tracks, start=1):
            if track.album is None or track.album.kind == "single":
                continue
            artist = track.album.artist or (track.artists[0].name if track.artists else "")
            rank = number * spotify.LIMIT + place
            _best, names = albums.setdefault((artist, track.album.name), (rank, set()))
            names.add(track.name)
        turn()
        if tracks.is_last:
            break
    rows += [
        Heard(ALBUM, artist, title, rank=best, distinct_tracks=len(names))
        for (artist, title), (best, names) in albums.items()
    ]
    return PeriodRead(tuple(rows), None)


def _read_saved(client: spotify.Client, turn: Turn) -> PeriodRead:
    """Albums that were saved, whole or by their tracks; `distinct_tracks` counts what was saved.

    Empty where the link does not allow it: links of an earlier time asked for less.
    """
    try:
        albums, tracks = _saved_albums(client, turn), _saved_tracks(client, turn)
    except Forbidden:
        return PeriodRead((), None)
    rows = [
        Heard(ALBUM, artist, title, rank=SAVED_ALBUM_RANK, distinct_tracks=count)
        for (artist, title), count in albums.items()
    ]
    for (artist, title), names in tracks.items():
        if (artist, title) not in albums:
            place = max(SAVED_TRACK_BEST, SAVED_TRACK_LAST - SAVED_TRACK_STEP * len(names))
            rows.append(Heard(ALBUM, artist, title, rank=place, distinct_tracks=len(names)))
    return PeriodRead(tuple(rows), None)


def _saved_albums(client: spotify.Client, turn: Turn) -> dict[tuple[str, str], int]:
    """Tracks of each (artist, title) that was saved whole, at least two."""
    found: dict[tuple[str, str], int] = {}
    for number in range(SAVED_PAGES):
        page = client.saved_albums(offset=number * spotify.LIMIT)
        for one in page:
            if one.album.kind != "single":
                found[one.album.artist, one.album.name] = max(2, one.album.total_tracks or 0)
        turn()
        if page.is_last:
            break
    return found


def _saved_tracks(client: spotify.Client, turn: Turn) -> dict[tuple[str, str], set[str]]:
    """Names of saved tracks by the (artist, title) of their album."""
    found: dict[tuple[str, str], set[str]] = {}
    for number in range(SAVED_PAGES):
        page = client.saved_tracks(offset=number * spotify.LIMIT)
        for one in page:
            album = one.track.album
            if album is not None and album.kind != "single":
                artist = album.artist or (one.track.artists[0].name if one.track.artists else "")
                found.setdefault((artist, album.name), set()).add(one.track.name)
        turn()
        if page.is_last:
            break
    return found
