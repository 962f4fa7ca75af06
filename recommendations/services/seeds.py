"""Artists whom people name, and the list of somebody without an account."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from accounts.models import User
from catalog.models import Artist
from catalog.queries import ArtistRef, match_artists, of_artists
from recommendations import queries
from recommendations.building import pool_for
from recommendations.candidates import Candidate
from recommendations.models import Lean, Seed
from recommendations.queries import FIND_ARTISTS
from recommendations.ranking import arrange
from recommendations.scoring import PAGE
from recommendations.services.sets import request_refresh
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

MOST_SEEDS = 200
LONGEST_NAME = 200
_SEPARATORS = re.compile(r"[\n\r;,\t]+")


class TooManySeeds(Exception):
    """The person named as many artists as one may."""


@dataclass(frozen=True, slots=True)
class Named:
    """What became of names: artists that the catalogue knows, and names that it does not yet."""

    known: tuple[Artist, ...]
    unknown: tuple[str, ...]
    job: Job | None = None


def add_seed(user: User, artist: Artist) -> bool:
    """Add an artist to the seeds; False where they are there already or stand for nobody.

    Raises TooManySeeds at 200.
    """
    if artist.is_placeholder:
        return False
    if Seed.objects.filter(user=user).count() >= MOST_SEEDS:
        raise TooManySeeds
    if Seed.objects.filter(of_artists([artist.pk]), user=user).exists():
        return False  # under the name of one that was merged into this one
    return Seed.objects.get_or_create(user=user, artist=artist)[1]


def add_seeds(user: User, artist_ids: Iterable[int]) -> int:
    """Add these artists, as far as there is room, and ask for a new set; how many are new."""
    new = 0
    named = queries.artists_by_id(artist_ids)
    # Named by hand they stay, even if "more like this" that named them first is taken back.
    by_hand = of_artists([artist.pk for artist in named])
    Lean.objects.filter(by_hand, user=user, named=True).update(named=False)
    for artist in named:
        try:
            new += add_seed(user, artist)
        except TooManySeeds:
            break
    if new:
        request_refresh(user)
    return new


def remove_seed(user: User, artist_id: int) -> bool:
    """Take an artist out of the seeds; False where they were not there."""
    gone = Seed.objects.filter(of_artists([artist_id]), user=user).delete()[0]
    if gone:
        request_refresh(user)
    return bool(gone)


def names_in(text: str) -> list[str]:
    """Artist names of a pasted list: one a line, or between commas or semicolons; each once."""
    names = (part.strip()[:LONGEST_NAME] for part in _SEPARATORS.split(text))
    return list({name.casefold(): name for name in names if name}.values())[:MOST_SEEDS]


def match_names(names: Sequence[str]) -> Named:
    """Which of these names the catalogue knows; database only. The order is kept."""
    refs = [ArtistRef(name) for name in names]
    found = match_artists(refs)
    artists = {artist.pk: artist for artist in queries.artists_by_id(found.values())}
    known = {
        found[ref]: artists[found[ref]] for ref in refs if ref in found and found[ref] in artists
    }
    unknown = tuple(ref.name for ref in refs if found.get(ref) not in artists)
    return Named(tuple(known.values()), unknown)


def add_seeds_from_text(user: User, text: str) -> Named:
    """Add the artists of a typed or pasted list; names that are not known yet are looked up
    by a worker and added when found."""
    named = match_names(names_in(text))
    add_seeds(user, [artist.pk for artist in named.known])
    return replace(named, job=find_artists(named.unknown, user=user)) if named.unknown else named


def find_artists(
    names: Sequence[str], *, user: User | None = None, artist_ids: Sequence[int] = ()
) -> Job:
    """Queue the search for unknown names, and for whom these artists are near to."""
    payload = {"names": list(names), "artist_ids": list(artist_ids)}
    key = json.dumps(payload, sort_keys=True, ensure_ascii=False)
    short = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    who = f"user:{user.pk}" if user else "try"
    return enqueue(FIND_ARTISTS, owner=user, payload=payload, dedupe_key=f"{who}:{short}")


# --- without an account -------------------------------------------------------------------


def try_out(artist_ids: Collection[int]) -> list[Candidate]:
    """A page of candidates for somebody who only named artists; nothing is stored."""
    pool = pool_for(queries.listener_of_seeds(artist_ids))
    return arrange(pool.albums, mix=pool.mix, limit=PAGE)
