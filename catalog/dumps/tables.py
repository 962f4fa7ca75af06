"""What the importer writes: tables, columns, and one release as rows of them. Pure.

The columns are named here and not read from the models, because the loading processes run without
Django. A test holds this list against the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from catalog.dumps import copying
from catalog.dumps.records import (
    DumpRelease,
    bare_name,
    discs_of,
    format_words,
    is_unofficial,
    medium_of,
    year_of,
)
from catalog.matching import normalise_number

SOURCE = "discogs-dump"
# The source of albums that the masters' file has described: releases change them no more.
DESCRIBED = "discogs-dump-master"
RELEASE = (
    "id", "album_id", "discogs_id", "content_hash", "title", "country", "released", "year",
    "label", "catalogue_number", "barcode", "medium", "discs", "format", "is_unofficial",
    "generated", "source", "fetched_at", "created_at", "updated_at", "genres", "styles",
    "tracklist", "companies",
)  # fmt: skip
RELEASE_LABEL = (
    "release_id", "position", "label_discogs_id", "name", "catno", "catno_normalised",
)  # fmt: skip
RELEASE_FORMAT = ("release_id", "position", "name", "quantity", "text", "descriptions")
RELEASE_IDENTIFIER = ("release_id", "position", "kind", "value", "description", "normalised")
COLUMNS = {
    "catalog_release": RELEASE,
    "catalog_releaselabel": RELEASE_LABEL,
    "catalog_releaseformat": RELEASE_FORMAT,
    "catalog_releaseidentifier": RELEASE_IDENTIFIER,
}
# Numbers that somebody types from a sleeve or a runout; the rest are kept but not searched.
_TYPED = ("Barcode", "Matrix")


@dataclass
class Rows:
    """COPY lines by table, of one chunk."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(
        self, release: DumpRelease, *, release_id: int, album_id: int, digest: str, now: str
    ) -> None:
        """One release and all that belongs to it."""
        key = str(release_id)
        first = release.labels[0] if release.labels else ("", "", None)
        names = tuple([one.name for one in release.formats])
        plain = copying.row(
            (
                key,
                str(album_id),
                str(release.id),
                digest,
                (release.title or "Untitled")[:1000],
                release.country[:80],
                release.released[:40],
                _number(year_of(release.released)),
                bare_name(first[0])[0][:500],
                _catno(first[1])[:300],
                _barcode(release)[:60],
                medium_of(names) or "vinyl",
                str(discs_of(release.formats)),
                format_words(release.formats)[:500],
                "t" if is_unofficial(release.formats) else "f",
                "f",
                SOURCE,
            )
        ).replace(_NULL_MARK, copying.NULL)
        self.lines["catalog_release"].append(
            "\t".join(
                (
                    plain,
                    now,
                    now,
                    now,
                    copying.array(release.genres),
                    copying.array(release.styles),
                    copying.json_field(orjson.dumps(release.tracks).decode()),
                    copying.json_field(orjson.dumps(release.companies).decode()),
                )
            )
        )
        self._labels(release, key)
        self._formats(release, key)
        self._identifiers(release, key)

    def _labels(self, release: DumpRelease, key: str) -> None:
        add = self.lines["catalog_releaselabel"].append
        for position, (name, catno, label_id) in enumerate(release.labels):
            number = _catno(catno)
            add(
                copying.row(
                    (
                        key,
                        str(position),
                        _number(label_id),
                        bare_name(name)[0][:500],
                        number[:300],
                        normalise_number(number)[:300],
                    )
                ).replace(_NULL_MARK, copying.NULL)
            )

    def _formats(self, release: DumpRelease, key: str) -> None:
        add = self.lines["catalog_releaseformat"].append
        for position, one in enumerate(release.formats):
            plain = copying.row(
                (key, str(position), one.name[:80], str(one.quantity), one.text[:500])
            )
            add(f"{plain}\t{copying.array(one.descriptions)}")

    def _identifiers(self, release: DumpRelease, key: str) -> None:
        add = self.lines["catalog_releaseidentifier"].append
        for position, (kind, value, description) in enumerate(release.identifiers):
            add(
                copying.row(
                    (
                        key,
                        str(position),
                        kind[:60],
                        value[:500],
                        description[:500],
                        normalise_number(value)[:200] if kind.startswith(_TYPED) else "",
                    )
                )
            )


# A sign that no XML can hold, put where NULL goes until the row has been escaped.
_NULL_MARK = "\x00"


def _number(value: int | None) -> str:
    return _NULL_MARK if value is None else str(value)


def _catno(catno: str) -> str:
    return "" if catno.casefold() == "none" else catno


def _barcode(release: DumpRelease) -> str:
    for kind, value, _ in release.identifiers:
        if kind == "Barcode":
            return normalise_number(value)
    return ""


def columns_sql(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
