"""Sound comes in: from AcousticBrainz' open dumps, from own files, from previews.

Numbers are kept with their source and day; audio is never stored.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import zstandard
from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from catalog.models import Album, Artist, ExternalId
from recommendations.content import sound
from recommendations.content.sound import Descriptors, NoSound
from recommendations.models import SoundDescriptor
from vinyl.upstreams import deezer

SOURCE = SoundDescriptor.Source
# The sound of an artist is well told by so many recordings.
MOST_PER_ARTIST = 40
BATCH = 500
# A low-level document has some 40 kB; nothing of that kind has a thousand.
MOST_BYTES = 4 * 1024 * 1024
TRIES = 3
TRIED_AGAIN_AFTER = timedelta(days=30)
# What a whole archive ends with.
_END = bytes(1024)
_DOCUMENT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-(\d+))?\.json$")


class BadArchive(ValueError):
    """The file is no archive of such documents, or is damaged; what came before is kept."""


@dataclass
class Imported:
    """Documents read = stored + skipped, the latter by reason."""

    read: int = 0
    stored: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


# --- AcousticBrainz -------------------------------------------------------------------------


def import_acousticbrainz(
    file: Path, *, tell: Callable[[int], None] = lambda _read: None
) -> Imported:
    """Read a low-level archive (.tar, or with .zst, .gz, .bz2 or .xz) document by document.

    Documents belong to artists whom the catalogue knows by their MusicBrainz id; others are
    skipped, as are second submissions of one recording, what is stored already, and what exceeds
    MOST_PER_ARTIST. `tell` gets the number read so far. BadArchive; OSError.
    """
    done = Imported()
    batch: list[tuple[str, list[str], Descriptors]] = []
    room: Counter[int] = Counter()
    try:
        for name, content in _documents(file):
            done.read += 1
            found = _read(name, content, done.skipped)
            if found is not None:
                batch.append(found)
            if len(batch) >= BATCH:
                _store(batch, room, done)
                batch = []
                tell(done.read)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        _store(batch, room, done)
        raise BadArchive(
            f"{file.name} is damaged after {done.read} documents; {done.stored} of them are kept"
        ) from error
    _store(batch, room, done)
    tell(done.read)
    if not done.read:
        raise BadArchive(f"{file.name} holds no documents of AcousticBrainz")
    return done


class _Watched(io.RawIOBase):
    """A stream that remembers its end, because tarfile takes a cut archive for a whole one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.end = b""

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.end = (self.end + data)[-len(_END) :]
        return data


def _documents(file: Path) -> Iterator[tuple[str, bytes]]:
    with _opened(file) as stream:
        watched = _Watched(stream)
        with tarfile.open(fileobj=watched, mode="r|*") as archive:
            for member in archive:
                if not member.isfile() or not member.name.endswith(".json"):
                    continue
                held = archive.extractfile(member)
                content = held.read(MOST_BYTES) if held is not None else b""
                if len(content) < min(member.size, MOST_BYTES):
                    raise EOFError
                yield member.name, content
        # It stops at the first empty block, and two end an archive.
        while watched.read(1 << 16):
            pass
        if file.suffix in (".tar", ".zst") and watched.end != _END:
            raise EOFError


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as raw:
        if file.suffix != ".zst":
            yield raw
            return
        with zstandard.ZstdDecompressor().stream_reader(raw) as stream:
            yield io.BufferedReader(stream, 1 << 20)


def _read(
    name: str, content: bytes, skipped: Counter[str]
) -> tuple[str, list[str], Descriptors] | None:
    """(recording, MusicBrainz ids of its artists, numbers); None, counted, where it is no use."""
    matched = _DOCUMENT.search(name)
    if matched is None:
        skipped["not a recording"] += 1
    elif matched[2] not in (None, "0"):
        skipped["another submission of the recording"] += 1
    else:
        try:
            document = json.loads(content)
            artists = _artists(document)
            numbers = sound.from_acousticbrainz(document)
        except (ValueError, AttributeError, TypeError):
            skipped["numbers are missing"] += 1
            return None
        if artists:
            return matched[1], artists, numbers
        skipped["no artist said"] += 1
    return None


def _artists(document: dict[str, Any]) -> list[str]:
    said = document["metadata"]["tags"].get("musicbrainz_artistid", []) if document else []
    listed = [said] if isinstance(said, str) else list(said)
    return [one.strip().lower() for one in listed if isinstance(one, str) and one.strip()]


def _store(
    batch: list[tuple[str, list[str], Descriptors]], room: Counter[int], done: Imported
) -> None:
    """Write what belongs to artists we know and have room for."""
    wanted = {mbid for _key, mbids, _numbers in batch for mbid in mbids[:1]}
    rows = ExternalId.objects.filter(
        kind=ExternalId.Kind.ARTIST, source="musicbrainz", value__in=wanted
    )
    known = dict(rows.values_list("value", "entity_id"))
    _count_room(set(known.values()), room)
    have = set(
        SoundDescriptor.objects.filter(
            source=SOURCE.ACOUSTICBRAINZ, key__in=[key for key, _mbids, _numbers in batch]
        ).values_list("key", flat=True)
    )
    now, new = timezone.now(), []
    for key, mbids, numbers in batch:
        artist_id = known.get(mbids[0])
        if artist_id is None:
            done.skipped["artist not in the catalogue"] += 1
        elif key in have:
            done.skipped["measured already"] += 1
        elif room[artist_id] >= MOST_PER_ARTIST:
            done.skipped[f"more than {MOST_PER_ARTIST} of one artist"] += 1
        else:
            have.add(key)
            room[artist_id] += 1
            new.append(
                SoundDescriptor(
                    source=SOURCE.ACOUSTICBRAINZ,
                    key=key,
                    artist_id=artist_id,
                    numbers=numbers.numbers(),
                    measured_at=now,
                )
            )
    SoundDescriptor.objects.bulk_create(new, ignore_conflicts=True)
    done.stored += len(new)


def _count_room(artists: set[int], room: Counter[int]) -> None:
    """How many recordings of these artists are there; asked once for each."""
    unknown = [artist for artist in artists if artist not in room]
    counted = (
        SoundDescriptor.objects.filter(artist_id__in=unknown, source=SOURCE.ACOUSTICBRAINZ)
        .values("artist_id")
        .annotate(count=Count("pk"))
        .values_list("artist_id", "count")
    )
    room.update(dict.fromkeys(unknown, 0))
    room.update(dict(counted))


# --- own files ------------------------------------------------------------------------------


def measure_file(file: Path, *, artist: Artist, album: Album | None = None) -> SoundDescriptor:
    """Measure an audio file that somebody owns. NoSound, NoLibrosa, OSError."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    numbers = sound.from_audio(file).numbers()
    return _keep(SOURCE.FILE, digest, numbers, artist=artist, album=album)


def _keep(
    source: SoundDescriptor.Source,
    key: str,
    numbers: list[float],
    *,
    artist: Artist | None,
    album: Album | None,
) -> SoundDescriptor:
    row, _new = SoundDescriptor.objects.update_or_create(
        source=source,
        key=key,
        defaults={
            "artist": artist,
            "album": album,
            "numbers": numbers,
            "measured_at": timezone.now(),
        },
    )
    return row


# --- previews -------------------------------------------------------------------------------


def without_sound(limit: int) -> list[Album]:
    """Albums that people ask for most, of those that were neither measured nor tried lately."""
    measured = SoundDescriptor.objects.filter(album__isnull=False).values("album_id")
    due = Album.objects.filter(merged_into__isnull=True, demand__gt=0).exclude(pk__in=measured)
    first = list(due.order_by("-demand", "pk")[: limit * 20])
    tried = cache.get_many([_tried(album) for album in first])
    return [album for album in first if _tried(album) not in tried][:limit]


def _tried(album: Album) -> str:
    return f"sound-tried:{album.pk}"


def measure_previews(client: deezer.Client, album: Album) -> int:
    """Measure up to TRIES previews of an album; how many there were. The clips are thrown away.

    Only where ALLOW_PREVIEW_ANALYSIS is on (NotConfigured) and librosa is there (NoLibrosa).
    Other errors of the service pass through.
    """
    cache.set(_tried(album), 1, TRIED_AGAIN_AFTER.total_seconds())
    page = client.search_tracks("", artist=album.artist_line, album=album.title)
    tracks = [track for track in page.items if track.has_preview][:TRIES]
    measured = 0
    artist = Artist.objects.filter(credits__album=album).order_by("credits__position").first()
    for track in tracks:
        clip = client.preview(track.id)
        if clip is None:
            continue
        try:
            numbers = sound.from_audio(clip.content).numbers()
        except NoSound:
            continue
        _keep(SOURCE.PREVIEW, str(track.id), numbers, artist=artist, album=album)
        measured += 1
    return measured
