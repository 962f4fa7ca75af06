"""Listens of ListenBrainz' open dumps (CC0) into a compact table: who played whom how often.

A dump is an archive (.tar.zst or .tar.xz as published, .tar.gz, .tar) with one file of JSON lines
a month, or such a file by itself (.listens, .json, .jsonl, also .gz, .xz, .zst): one listen a line,
{"user_id" or "user_name", "track_metadata": {"artist_name", "additional_info": {"artist_mbids"},
"mbid_mapping": {"artist_mbids"}}}. Names of listeners are hashed and not kept.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
import zstandard
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Artist, ExternalId
from catalog.queries import ArtistRef, match_artists
from recommendations.models import ListenFile, OpenListen
from recommendations.similarity.gathering import listener_number

CHUNK = 50_000
HEAD_LINES = 1_000
NO_LISTEN = "not a listen"
LINE_MOST = 1 << 20
MEMBERS = (".listens", ".json", ".jsonl")
MOST_NAMES = 200_000  # remembered answers of one reading


class BadListens(Exception):
    """The file holds no listens, or is damaged; the message is one clear line."""


@dataclass
class Imported:
    """What became of a file's lines: `read` = `used` + all of `skipped`."""

    read: int = 0
    used: int = 0
    before: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass
class _Names:
    """Artists by MusicBrainz id or name, asked of the catalogue once."""

    by_mbid: dict[str, int | None] = field(default_factory=dict)
    by_name: dict[str, int | None] = field(default_factory=dict)

    def learn(self, mbids: set[str], names: set[str]) -> None:
        if len(self.by_mbid) + len(self.by_name) > MOST_NAMES:
            self.by_mbid.clear()
            self.by_name.clear()
        if wanted := mbids - self.by_mbid.keys():
            rows = ExternalId.objects.filter(
                kind=ExternalId.Kind.ARTIST, source="musicbrainz", value__in=wanted
            )
            known = dict(rows.values_list("value", "entity_id"))
            kept = set(
                Artist.objects.filter(pk__in=known.values(), is_placeholder=False).values_list(
                    "pk", flat=True
                )
            )
            for one in wanted:
                artist = known.get(one)
                self.by_mbid[one] = artist if artist in kept else None
        if wanted := names - self.by_name.keys():
            found = match_artists([ArtistRef(name) for name in sorted(wanted)])
            told = {ref.name: artist for ref, artist in found.items()}
            for name in wanted:
                self.by_name[name] = told.get(name)


@dataclass(frozen=True, slots=True)
class _Listen:
    listener: int
    mbids: tuple[str, ...]
    name: str


def import_listens(
    path: Path, *, replace: bool = False, tell: Callable[[int], None] = lambda _read: None
) -> Imported:
    """Add the listens of a file to the table. A file that was read before adds nothing, however it
    was packed then; one that was broken off goes on where it stopped. `replace` first removes what
    other files brought, as the next full dump asks for (deleted listens go only so). Raises
    BadListens."""
    row = _row(path, replace)
    done = Imported(read=row.done, used=row.used, before=row.done, skipped=Counter(row.skipped))
    if row.ended_at is not None:
        return done
    names, batch, position = _Names(), [], 0
    try:
        same = None if row.done else _read_before(row, path)
        if same is not None:
            row.delete()
            return Imported(same.done, same.used, same.done, Counter(same.skipped))
        content = hashlib.blake2b(digest_size=32)
        for line in _lines(path):
            content.update(line.rstrip(b"\r\n") + b"\n")
            position += 1
            if position <= row.done:
                continue
            batch.append(line)
            if len(batch) >= CHUNK:
                _store(row, batch, names, done)
                batch = []
                tell(done.read)
    except (tarfile.TarError, zstandard.ZstdError, lzma.LZMAError, EOFError, OSError) as error:
        _store(row, batch, names, done)
        raise BadListens(
            f"{path.name} is damaged after {done.read:,} listens, which are kept: {error}"
        ) from error
    _store(row, batch, names, done)
    if done.read == done.skipped[NO_LISTEN]:
        row.delete()
        lines = f": none of its {done.read:,} lines is one" if done.read else ""
        raise BadListens(f"{path.name} holds no listens{lines}")
    row.ended_at, row.content = timezone.now(), content.hexdigest()
    row.save(update_fields=["ended_at", "content"])
    tell(done.read)
    return done


def _row(path: Path, replace: bool) -> ListenFile:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 20)
        size = path.stat().st_size
    except OSError as error:
        raise BadListens(f"{path}: {error.strerror or error}") from error
    digest = hashlib.sha256(head + str(size).encode()).hexdigest()
    with transaction.atomic():
        if replace and not ListenFile.objects.filter(digest=digest, done__gt=0).exists():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {OpenListen._meta.db_table}")
            ListenFile.objects.all().delete()
        row, _made = ListenFile.objects.get_or_create(
            digest=digest, defaults={"name": path.name[:200]}
        )
    return row


def _read_before(row: ListenFile, path: Path) -> ListenFile | None:
    """The file of the same listens that was read to its end. The whole is compared only where one
    begins alike, as a dump and the next one do."""
    row.head = _digest_of(islice(_lines(path), HEAD_LINES))
    row.save(update_fields=["head"])
    alike = ListenFile.objects.filter(head=row.head, ended_at__isnull=False).exclude(pk=row.pk)
    if not alike.exists():
        return None
    return alike.filter(content=_digest_of(_lines(path))).first()


def _digest_of(lines: Iterable[bytes]) -> str:
    found = hashlib.blake2b(digest_size=32)
    for line in lines:
        found.update(line.rstrip(b"\r\n") + b"\n")
    return found.hexdigest()


def _store(row: ListenFile, lines: list[bytes], names: _Names, done: Imported) -> None:
    """One transaction: what the lines add, and the note that they are read."""
    if not lines:
        return
    skipped: Counter[str] = Counter()
    listens = [one for one in (_read(line, skipped) for line in lines) if one is not None]
    names.learn(
        {mbid for one in listens for mbid in one.mbids},
        {one.name for one in listens if not one.mbids and one.name},
    )
    plays: Counter[tuple[int, int]] = Counter()
    used = 0
    for one in listens:
        artists = _artists(one, names)
        if artists:
            used += 1
            plays.update((one.listener, artist) for artist in artists)
        else:
            skipped["artist not in the catalogue"] += 1
    with transaction.atomic():
        if not _claim(row, len(lines)):
            raise BadListens(f"{row.name} is being read by somebody else")
        _add(plays)
        done.read += len(lines)
        done.used += used
        done.skipped += skipped
        row.used, row.skipped = done.used, dict(done.skipped)
        row.save(update_fields=["used", "skipped"])


def _claim(row: ListenFile, lines: int) -> bool:
    """Move the mark on, if it still stands where this reading left it."""
    moved = ListenFile.objects.filter(pk=row.pk, done=row.done).update(done=row.done + lines)
    row.done += lines
    return bool(moved)


def _artists(one: _Listen, names: _Names) -> set[int]:
    if one.mbids:
        found = {names.by_mbid.get(mbid) for mbid in one.mbids}
    else:
        found = {names.by_name.get(one.name)}
    return {artist for artist in found if artist is not None}


def _add(plays: Counter[tuple[int, int]]) -> None:
    if not plays:
        return
    rows = sorted((listener, artist, count) for (listener, artist), count in plays.items())
    left, right, counts = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recommendations_openlisten AS held (listener, artist_id, plays)"
            " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::integer[])"
            " ON CONFLICT (listener, artist_id)"
            " DO UPDATE SET plays = least(held.plays::bigint + excluded.plays, 2000000000)",
            [left, right, counts],
        )


def _read(line: bytes, skipped: Counter[str]) -> _Listen | None:
    try:
        listen = orjson.loads(line)
        said = listen["track_metadata"]
        user = listen.get("user_id") or listen.get("user_name")
        more = said.get("additional_info") or {}
        mapped = said.get("mbid_mapping") or {}
        ids = mapped.get("artist_mbids") or more.get("artist_mbids") or said.get("artist_mbids")
        name = said.get("artist_name") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        skipped[NO_LISTEN] += 1
        return None
    if not user or not isinstance(name, str):
        skipped["no listener"] += 1
        return None
    # PostgreSQL stores no NUL, nor asks for one. Half of a pair of surrogates is no JSON to orjson.
    name = name.replace("\x00", "").strip()[:500]
    return _Listen(listener_number(f"listenbrainz {user}"), _mbids(ids), name)


def _mbids(said: Any) -> tuple[str, ...]:
    listed = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    said_ids = (one.replace("\x00", "").strip().lower() for one in listed if isinstance(one, str))
    return tuple(one for one in said_ids if one)


def _lines(path: Path) -> Iterator[bytes]:
    with _unpacked(path) as stream:
        if any(part in (".tar", ".tgz") for part in path.suffixes):
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    if member.isfile() and member.name.endswith(MEMBERS):
                        held = archive.extractfile(member)
                        if held is not None:
                            yield from _filled(held)
            return
        yield from _filled(stream)


def _filled(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines that are not empty; one that is endless comes in pieces, which are no listens."""
    while line := stream.readline(LINE_MOST):
        if line.strip():
            yield line


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        if path.suffix == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(raw) as stream:
                yield io.BufferedReader(stream, 1 << 20)
        elif path.suffix in (".gz", ".tgz"):
            with gzip.open(raw) as file:
                yield io.BufferedReader(file, 1 << 20)
        elif path.suffix == ".xz":
            with lzma.open(raw) as file:
                yield io.BufferedReader(file, 1 << 20)
        else:
            yield raw
