"""Artists of nearly one name, asked about where something else speaks for it or nothing against.

Only *loose* artists are looked up, as in `catalog.services.doubtful`: rows that one service tells
apart are never compared. A near name proves nothing, so this asks and never merges.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from catalog.matching import artist_similarity
from catalog.models import Artist, MatchReview
from catalog.queries.near_names import near_artists
from catalog.services.doubtful import (
    BY_NAME,
    MANY_ALBUMS,
    SHARED_AT_MOST,
    WEIGHTS,
    Part,
    Weighed,
    loose_artists,
    sources_of,
    titles_of,
)
from catalog.services.reviews import ask

# Near names of so many artists are looked up in one portion.
PORTION = 200
# More likely than not to be another artist: what is below is not worth a person's time.
ASK_FROM = 0.4
# Titles that many artists have: sharing one says nothing.
COMMON_TITLES = frozenset(
    (
        "untitled|live|greatest hits|best of|the best of|the very best of|hits|demo|demos|ep|"
        "remixes|singles|anthology|collection|the collection|unplugged|acoustic|christmas|debut|"
        "ii|iii|1|2"
    ).split("|")
)
# Log odds that names alone can take away, so that shared albums can contradict them.
AGAINST = -1.4


@dataclass(frozen=True)
class NearNames:
    """One portion: artists looked up, pairs compared, questions filed; `last` is the id to go on
    behind, None at the end."""

    artists: int
    compared: int
    asked: int
    last: int | None


def look_at_near_names(after: int, *, portion: int = PORTION) -> NearNames:
    """Compare the next loose artists behind the id `after` with the artists of nearly their
    names."""
    loose = list(loose_artists().filter(pk__gt=after).order_by("pk")[:portion])
    near = near_artists({artist.pk: artist.normalised for artist in loose})
    others = Artist.objects.in_bulk({pk for found in near.values() for pk in found})
    concerned = [*others, *(pk for pk in near)]
    ids, titles = sources_of(MatchReview.Kind.ARTIST, concerned), titles_of(concerned)
    tally: Counter[bool] = Counter()
    for artist in loose:
        for pk in near.get(artist.pk, ()):
            if ids[pk] & ids[artist.pk]:
                continue
            weighed = weigh_near(
                artist.name, others[pk].name, titles=(titles[artist.pk], titles[pk])
            )
            asked = weighed.confidence >= ASK_FROM and ask(
                MatchReview.Kind.ARTIST,
                artist.pk,
                pk,
                confidence=weighed.confidence,
                evidence=weighed.evidence,
            )
            tally[asked] += 1
    last = loose[-1].pk if len(loose) == portion else None
    return NearNames(len(loose), tally.total(), tally[True], last)


def weigh_near(name: str, other: str, *, titles: tuple[set[str], set[str]]) -> Weighed:
    """How sure it is that two rows of nearly one name are one artist: the names, for and against,
    and whether their albums (keys of titles) agree."""
    names = artist_similarity(name, other)
    bounded = min(0.99, max(0.01, names.score))
    odds = min(BY_NAME, max(AGAINST, math.log(bounded / (1 - bounded))))
    told = "; ".join(part.says for part in names.parts)
    parts = [Part("names", round(odds, 3), f"the names alone: {names.score:.0%} ({told})", 1.0)]
    shared = len((titles[0] & titles[1]) - COMMON_TITLES)
    if shared:
        parts.append(
            Part("shared_albums", *WEIGHTS["shared_albums"], float(min(shared, SHARED_AT_MOST)))
        )
    elif min(map(len, titles)) >= MANY_ALBUMS:
        parts.append(Part("no_shared_album", *WEIGHTS["no_shared_album"], 1.0))
    total = sum(part.weight * part.value for part in parts)
    return Weighed(1 / (1 + math.exp(-total)), tuple(parts), certain_names=False)
