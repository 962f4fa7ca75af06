"""A list that starts from one album: what is near to its artist, and to itself in style and sound.

Made when it is asked for and stored nowhere.
"""

from __future__ import annotations

from typing import Any

from accounts.models import User
from catalog.models import Album
from pricing.viewer import Viewer, viewer_for
from recommendations import queries
from recommendations.building import starting_from
from recommendations.content.near import near_albums
from recommendations.knowledge import Found
from recommendations.queries.page import Look, Records, cards_for, fields_of, with_facts
from recommendations.ranking import arrange
from recommendations.scoring import PAGE

PLAYS_OF_START = 100.0
NEAR_IN_CONTENT = 60


def cards_from(user: User, look: Look, viewer: Viewer | None = None) -> Records | None:
    """A page of albums near to `look.start`; None where there is no such album, or no list yet
    from which the page has its filters."""
    album = queries.album_or_none(look.start or 0)
    found: Any = with_facts(user)
    if album is None or found is None:
        return None
    viewer = viewer or viewer_for(user)
    dial = found.dial_set if look.dial is None else look.dial
    artists = queries.first_artist(album.pk)
    choices = queries.choices_of(user)
    rows, mix = starting_from(
        {one.pk: PLAYS_OF_START for one in artists},
        {one.pk: one.name for one in artists},
        choices,
        how="start",
        title=album.title,
        proposals=_in_content(album),
    )
    rows = [one for one in rows if one.album_id != album.pk]
    limit = 5 * PAGE if look.filters.any else PAGE
    ranked = arrange(rows, mix=mix, dial=dial, limit=limit)
    drawn = cards_for(ranked, viewer, filters=look.filters, signed_in=True)
    fields = fields_of(found, look, found.dial_set, viewer, album.title)
    return Records(found, drawn, fields, found.dismissed or 0, found.dial_set, look, album.title)


def _in_content(album: Album) -> dict[int, Found]:
    """Albums near to this one in style and sound; none without vectors."""
    near = near_albums({album.pk: 1.0}, limit=NEAR_IN_CONTENT)
    return {
        one.entity_id: Found(
            one.entity_id,
            one.score,
            ({"kind": "content", "albums": [album.title], "heard": one.heard},),
        )
        for one in near
    }
