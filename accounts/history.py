"""Reads the files in which Spotify hands a person their listening: zip or JSON, streamed.

Pure: a path in, plays out. Two shapes are known, "extended streaming history" (`ts`,
`ms_played`, `master_metadata_*`) and the "account data" of one year (`endTime`, `artistName`,
`trackName`, `msPlayed`; no album; podcasts as `podcastName`). What a row tells of addresses,
devices and account names is never looked at, so it cannot be kept.
"""

from __future__ import annotations

import codecs
import json
import math
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext_noop

# Spotify counts a stream from half a minute on.
LEAST_MS = 30_000
CHUNK = 256 * 1024
# One play is below 2 kB; a "row" beyond this is no row.
LONGEST_ROW = 256 * 1024
MOST_MEMBERS = 2_000
MOST_UNPACKED = 2_000_000_000
# JSON of plays packs to about a twentieth; a bomb packs to a thousandth.
HIGHEST_RATIO = 200
RATIO_COUNTS_FROM = 1_000_000
# Clocks and time zones differ; what lies further ahead has not been played.
LEEWAY = timedelta(days=1)
# Rows of something else with which a file of plays may begin.
STRANGE_ROWS = 20

SHORT, PODCAST, NAMELESS, TWICE, FUTURE, UNREADABLE, FILE = (
    "short",
    "podcast",
    "nameless",
    "twice",
    "future",
    "unreadable",
    "file",
)
REASONS = (SHORT, PODCAST, NAMELESS, TWICE, FUTURE, UNREADABLE, FILE)

WHAT_TO_DO = gettext_noop(
    "This is no listening history. Upload the zip that Spotify mailed you, or one of its files "
    "whose names begin with Streaming_History_Audio."
)
TOO_LARGE = gettext_noop(
    "This file is larger than a listening history can be. Upload the zip that Spotify mailed you."
)
BROKEN = gettext_noop(
    "This file is damaged. Download it from Spotify again and upload it unopened."
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AUDIO = ("streaming_history_audio", "streaminghistory", "endsong")


class HistoryError(ValueError):
    """The file cannot be used. `code` for programs, `message` a source string for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Play:
    """One play that counts. `album` is "" in the small export; `at` is aware UTC, the end."""

    artist: str
    track: str
    album: str
    at: datetime


@dataclass(frozen=True)
class Skipped:
    """One row that does not count, and why: one of REASONS. With FILE it is the rest of a `file` of
    the archive, which cannot be read."""

    reason: str
    file: str = ""


def read_history(path: Path, *, size_limit: int, now: datetime) -> Iterator[Play | Skipped]:
    """Every row of the file in turn: rows read = plays + skipped.

    `size_limit` in bytes holds for the uploaded file; what it unpacks to has its own limits. What
    ends after `now` (aware) is not believed. Of an archive the files that can be read are read; one
    that cannot is skipped by name, after the rows that could be.
    Raises HistoryError for anything that is no listening history.
    """
    if path.stat().st_size > size_limit:
        raise HistoryError("too_large", TOO_LARGE)
    judge = _Judge(now + LEEWAY)
    if zipfile.is_zipfile(path):
        yield from _read_zip(path, judge)
        return
    with path.open("rb") as stream:
        yield from _read_rows(stream, MOST_UNPACKED, judge)


def _read_zip(path: Path, judge: _Judge) -> Iterator[Play | Skipped]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            if not members:
                raise HistoryError("no_history", WHAT_TO_DO)
            failed: list[HistoryError] = []
            for member in members:
                try:
                    yield from _read_member(archive, member, judge)
                except HistoryError as error:
                    failed.append(error)
                    if error.code == "too_large" or len(failed) == len(members):
                        raise
                    yield Skipped(FILE, _text(PurePosixPath(member.filename).name))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        raise HistoryError("broken", BROKEN) from error


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, judge: _Judge
) -> Iterator[Play | Skipped]:
    # Packed in a way that nobody here knows, locked with a password, or damaged.
    wrong = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error)
    try:
        with archive.open(member) as stream:
            yield from _read_rows(stream, member.file_size, judge)
    except wrong as error:
        raise HistoryError("broken", BROKEN) from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of plays in the archive. Nothing is ever unpacked to disk."""
    everything = archive.infolist()
    if len(everything) > MOST_MEMBERS:
        raise HistoryError("too_large", TOO_LARGE)
    wanted = [one for one in everything if _is_history(one)]
    for one in wanted:
        packed = max(one.compress_size, 1)
        if one.file_size > RATIO_COUNTS_FROM and one.file_size / packed > HIGHEST_RATIO:
            raise HistoryError("too_large", TOO_LARGE)
    if sum(one.file_size for one in wanted) > MOST_UNPACKED:
        raise HistoryError("too_large", TOO_LARGE)
    # The extended files first: what the account's files say of their time is known then.
    return sorted(wanted, key=lambda one: (_is_of_account(one), one.filename))


def _is_of_account(member: zipfile.ZipInfo) -> bool:
    return PurePosixPath(member.filename).name.lower().startswith("streaminghistory")


def _is_history(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir() or name.is_absolute() or ".." in name.parts or "__MACOSX" in name.parts:
        return False
    return name.suffix.lower() == ".json" and name.name.lower().startswith(_AUDIO)


def _read_rows(stream: IO[bytes], most: int, judge: _Judge) -> Iterator[Play | Skipped]:
    known, strange = False, 0
    for row in _rows(stream, most):
        if not known and not _looks_like_a_play(row):
            # A file of something else says so within its first rows.
            strange += 1
            if strange > STRANGE_ROWS:
                break
            continue
        if not known:
            known = True
            yield from [Skipped(UNREADABLE)] * strange
        yield judge(row)
    if not known:
        raise HistoryError("no_history", WHAT_TO_DO)


def _looks_like_a_play(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    return ("ts" in row and "ms_played" in row) or ("endTime" in row and "msPlayed" in row)


class _Judge:
    """Which rows count, each once; nothing that ended after `latest`. What the account's files say
    of the time that extended ones cover is there twice: they tell the minute only, and other
    names, so rows cannot be compared."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._seen: set[int] = set()
        self._first: datetime | None = None
        self._last: datetime | None = None

    def __call__(self, row: Any) -> Play | Skipped:
        try:
            found = _read_row(row)
        except UnicodeEncodeError:
            return Skipped(UNREADABLE)
        if isinstance(found, Skipped):
            return found
        play, played = found
        if play.at > self._latest:
            return Skipped(FUTURE)
        if "ms_played" in row:
            self._cover(play.at)
        if played < LEAST_MS:
            return Skipped(SHORT)
        if "ms_played" not in row and self._is_covered(play.at):
            return Skipped(TWICE)
        mark = hash((play, played))
        if mark in self._seen:
            return Skipped(TWICE)
        self._seen.add(mark)
        return play

    def _cover(self, at: datetime) -> None:
        minute = at.replace(second=0, microsecond=0)
        self._first = minute if self._first is None else min(self._first, minute)
        self._last = at if self._last is None else max(self._last, at)

    def _is_covered(self, at: datetime) -> bool:
        if self._first is None or self._last is None:
            return False
        return self._first <= at <= self._last


def _read_row(row: Any) -> tuple[Play, float] | Skipped:
    """A play with its milliseconds. UnicodeEncodeError where a name is no text."""
    if not _looks_like_a_play(row):
        return Skipped(UNREADABLE)
    if "ms_played" in row:
        artist, track, album = (
            _text(row.get(f"master_metadata_{name}"))
            for name in ("album_artist_name", "track_name", "album_album_name")
        )
        at, played = _moment(row.get("ts")), row.get("ms_played")
        spoken = row.get("spotify_episode_uri") or row.get("episode_name")
        spoken = spoken or row.get("audiobook_uri") or row.get("audiobook_title")
    else:
        artist, track, album = _text(row.get("artistName")), _text(row.get("trackName")), ""
        at, played = _moment(row.get("endTime")), row.get("msPlayed")
        spoken = row.get("podcastName") or row.get("episodeName")
        spoken = spoken or row.get("audiobookName") or row.get("chapterName")
    if at is None or not _is_number(played):
        return Skipped(UNREADABLE)
    if spoken and not track:
        return Skipped(PODCAST)
    if not artist or not track:
        return Skipped(NAMELESS)
    return Play(artist, track, album, at), played


def _is_number(value: Any) -> bool:
    """JSON as Python reads it knows NaN and Infinity; and true is a number to Python."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """UnicodeEncodeError for half of a character pair ("\\ud800"): nobody can store that."""
    if not isinstance(value, str):
        return ""
    value.encode()
    # NUL cannot be stored by PostgreSQL; nobody's name holds one.
    return value.replace("\x00", "").strip()[:500]


def _moment(value: Any) -> datetime | None:
    """ "2022-06-17T19:53:06Z" or "2022-12-05 16:52" (no zone: read as UTC)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rows(stream: IO[bytes], most: int) -> Iterator[Any]:
    """The elements of one JSON array, decoded one at a time in bounded memory."""
    text = _Text(stream, most)
    if text.next_sign() != "[":
        raise HistoryError("no_history", WHAT_TO_DO)
    text.skip(1)
    decoder = json.JSONDecoder()
    while (sign := text.next_sign()) != "]":
        if sign == ",":
            text.skip(1)
            continue
        if not sign:
            raise HistoryError("broken", BROKEN)
        yield text.decode(decoder)


class _Text:
    """A window over a stream of JSON in UTF-8, or in UTF-16 where it begins by saying so, refilled
    as it is read."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._left = most
        self._decode: codecs.IncrementalDecoder | None = None
        self._buffer = ""
        self._at = 0

    def next_sign(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if not self._buffer[self._at].isspace():
                    return self._buffer[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def skip(self, count: int) -> None:
        self._at += count

    def decode(self, decoder: json.JSONDecoder) -> Any:
        """The JSON value that begins here."""
        while True:
            try:
                value, end = decoder.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                # Cut by the end of the window, or no JSON at all: more text tells.
                if len(self._buffer) - self._at > LONGEST_ROW or not self._fill():
                    raise HistoryError("no_history", WHAT_TO_DO) from error
                continue
            # A number at the very end of the window may go on in the next one.
            if end == len(self._buffer) and self._fill():
                continue
            self._at = end
            return value

    def _fill(self) -> bool:
        chunk = self._stream.read(CHUNK)
        if not chunk:
            return False
        self._left -= len(chunk)
        if self._left < 0:
            # The archive promised less than it holds.
            raise HistoryError("too_large", TOO_LARGE)
        if self._decode is None:
            name = "utf-16" if chunk.startswith(_UTF_16) else "utf-8-sig"
            self._decode = codecs.getincrementaldecoder(name)()
        try:
            more = self._decode.decode(chunk)
        except UnicodeDecodeError as error:
            raise HistoryError("no_history", WHAT_TO_DO) from error
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return True
