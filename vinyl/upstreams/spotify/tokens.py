"""Spotify's tokens: an access token lives an hour, a consent six months, refreshed or not."""

from __future__ import annotations

from base64 import b64encode
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import datetime

from vinyl.upstreams import door, reading
from vinyl.upstreams.base import HeaderAuth
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.door import Ask, Lane
from vinyl.upstreams.errors import BadAnswer, NotConfigured
from vinyl.upstreams.spotify.judging import judge_token

CONSENT_MONTHS = 6


@dataclass(frozen=True)
class Grant:
    """Fresh tokens. `refresh_token` None: keep the old one. `expires_in` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scope: str


def consent_ends(consent_at: datetime) -> datetime:
    """When a consent given then ends for good: six calendar months later, at the same time of
    day (on the month's last day where it has no such day). Refreshing does not move it."""
    months = consent_at.month - 1 + CONSENT_MONTHS
    year, month = consent_at.year + months // 12, months % 12 + 1
    day = min(consent_at.day, monthrange(year, month)[1])
    return consent_at.replace(year=year, month=month, day=day)


def refresh(
    refresh_token: str, *, lane: Lane = Lane.BACKGROUND, person_id: int | None = None
) -> Grant:
    """New tokens for an old refresh token.

    CredentialsRejected only for `invalid_grant`: the person has to link again. An error that
    passes (5xx, timeout) is another one. It is never sent twice: when the first answer got lost
    Spotify may already have replaced the token.
    """
    if not (keys.value("SPOTIFY_CLIENT_ID") and keys.value("SPOTIFY_CLIENT_SECRET")):
        raise NotConfigured("spotify")
    pair = f"{keys.value('SPOTIFY_CLIENT_ID')}:{keys.value('SPOTIFY_CLIENT_SECRET')}"
    answer = door.call(
        Ask(
            upstream="spotify",
            url_key="spotify_accounts",
            path="/api/token",
            method="POST",
            form={"grant_type": "refresh_token", "refresh_token": refresh_token},
            auth=HeaderAuth("Basic " + b64encode(pair.encode()).decode()),
            personal=True,
            lane=lane,
            person_id=person_id,
            judge=judge_token,
        )
    )
    try:
        data = reading.mapping(answer.json())
        return Grant(
            access_token=reading.required_text(data.get("access_token"), "access_token"),
            refresh_token=reading.text(data.get("refresh_token")) or None,
            expires_in=reading.whole(data.get("expires_in"), 3600),
            scope=reading.text(data.get("scope")),
        )
    except reading.Malformed as error:
        raise BadAnswer("spotify", detail=str(error)) from error


def check_keys(*, lane: Lane = Lane.BACKGROUND) -> None:
    """Whether Spotify takes the site's id and secret; NotConfigured when not. Reads nothing: all
    there is to read belongs to people."""
    identity, secret = keys.value("SPOTIFY_CLIENT_ID"), keys.value("SPOTIFY_CLIENT_SECRET")
    if not (identity and secret):
        raise NotConfigured("spotify")
    door.call(
        Ask(
            upstream="spotify",
            url_key="spotify_accounts",
            path="/api/token",
            method="POST",
            form={"grant_type": "client_credentials"},
            auth=HeaderAuth("Basic " + b64encode(f"{identity}:{secret}".encode()).decode()),
            repeatable=True,
            lane=lane,
            judge=judge_token,
        )
    )
