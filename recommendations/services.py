"""Writes: make a set, keep, dismiss and take back, name artists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import add_owned
from catalog.models import Album, Artist
from catalog.queries import ArtistRef, match_artists, of_albums, of_artists
from catalog.services import note_demand, unrated_albums
from recommendations import queries
from recommendations.candidates import (
    Candidate,
    Listener,
    allowed,
    neighbourhood,
    scored,
)
from recommendations.models import Dismissal, Lock, Recommendation, RecommendationSet, Seed
from recommendations.queries import FIND_ARTISTS, MAKE_SET, RESERVE, Choices
from recommendations.scoring import LEAST_LEFT, PAGE, VERSION, rerank
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

KEPT_FOR = timedelta(hours=24)
# A set keeps three pages: one is shown, two fill it up.
CANDIDATES_KEPT = 3 * PAGE
ALBUMS_OF_LOVED, ALBUMS_OF_NEAR = 10, 3
MOST_NEAR_ARTISTS = 120
# Sets that are kept, so that somebody who reads a page while a new one is made loses nothing.
SETS_KEPT = 3
MOST_SEEDS = 200
LONGEST_NAME = 200
_SEPARATORS = re.compile(r"[\n\r;,\t]+")


class TooManyDismissals(Exception):
    """The person dismissed 100 albums in 30 days; more do not count until a reset."""

    def __str__(self) -> str:
        return _("You dismissed 100 albums in 30 days; more do not count. You can start afresh.")


class TooManySeeds(Exception):
    """The person named as many artists as one may."""


# --- sets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """What :func:`make_set` did: the set that counts now, and whether its albums are new."""

    set: RecommendationSet
    albums: int
    unchanged: bool


def candidates_for(listener: Listener) -> list[Candidate]:
    """Every album that speaks to this listener, scored, in no order. Four queries at most.

    From what they play, from artists whom they named or love, from artists near to those.
    """
    if listener.is_silent:
        return []
    loved = listener.loved()
    near = neighbourhood(listener, queries.edges_from(loved))
    others = sorted(
        (one for one in near if one not in loved), key=lambda one: (-near[one].nearness, one)
    )
    rows = [
        *queries.album_rows(listener.albums.keys()),
        *queries.albums_by(loved, each=ALBUMS_OF_LOVED),
        *queries.albums_by(others[:MOST_NEAR_ARTISTS], each=ALBUMS_OF_NEAR),
    ]
    return scored(listener, rows, near)


def make_set(user: User) -> Made:
    """Make the person's set and store it for 24 hours.

    Inputs that did not change do no work: the set that stands is kept for another 24 hours.
    Safe to run twice and at once.
    """
    now = timezone.now()
    with transaction.atomic():
        # Two makers of one person's set go one after the other; the second finds it made. What is
        # read before this could be of a source that is being unlinked: see forget_sets.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        listener, choices = queries.listener_of(user), queries.choices_of(user)
        candidates = allowed(
            candidates_for(listener),
            never=choices.owned | choices.dismissed,
            not_by=choices.dismissed_artists,
        )
        digest = _digest(listener, choices, candidates)
        standing = queries.current_set(user)
        if standing is not None and standing.inputs_hash == digest:
            standing.made_at, standing.expires_at = now, now + KEPT_FOR
            standing.save(update_fields=["made_at", "expires_at"])
            return Made(standing, standing.items.count(), unchanged=True)
        made = RecommendationSet.objects.create(
            user=user,
            made_at=now,
            expires_at=now + KEPT_FOR,
            score_version=VERSION,
            inputs_hash=digest,
            plays=listener.plays,
            records=len(choices.owned),
        )
        items = Recommendation.objects.bulk_create(_items(made, candidates, choices))
        kept = RecommendationSet.objects.filter(user=user).order_by("-made_at", "-pk")
        stay = list(kept.values_list("pk", flat=True)[:SETS_KEPT])
        RecommendationSet.objects.filter(user=user).exclude(pk__in=stay).delete()
    return Made(made, len(items), unchanged=False)


def _items(
    made: RecommendationSet, candidates: Sequence[Candidate], choices: Choices
) -> list[Recommendation]:
    """Rows of a set: kept albums first, a page of the best, then the reserve."""
    kept = _kept(candidates, choices)
    ranked = rerank(candidates, kept=kept, limit=max(CANDIDATES_KEPT, len(kept)))
    shown = max(PAGE, len(kept))
    return [
        Recommendation(
            set=made,
            album_id=one.album_id,
            position=place if place < shown else RESERVE + place - shown,
            listening=one.listening,
            taste=one.taste,
            causes=list(one.causes),
        )
        for place, one in enumerate(ranked)
    ]


def _kept(candidates: Sequence[Candidate], choices: Choices) -> list[Candidate]:
    """Kept albums, best first. One that nothing speaks for any more stays with no points."""
    stay = choices.locked - choices.owned - choices.dismissed
    found = {one.album_id: one for one in candidates if one.album_id in stay}
    rest = [
        Candidate(row.album_id, row.artist_id, listening=Decimal(0), taste=Decimal(0))
        for row in queries.album_rows(stay - found.keys())
    ]
    return sorted([*found.values(), *rest], key=lambda one: (-one.points, one.album_id))


def _digest(listener: Listener, choices: Choices, candidates: Iterable[Candidate]) -> str:
    """Equal for equal inputs, whatever order they were read in."""
    lines = sorted(
        [one.album_id, one.artist_id, str(one.listening), str(one.taste), list(one.causes)]
        for one in candidates
    )
    told = [VERSION, listener.plays, len(choices.owned), sorted(choices.locked), lines]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ask_ratings(made: RecommendationSet, *, lane: str = "") -> Job | None:
    """Note that the albums of a list are shown, and have the ratings read that are missing or too
    old; None where all are there. Read in the background, where people's prices go first, unless
    `lane` says otherwise."""
    shown = [(row.album.merged_into or row.album).pk for row in queries.shown_rows(made)[:PAGE]]
    note_demand(shown, "recommended")
    due = unrated_albums(PAGE, shown)
    if not due:
        return None
    return enqueue(
        "catalog.read_ratings",
        payload={"album_ids": due},
        dedupe_key=f"user:{made.user_id}",
        lane=lane,
    )


def request_refresh(user: User) -> Job:
    """Queue the making of a set; while one is queued or running, that one is returned."""
    return enqueue(MAKE_SET, owner=user, payload={"user_id": user.pk}, dedupe_key=f"user:{user.pk}")


def forget_sets(user: User) -> Job:
    """Delete the person's sets, whose points and causes tell of listening that they no longer want
    here, and queue a new one. A maker at work has either stored its set, which goes too, or reads
    only after this. What they kept and dismissed stays."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        RecommendationSet.objects.filter(user=user).delete()
        # A key of its own: a maker that is running may have made its set already.
        key = f"user:{user.pk}:afresh"
        return enqueue(MAKE_SET, owner=user, payload={"user_id": user.pk}, dedupe_key=key)


def fill_up(user: User) -> int:
    """Move albums from the reserve into the list when fewer than ten are left; how many.

    Where the reserve is empty as well a new set is asked for.
    """
    found = queries.current_set(user)
    if found is None:
        return 0
    rows = list(queries.shown_rows(found, reserve=True))
    shown = [row for row in rows if row.position < RESERVE]
    if len(shown) >= LEAST_LEFT:
        return 0
    moved = [row for row in rows if row.position >= RESERVE][: PAGE - len(shown)]
    with transaction.atomic():
        RecommendationSet.objects.select_for_update(no_key=True).get(pk=found.pk)
        last = max((row.position for row in shown), default=PAGE)
        for place, row in enumerate(moved, start=max(last, PAGE) + 1):
            Recommendation.objects.filter(pk=row.pk, position__gte=RESERVE).update(position=place)
    if len(shown) + len(moved) < LEAST_LEFT:
        request_refresh(user)
    return len(moved)


# --- what people say to an album ----------------------------------------------------------


def lock(user: User, album: Album) -> None:
    """Keep the album on the list."""
    if not queries.is_locked(user, album):
        Lock.objects.get_or_create(user=user, album=album)


def unlock(user: User, album: Album) -> None:
    """Keep it no longer; the next set may leave it out."""
    Lock.objects.filter(of_albums([album.pk]), user=user).delete()


def dismiss(user: User, album: Album, *, reason: str = "") -> int:
    """Never show this album again; returns how many moved up from the reserve.

    A kept one is kept no longer. `reason` is a value of Dismissal.Reason; others count as none.
    Because of the artist, their other albums go as well; "owned" puts a copy on the shelf, which
    says it all, and is no dismissal. Raises TooManyDismissals when 100 were dismissed in 30 days.
    """
    known = reason if reason in Dismissal.Reason.values else ""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        mine = Dismissal.objects.filter(of_albums([album.pk]), user=user)
        if known == Dismissal.Reason.OWNED:
            mine.delete()
            add_owned(user, album_id=album.pk)
        elif mine.exists():
            mine.update(reason=known)
        elif queries.counted_dismissals(user) >= queries.MOST_DISMISSALS:
            raise TooManyDismissals
        else:
            Dismissal.objects.create(user=user, album=album, reason=known)
        Lock.objects.filter(of_albums([album.pk]), user=user).delete()
    return fill_up(user)


def say_why(user: User, album: Album, reason: str) -> bool:
    """Give a dismissal its reason afterwards, see :func:`dismiss`; False where the album is not
    dismissed (any more)."""
    if not Dismissal.objects.filter(of_albums([album.pk]), user=user).exists():
        return False
    dismiss(user, album, reason=reason)
    return True


def undo_dismiss(user: User, album: Album) -> None:
    """Take a dismissal back: where the album stood in the set it stands again.

    A set that was made meanwhile leaves it out; then a new one is asked for.
    """
    here = of_albums([album.pk])
    Dismissal.objects.filter(here, user=user).delete()
    found = queries.current_set(user)
    if found is not None and not found.items.filter(here).exists():
        request_refresh(user)


# A dismissal as it can be put back: album id, reason, ISO time.
Forgotten = tuple[int, str, str]


def reset_dismissals(user: User) -> list[Forgotten]:
    """Forget everything that was dismissed; returns what it was, for put_back_dismissals."""
    with transaction.atomic():
        rows = Dismissal.objects.select_for_update().filter(user=user)
        gone = [(row.album_id, row.reason, row.created_at.isoformat()) for row in rows]
        Dismissal.objects.filter(user=user).delete()
    return gone


def put_back_dismissals(user: User, forgotten: Iterable[Sequence[Any]]) -> int:
    """Dismiss again what a reset forgot, as it was; returns how many albums are dismissed again.

    What was dismissed anew meanwhile stays as it is now; albums that are gone are left out.
    """
    rows = {int(album): (str(reason), str(at)) for album, reason, at in forgotten}
    there = set(Album.objects.filter(pk__in=rows).values_list("pk", flat=True))
    with transaction.atomic():
        standing = Dismissal.objects.select_for_update().filter(user=user, album_id__in=there)
        there -= set(standing.values_list("album_id", flat=True))
        made = Dismissal.objects.bulk_create(
            Dismissal(user=user, album_id=album_id, reason=rows[album_id][0])
            for album_id in sorted(there)
        )
        for one in made:  # the model notes the time of making; these were made before
            one.created_at = datetime.fromisoformat(rows[one.album_id][1])
        Dismissal.objects.bulk_update(made, ["created_at"])
    return len(made)


# --- artists whom people name -------------------------------------------------------------


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
    for artist in queries.artists_by_id(artist_ids):
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
    return rerank(candidates_for(queries.listener_of_seeds(artist_ids)), limit=PAGE)
