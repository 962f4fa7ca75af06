"""Laying out the vectors anew, in steps that each take seconds.

A build makes a new space beside the one in use and takes its place at the end, so that readers
never compare vectors of two. Only one is built at a time: the database holds that. A build that
was killed goes on from the last album placed. Whoever builds also makes the index anew where it is
missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from recommendations.content import index
from recommendations.content.blend import blend
from recommendations.content.features import Facts, tokens
from recommendations.content.sound import Scale
from recommendations.content.space import Floats, Space, lay_out
from recommendations.models import ContentSpace, ContentVector, SoundDescriptor

LAID_OUT_FROM = 50_000
BATCH = 2_000
# A build that was not touched for so long lost its worker.
SILENT = timedelta(minutes=10)
MADE_ANEW_AFTER = timedelta(hours=20)
# Albums that point every way have no middle: what their mean is shorter than says nothing.
LEAST_MEAN = 1e-3
# Numbers of one source mean something only beside enough others of it.
LEAST_MEASURED = 5
STATE = ContentSpace.State


class AlreadyBuilding(RuntimeError):
    """Another build is at work; the text says since when."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a build is: albums placed of so many."""

    albums: int
    total: int
    ended: bool


# --- begin ----------------------------------------------------------------------------------


def begin() -> ContentSpace:
    """A new space to build, or the one whose builder fell silent. AlreadyBuilding while another
    builder is at work, NoSpace while the catalogue knows too little."""
    now = timezone.now()
    standing = ContentSpace.objects.filter(state=STATE.BUILDING).first()
    if standing is not None:
        taken = ContentSpace.objects.filter(
            pk=standing.pk, state=STATE.BUILDING, touched_at__lt=now - SILENT
        ).update(touched_at=now)
        if not taken:
            raise AlreadyBuilding(f"a build is at work since {standing.begun_at:%H:%M} UTC")
        index.mend()
        return standing
    space = lay_out([tokens(facts) for _album, facts in _facts(sample=LAID_OUT_FROM)])
    try:
        with transaction.atomic():
            made = ContentSpace.objects.create(
                state=STATE.BUILDING,
                layout=space.to_bytes(),
                scales=_scales(),
                begun_at=now,
                touched_at=now,
            )
    except IntegrityError as error:
        raise AlreadyBuilding("a build began this moment") from error
    index.mend()
    return made


def _scales() -> dict[str, dict[str, list[float]]]:
    """Mean and spread of every source that measured enough recordings."""
    rows: dict[str, list[list[float]]] = defaultdict(list)
    measured = SoundDescriptor.objects.order_by("-pk").values_list("source", "numbers")
    for source, numbers in measured[:LAID_OUT_FROM].iterator():
        rows[source].append(numbers)
    found = {
        source: Scale.of(of_source)
        for source, of_source in rows.items()
        if len(of_source) >= LEAST_MEASURED
    }
    return {
        source: {"mean": scale.mean.tolist(), "spread": scale.spread.tolist()}
        for source, scale in found.items()
    }


# --- steps ----------------------------------------------------------------------------------


def step(space: ContentSpace) -> Reached:
    """Place the next albums; after the last, the artists, and take the place of the old space.
    Safe to run twice and to be killed. NoSpace where the layout cannot be read."""
    layout = Space.from_bytes(bytes(space.layout))
    rows = list(_facts(after=space.reached, limit=BATCH))
    total = _total()
    if not rows:
        _end(space)
        return Reached(space.albums, space.albums, ended=True)
    heard = _heard([album for album, _facts_of in rows], _read_scales(space.scales))
    places = []
    for album_id, facts in rows:
        vector = blend(layout.place(tokens(facts)), heard.get(album_id))
        if vector.any():
            places.append((album_id, album_id in heard, vector))
    with transaction.atomic():
        written = _write(space, places)
        space.reached = rows[-1][0]
        space.albums += written
        space.with_sound += sum(has_sound for _album, has_sound, _vector in places)
        space.touched_at = timezone.now()
        space.save(update_fields=["reached", "albums", "with_sound", "touched_at"])
    return Reached(space.albums, max(total, space.albums), ended=False)


def _write(space: ContentSpace, places: Sequence[tuple[int, bool, Floats]]) -> int:
    rows = [
        ContentVector(
            space=space,
            kind=ContentVector.Kind.ALBUM,
            entity_id=album_id,
            has_sound=has_sound,
            vector=vector,
        )
        for album_id, has_sound, vector in places
    ]
    ContentVector.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


_ARTISTS = """
INSERT INTO recommendations_contentvector (space_id, kind, entity_id, has_sound, vector)
SELECT %(space)s, 'artist', credit.artist_id, bool_or(placed.has_sound),
       l2_normalize(avg(placed.vector))
FROM recommendations_contentvector placed
JOIN catalog_albumartist credit ON credit.album_id = placed.entity_id
JOIN catalog_artist artist ON artist.id = credit.artist_id
WHERE placed.space_id = %(space)s AND placed.kind = 'album'
  AND artist.merged_into_id IS NULL AND NOT artist.is_placeholder
GROUP BY credit.artist_id
HAVING vector_norm(avg(placed.vector)) > %(least)s
ON CONFLICT (space_id, kind, entity_id) DO NOTHING
"""


def _end(space: ContentSpace) -> None:
    """Artists lie in the middle of their albums; then this space is the one in use."""
    index.mend()
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ARTISTS, {"space": space.pk, "least": LEAST_MEAN})
        space.artists = cursor.rowcount
        ContentSpace.objects.filter(state=STATE.IN_USE).delete()
        space.state, space.ended_at, space.touched_at = STATE.IN_USE, now, now
        space.save(update_fields=["artists", "state", "ended_at", "touched_at"])


def give_up_on(space_id: int | None) -> None:
    """Forget a build that cannot go on; the space in use stays."""
    if space_id is not None:
        ContentSpace.objects.filter(pk=space_id, state=STATE.BUILDING).delete()


def is_fresh() -> bool:
    """Whether the space in use was made so lately that nobody needs another."""
    since = timezone.now() - MADE_ANEW_AFTER
    return ContentSpace.objects.filter(state=STATE.IN_USE, ended_at__gt=since).exists()


def is_silent(space: ContentSpace) -> bool:
    """Whether a build's worker seems to be gone."""
    return space.touched_at < timezone.now() - SILENT


# --- what is read ---------------------------------------------------------------------------

_CHOSEN = """
    SELECT id FROM catalog_album
    WHERE merged_into_id IS NULL AND (genres <> '{}' OR styles <> '{}')
    ORDER BY popularity DESC, id LIMIT %(most)s
"""
_FACTS = """
SELECT album.id, album.genres, album.styles, album.year, (
    SELECT array_agg(label ORDER BY first) FROM (
        SELECT label, min(year) AS first FROM catalog_release
        WHERE album_id = album.id AND label <> '' GROUP BY label ORDER BY 2 LIMIT 3
    ) AS labels
)
FROM catalog_album album JOIN ({chosen}) AS chosen USING (id)
WHERE album.id > %(after)s ORDER BY album.id LIMIT %(limit)s
"""


def _facts(
    *, after: int = 0, limit: int | None = None, sample: int | None = None
) -> Iterable[tuple[int, Facts]]:
    """(album, what is known of it) by id, of the best known albums."""
    most = settings.CONTENT_VECTOR_ALBUMS
    values = {
        "after": after,
        "limit": limit or LAID_OUT_FROM,
        "most": min(most, sample or most),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(chosen=_CHOSEN), values)
        rows = cursor.fetchall()
    for album_id, genres, styles, year, labels in rows:
        yield album_id, Facts(tuple(genres), tuple(styles), year, tuple(labels or ()))


def _total() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({_CHOSEN}) AS chosen", {"most": settings.CONTENT_VECTOR_ALBUMS}
        )
        return int(cursor.fetchone()[0])


_SOUND = """
SELECT credit.album_id, sound.source, sound.numbers, sound.album_id IS NOT NULL
FROM catalog_albumartist credit JOIN recommendations_sounddescriptor sound
  ON sound.album_id = credit.album_id
  OR (sound.artist_id = credit.artist_id AND sound.album_id IS NULL)
WHERE credit.album_id = ANY(%(albums)s)
"""


def _heard(albums: Sequence[int], scales: Mapping[str, Scale]) -> dict[int, Floats]:
    """The mean sound of each album's recordings; of its artists' others where it has none."""
    if not scales:
        return {}
    own: dict[int, list[Floats]] = defaultdict(list)
    by_artist: dict[int, list[Floats]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SOUND, {"albums": list(albums)})
        for album_id, source, numbers, is_own in cursor.fetchall():
            if source in scales:
                (own if is_own else by_artist)[album_id].append(scales[source].place(numbers))
    return {
        album: np.mean(own.get(album) or by_artist[album], axis=0)
        for album in own.keys() | by_artist.keys()
    }


def _read_scales(stored: Mapping[str, Any]) -> dict[str, Scale]:
    return {
        source: Scale(
            np.asarray(one["mean"], dtype=np.float32), np.asarray(one["spread"], dtype=np.float32)
        )
        for source, one in stored.items()
    }
