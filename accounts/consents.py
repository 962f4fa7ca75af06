"""How far a person's consent at a service is from its end. No query.

Only Spotify ends a consent by its age: six months after it was given, refreshed or not (see
`vinyl.upstreams.spotify.consent_ends`). The others keep a link until somebody revokes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.models import LinkedService
from vinyl.upstreams import spotify

MONTH_BEFORE, WEEK_BEFORE = timedelta(days=30), timedelta(days=7)
# The shortest six months, which end in February or begin with September, are 181 days long.
# About a consent younger than this there is nothing to say.
YOUNGEST = timedelta(days=181) - MONTH_BEFORE


class Stage(StrEnum):
    """What is due to be said, in the order of time. MONTH and WEEK are kept in the row."""

    MONTH = "month"
    WEEK = "week"
    OVER = "over"


@dataclass(frozen=True)
class Ending:
    """A consent that ends at `ends` (aware), and how near that is."""

    ends: datetime
    stage: Stage

    @property
    def over(self) -> bool:
        return self.stage is Stage.OVER


def ending_of(link: LinkedService, now: datetime) -> Ending | None:
    """The end of the link's consent where it is at most a month away; None for every other link,
    also for one that does not work any more."""
    ends = _end_of(link)
    if ends is None or link.state != LinkedService.State.OK or now < ends - MONTH_BEFORE:
        return None
    if now >= ends:
        return Ending(ends, Stage.OVER)
    return Ending(ends, Stage.WEEK if now >= ends - WEEK_BEFORE else Stage.MONTH)


def _end_of(link: LinkedService) -> datetime | None:
    if link.service != LinkedService.Service.SPOTIFY or link.consent_at is None:
        return None
    return spotify.consent_ends(link.consent_at)
