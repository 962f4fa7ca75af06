"""What stands on somebody's Discogs shelf and want list: that person's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vinyl.upstreams import reading
from vinyl.upstreams.discogs.answers import Credit, Format, LabelCredit
from vinyl.upstreams.discogs.market import Price

Json = Mapping[str, Any]


@dataclass(frozen=True)
class BasicInformation:
    """What collection and want rows tell about a release, without another call."""

    id: int
    title: str
    artists: tuple[Credit, ...] = ()
    labels: tuple[LabelCredit, ...] = ()
    formats: tuple[Format, ...] = ()
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    year: int | None = None
    master_id: int | None = None

    @property
    def is_vinyl(self) -> bool:
        return any(one.name == "Vinyl" for one in self.formats)

    @classmethod
    def from_json(cls, data: Json) -> BasicInformation:
        return cls(
            id=reading.required_id(data.get("id"), "release"),
            title=reading.text(data.get("title")),
            artists=tuple(Credit.from_json(row) for row in reading.rows(data.get("artists"))),
            labels=tuple(LabelCredit.from_json(row) for row in reading.rows(data.get("labels"))),
            formats=tuple(Format.from_json(row) for row in reading.rows(data.get("formats"))),
            genres=reading.texts(data.get("genres")),
            styles=reading.texts(data.get("styles")),
            year=reading.year(data.get("year")),
            master_id=reading.maybe_whole(data.get("master_id")) or None,
        )


@dataclass(frozen=True)
class Folder:
    """A folder of somebody's shelf: 0 holds everything, 1 is "Uncategorized". Two folders may bear
    the same name."""

    id: int
    name: str
    count: int = 0

    @classmethod
    def from_json(cls, data: Json) -> Folder:
        number = reading.maybe_whole(data.get("id"))
        if number is None:
            raise reading.Malformed("folder has no id")
        return cls(
            id=number,
            name=reading.text(data.get("name")),
            count=reading.whole(data.get("count")),
        )


@dataclass(frozen=True)
class CollectionField:
    """One of the person's own columns. `kind` is "dropdown" (with its `options`) or "textarea"."""

    id: int
    name: str
    kind: str = ""
    options: tuple[str, ...] = ()
    position: int | None = None
    public: bool = False

    @classmethod
    def from_json(cls, data: Json) -> CollectionField:
        return cls(
            id=reading.required_id(data.get("id"), "field"),
            name=reading.text(data.get("name")),
            kind=reading.text(data.get("type")),
            options=reading.texts(data.get("options")),
            position=reading.maybe_whole(data.get("position")),
            public=data.get("public") is True,
        )


@dataclass(frozen=True)
class CollectionValue:
    """The shelf's worth by Discogs' own sales, in the account's currency: printed money there
    ("€101.72"), amounts here. None where Discogs prints something that is no amount."""

    minimum: Price | None
    median: Price | None
    maximum: Price | None

    @classmethod
    def from_json(cls, data: Json) -> CollectionValue:
        if not {"minimum", "median", "maximum"} <= set(data):
            raise reading.Malformed("value without its three amounts")
        return cls(*(_printed(data[name]) for name in ("minimum", "median", "maximum")))


@dataclass(frozen=True)
class CollectionItem:
    """One copy on somebody's shelf: the same release may stand there twice, as two instances.

    `rating` 1-5, None where not rated. `notes` maps the folder's field number to its text (1 is
    media condition, 2 sleeve condition, 3 notes for most accounts).
    """

    instance_id: int
    release: BasicInformation
    folder_id: int | None = None
    rating: int | None = None
    added_at: datetime | None = None
    notes: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Json) -> CollectionItem:
        return cls(
            instance_id=reading.required_id(data.get("instance_id"), "collection item"),
            release=_basic(data),
            folder_id=reading.maybe_whole(data.get("folder_id")),
            rating=reading.maybe_whole(data.get("rating")) or None,
            added_at=reading.moment(data.get("date_added")),
            notes={
                reading.whole(row.get("field_id")): reading.text(row.get("value"))
                for row in reading.rows(data.get("notes"))
            },
        )


@dataclass(frozen=True)
class WantedRelease:
    """A row of somebody's want list; always a release, never a master."""

    release: BasicInformation
    rating: int | None = None
    notes: str = ""
    added_at: datetime | None = None

    @classmethod
    def from_json(cls, data: Json) -> WantedRelease:
        return cls(
            release=_basic(data),
            rating=reading.maybe_whole(data.get("rating")) or None,
            notes=reading.text(data.get("notes")),
            added_at=reading.moment(data.get("date_added")),
        )


def _printed(value: Any) -> Price | None:
    found = reading.printed_amount(value)
    return None if found is None else Price(*found)


def _basic(data: Json) -> BasicInformation:
    inner = dict(reading.mapping(data.get("basic_information"), "basic_information"))
    inner.setdefault("id", data.get("id"))
    return BasicInformation.from_json(inner)
