"""The quick way of the importer: a small C library that makes rows for COPY from a block of XML.

It says and writes what `catalog.dumps.columns` and `filling` do, a tenth as long; a record of an
unusual shape it leaves to them. `building` makes the library where there is a compiler, and nothing
here is needed where there is none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from xxhash import xxh3_128_digest

from catalog.dumps.claims import PLACEHOLDERS
from catalog.dumps.filling import COLUMNS, MOST_REMEMBERED, Bases, front_of
from catalog.dumps.native import building
from catalog.dumps.native.building import CannotBuild
from catalog.matching import normalise_name, normalise_number, normalise_title
from catalog.matching.folding import folded_alone
from catalog.matching.keys import NAME_WORDS, TITLE_WORDS, signs_alone

# As in keys.h; the last two may say that there is no key by itself.
_KEYS: tuple[Callable[[str], str | None], ...] = (
    normalise_name, normalise_title, normalise_number, folded_alone, signs_alone,
)  # fmt: skip
_FAILED, _NONE_BY_ITSELF = -1, -2
_RELEASES = "catalog_release"


class Span(ctypes.Structure):
    """Where a record stands in its block."""

    _fields_ = (("start", ctypes.c_uint64), ("end", ctypes.c_uint64))


_KeyMaker = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_int32, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t,
)  # fmt: skip


class _Settings(ctypes.Structure):
    _fields_ = (
        ("releases_front", ctypes.c_char_p),
        ("albums_front", ctypes.c_char_p),
        ("artists_front", ctypes.c_char_p),
        ("name_words", ctypes.c_char_p),
        ("title_words", ctypes.c_char_p),
        ("placeholders", ctypes.c_char_p),
        ("make_key", _KeyMaker),
    )


class NotRead(Exception):
    """The library could not work on a block: it goes the other way as a whole."""


class Rows(NamedTuple):
    """What was made of a block: rows of releases in COPY's binary format, of other tables in its
    text format; Discogs' numbers of the releases; the records of another shape; how many records of
    all kinds."""

    releases: bytes
    tables: dict[str, bytes]
    numbers: list[int]
    others: list[bytes]
    read: int


class Quick(NamedTuple):
    """Where the compiled library lies; None with the reason."""

    path: Path | None
    reason: str


def prepared(compiler: str, folder: Path) -> Quick:
    """The library, compiled and tried where that is possible."""
    try:
        path = building.library(compiler, folder)
        Library(path)
    except CannotBuild as error:
        return Quick(None, str(error))
    return Quick(path, "")


class Library:
    """The functions of the compiled library."""

    def __init__(self, path: Path) -> None:
        """CannotBuild when the file is no library of ours."""
        try:
            self.functions = _declared(ctypes.CDLL(str(path)))
        except (OSError, AttributeError) as error:
            raise CannotBuild(f"{path.name} cannot be loaded: {error}") from None

    def cut_releases(self, block: bytes) -> tuple[list[bytes], int]:
        """As `catalog.dumps.cutting.cut_releases`."""
        places, read = self.cut(block)
        return [block[one.start : one.end] for one in places], read

    def cut(self, block: bytes) -> tuple[ctypes.Array[Span], int]:
        """(places of the records on a collected medium, how many there are of all kinds)."""
        room = len(block) // 1024 + 16
        read = ctypes.c_uint64()
        while True:
            places = (Span * room)()
            found = self.functions.vinilogy_cut(block, len(block), places, room, ctypes.byref(read))
            if found <= room:
                return (Span * found).from_buffer(places), read.value
            room = found


class NativeReader:
    """Rows of one block after another; remembers whom it has written already."""

    def __init__(self, library: Library, bases: Bases) -> None:
        self._library = library
        self._functions = library.functions
        # Both are used from C as long as the loader is.
        self._make_key = _KeyMaker(_make_key)
        self._settings = _Settings(
            *(front_of(base) for base in bases),
            _lines(NAME_WORDS), _lines(TITLE_WORDS), _lines(PLACEHOLDERS), self._make_key,
        )  # fmt: skip
        self._loader: int | None = None

    def rows(self, block: bytes) -> Rows:
        """NotRead where memory or a key was lacking."""
        places, read = self._library.cut(block)
        ends = memoryview(places).cast("B").cast("Q").tolist()
        view = memoryview(block)
        digests = b"".join(
            [
                xxh3_128_digest(view[start:end])
                for start, end in zip(ends[::2], ends[1::2], strict=True)
            ]
        )
        fits = ctypes.create_string_buffer(len(places) + 1)
        loader = self._open()
        self._functions.vinilogy_clear(loader)
        if not self._functions.vinilogy_read(
            loader, block, len(block), places, len(places), digests, fits, MOST_REMEMBERED
        ):
            self.close()
            raise NotRead
        others = [
            block[one.start : one.end]
            for one, fit in zip(places, fits.raw, strict=False)
            if not fit
        ]
        tables = self._tables(loader)
        releases = tables.pop(_RELEASES, b"")
        return Rows(releases, tables, self._numbers(loader), others, read)

    def forget(self) -> None:
        """What was written last did not come to stay."""
        if self._loader is not None:
            self._functions.vinilogy_forget(self._loader)

    def close(self) -> None:
        if self._loader is not None:
            self._functions.vinilogy_close(self._loader)
            self._loader = None

    def _open(self) -> int:
        if self._loader is None:
            self._loader = self._functions.vinilogy_open(ctypes.byref(self._settings))
            if self._loader is None:
                raise NotRead
        return self._loader

    def _tables(self, loader: int) -> dict[str, bytes]:
        size = ctypes.c_uint64()
        found = {}
        for number, table in enumerate(COLUMNS):
            at = self._functions.vinilogy_rows(loader, number, ctypes.byref(size))
            if size.value:
                found[table] = ctypes.string_at(at, size.value)
        return found

    def _numbers(self, loader: int) -> list[int]:
        count = ctypes.c_uint64()
        at = self._functions.vinilogy_numbers(loader, ctypes.byref(count))
        return list((ctypes.c_uint32 * count.value).from_address(at)) if count.value else []


def _declared(library: Any) -> Any:
    """The library with the types of its functions (`releases.c`)."""
    size, pointer, text = ctypes.c_uint64, ctypes.c_void_p, ctypes.c_char_p
    sizes = ctypes.POINTER(size)
    for name, result, arguments in (
        ("open", pointer, (ctypes.POINTER(_Settings),)),
        ("close", None, (pointer,)),
        ("forget", None, (pointer,)),
        ("clear", None, (pointer,)),
        ("cut", size, (text, size, ctypes.POINTER(Span), size, sizes)),
        (
            "read", ctypes.c_int32,
            (pointer, text, size, ctypes.POINTER(Span), size, text, text, size),
        ),
        ("rows", pointer, (pointer, ctypes.c_int32, sizes)),
        ("numbers", pointer, (pointer, sizes)),
    ):  # fmt: skip
        function = getattr(library, f"vinilogy_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _make_key(kind: int, text: int, size: int, out: int, room: int) -> int:
    """Called from C: the key of a text that is no plain one. Nothing may be raised through C."""
    try:
        found = _KEYS[kind](ctypes.string_at(text, size).decode())
        if found is None:
            return _NONE_BY_ITSELF
        key = found.encode()
        if len(key) <= room:
            ctypes.memmove(out, key, len(key))
        return len(key)
    except Exception:  # told by the number; the block goes the other way, which raises it again
        return _FAILED


def _lines(words: frozenset[str]) -> bytes:
    return "\n".join(sorted(words)).encode()
