"""What Discogs answers, typed. Each `from_json` reads one object and ignores unknown fields.

`MasterRow.lowest_price` is left out on purpose: a master's lowest price covers every format and
must never be shown as a vinyl price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vinyl.upstreams import reading

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Credit:
    """An artist as credited on something. `name` is without Discogs' "(2)", which is in
    `disambiguation`; `credited_as` is the name printed there (the anv, else the name)."""

    id: int
    name: str
    disambiguation: str = ""
    credited_as: str = ""
    join: str = ""
    role: str = ""

    @classmethod
    def from_json(cls, data: Json) -> Credit:
        name, number = reading.split_disambiguation(reading.text(data.get("name")))
        return cls(
            id=reading.whole(data.get("id")),
            name=name,
            disambiguation=number,
            credited_as=reading.text(data.get("anv")) or name,
            join=reading.text(data.get("join")),
            role=reading.text(data.get("role")),
        )


@dataclass(frozen=True)
class LabelCredit:
    """A label or company; `role` is what it did ("Label", "Pressed By")."""

    id: int
    name: str
    catno: str = ""
    role: str = ""

    @classmethod
    def from_json(cls, data: Json) -> LabelCredit:
        return cls(
            id=reading.whole(data.get("id")),
            name=reading.text(data.get("name")),
            catno=reading.text(data.get("catno")),
            role=reading.text(data.get("entity_type_name")),
        )


@dataclass(frozen=True)
class Format:
    """One line of a release's formats. `quantity` is how many of them; None if unreadable."""

    name: str
    quantity: int | None = None
    text: str = ""
    descriptions: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> Format:
        return cls(
            name=reading.text(data.get("name")),
            quantity=reading.maybe_whole(data.get("qty")),
            text=reading.text(data.get("text")),
            descriptions=reading.texts(data.get("descriptions")),
        )


@dataclass(frozen=True)
class Identifier:
    """Barcode, matrix and the like, as printed; `kind` is Discogs' own word, e.g. "Barcode"."""

    kind: str
    value: str
    description: str = ""


@dataclass(frozen=True)
class Track:
    """`kind` is "track", "heading" or "index"; `duration` as printed ("3:32") or "". `level` is 1
    for the parts of an index track, which stand behind it, and 0 for all else."""

    position: str
    title: str
    duration: str = ""
    kind: str = "track"
    credits: tuple[Credit, ...] = ()
    level: int = 0

    @classmethod
    def list_from_json(cls, data: Any, level: int = 0) -> tuple[Track, ...]:
        """Tracks in order, nested parts of an index track flattened behind it."""
        found: list[Track] = []
        for row in reading.rows(data):
            found.append(
                cls(
                    position=reading.text(row.get("position")),
                    title=reading.text(row.get("title")),
                    duration=reading.text(row.get("duration")),
                    kind=reading.text(row.get("type_")) or "track",
                    credits=tuple(
                        Credit.from_json(one) for one in reading.rows(row.get("artists"))
                    ),
                    level=level,
                )
            )
            found.extend(cls.list_from_json(row.get("sub_tracks"), level + 1))
        return tuple(found)


@dataclass(frozen=True)
class CommunityRating:
    """`average` is 0-5, None where nobody rated."""

    release_id: int
    average: Decimal | None
    count: int

    @classmethod
    def from_json(cls, data: Json) -> CommunityRating:
        rating = reading.sub(data, "rating")
        count = reading.whole(rating.get("count"))
        return cls(
            release_id=reading.required_id(data.get("release_id"), "rated release"),
            average=reading.maybe_number(rating.get("average")) if count else None,
            count=count,
        )


@dataclass(frozen=True)
class SearchHit:
    """A row of `database/search`. `title` is "Artist - Title" for releases and masters."""

    id: int
    type: str
    title: str
    year: int | None = None
    country: str = ""
    formats: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    catno: str = ""
    barcodes: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    master_id: int | None = None
    have: int | None = None
    want: int | None = None
    # The formats one by one, which only results for releases have; `formats` are their words.
    lines: tuple[Format, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> SearchHit:
        community = reading.sub(data, "community")
        return cls(
            id=reading.required_id(data.get("id"), "search hit"),
            type=reading.text(data.get("type")),
            title=reading.text(data.get("title")),
            year=reading.year(data.get("year")),
            country=reading.text(data.get("country")),
            formats=reading.texts(data.get("format")),
            labels=reading.texts(data.get("label")),
            catno=reading.text(data.get("catno")),
            barcodes=reading.texts(data.get("barcode")),
            genres=reading.texts(data.get("genre")),
            styles=reading.texts(data.get("style")),
            master_id=reading.maybe_whole(data.get("master_id")) or None,
            have=reading.maybe_whole(community.get("have")),
            want=reading.maybe_whole(community.get("want")),
            lines=tuple(Format.from_json(row) for row in reading.rows(data.get("formats"))),
        )


@dataclass(frozen=True)
class Artist:
    id: int
    name: str
    disambiguation: str = ""
    real_name: str = ""
    profile: str = ""
    name_variations: tuple[str, ...] = ()
    aliases: tuple[Credit, ...] = ()
    members: tuple[Credit, ...] = ()
    groups: tuple[Credit, ...] = ()
    urls: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> Artist:
        raw = reading.required_text(data.get("name"), "artist name")
        name, number = reading.split_disambiguation(raw)
        return cls(
            id=reading.required_id(data.get("id"), "artist"),
            name=name,
            disambiguation=number,
            real_name=reading.text(data.get("realname")),
            profile=reading.text(data.get("profile")),
            name_variations=reading.texts(data.get("namevariations")),
            aliases=tuple(Credit.from_json(row) for row in reading.rows(data.get("aliases"))),
            members=tuple(Credit.from_json(row) for row in reading.rows(data.get("members"))),
            groups=tuple(Credit.from_json(row) for row in reading.rows(data.get("groups"))),
            urls=reading.texts(data.get("urls")),
        )


@dataclass(frozen=True)
class ArtistRelease:
    """A row of an artist's releases. `type` is "master" or "release"; keep role "Main".

    A master row has no format and its pressing in `main_release`; `year` is None where unknown.
    """

    id: int
    type: str
    title: str
    artist: str = ""
    role: str = ""
    year: int | None = None
    format: str = ""
    label: str = ""
    main_release: int | None = None
    in_collection: int | None = None
    in_wantlist: int | None = None

    @classmethod
    def from_json(cls, data: Json) -> ArtistRelease:
        community = reading.sub(reading.sub(data, "stats"), "community")
        return cls(
            id=reading.required_id(data.get("id"), "artist release"),
            type=reading.text(data.get("type")) or "release",
            title=reading.text(data.get("title")),
            artist=reading.text(data.get("artist")),
            role=reading.text(data.get("role")),
            year=reading.year(data.get("year")),
            format=reading.text(data.get("format")),
            label=reading.text(data.get("label")),
            main_release=reading.maybe_whole(data.get("main_release")),
            in_collection=reading.maybe_whole(community.get("in_collection")),
            in_wantlist=reading.maybe_whole(community.get("in_wantlist")),
        )


@dataclass(frozen=True)
class Master:
    """A work. `num_for_sale` counts every format, so it is no number of vinyl copies."""

    id: int
    title: str
    artists: tuple[Credit, ...] = ()
    year: int | None = None
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    main_release: int | None = None
    tracks: tuple[Track, ...] = ()
    num_for_sale: int | None = None

    @classmethod
    def from_json(cls, data: Json) -> Master:
        return cls(
            id=reading.required_id(data.get("id"), "master"),
            title=reading.required_text(data.get("title"), "master title"),
            artists=tuple(Credit.from_json(row) for row in reading.rows(data.get("artists"))),
            year=reading.year(data.get("year")),
            genres=reading.texts(data.get("genres")),
            styles=reading.texts(data.get("styles")),
            main_release=reading.maybe_whole(data.get("main_release")),
            tracks=Track.list_from_json(data.get("tracklist")),
            num_for_sale=reading.maybe_whole(data.get("num_for_sale")),
        )


@dataclass(frozen=True)
class Version:
    """One pressing of a master. `format` is one string ("LP, Album, Reissue"); `released` is as
    sent ("1998-12-00", "1998" or ""), `year` its year; counts are None where not told."""

    id: int
    title: str
    format: str = ""
    major_formats: tuple[str, ...] = ()
    label: str = ""
    catno: str = ""
    country: str = ""
    released: str = ""
    year: int | None = None
    status: str = ""
    in_collection: int | None = None
    in_wantlist: int | None = None

    @classmethod
    def from_json(cls, data: Json) -> Version:
        community = reading.sub(reading.sub(data, "stats"), "community")
        return cls(
            id=reading.required_id(data.get("id"), "version"),
            title=reading.text(data.get("title")),
            format=reading.text(data.get("format")),
            major_formats=reading.texts(data.get("major_formats")),
            label=reading.text(data.get("label")),
            catno=reading.text(data.get("catno")),
            country=reading.text(data.get("country")),
            released=reading.text(data.get("released")),
            year=reading.year(data.get("released")),
            status=reading.text(data.get("status")),
            in_collection=reading.maybe_whole(community.get("in_collection")),
            in_wantlist=reading.maybe_whole(community.get("in_wantlist")),
        )


@dataclass(frozen=True)
class Release:
    """One pressing in full. `released` is as printed by Discogs, day and month may be "00".

    `rating` is 0-5 or None where nobody rated. `lowest_price` is a bare number in USD unless
    another currency was asked for, and Discogs ignores that wish here: use
    `marketplace_stats` for a price. `weight_g` is Discogs' estimate.
    """

    id: int
    title: str
    artists: tuple[Credit, ...] = ()
    labels: tuple[LabelCredit, ...] = ()
    formats: tuple[Format, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    companies: tuple[LabelCredit, ...] = ()
    extra_artists: tuple[Credit, ...] = ()
    country: str = ""
    released: str = ""
    year: int | None = None
    master_id: int | None = None
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    notes: str = ""
    tracks: tuple[Track, ...] = ()
    have: int | None = None
    want: int | None = None
    rating: Decimal | None = None
    rating_count: int = 0
    num_for_sale: int | None = None
    weight_g: int | None = None
    status: str = ""
    data_quality: str = ""
    uri: str = ""

    @property
    def is_vinyl(self) -> bool:
        """Any of its formats is Vinyl (an LP with a CD is); shellac, flexi and acetate are not."""
        return any(one.name == "Vinyl" for one in self.formats)

    @classmethod
    def from_json(cls, data: Json) -> Release:
        community = reading.sub(data, "community")
        rating = reading.sub(community, "rating")
        rated = reading.whole(rating.get("count"))
        return cls(
            id=reading.required_id(data.get("id"), "release"),
            title=reading.required_text(data.get("title"), "release title"),
            artists=tuple(Credit.from_json(row) for row in reading.rows(data.get("artists"))),
            labels=tuple(LabelCredit.from_json(row) for row in reading.rows(data.get("labels"))),
            formats=tuple(Format.from_json(row) for row in reading.rows(data.get("formats"))),
            identifiers=_identifiers(data.get("identifiers")),
            companies=tuple(
                LabelCredit.from_json(row) for row in reading.rows(data.get("companies"))
            ),
            extra_artists=tuple(
                Credit.from_json(row) for row in reading.rows(data.get("extraartists"))
            ),
            country=reading.text(data.get("country")),
            released=reading.text(data.get("released")),
            year=reading.year(data.get("year")) or reading.year(data.get("released")),
            master_id=reading.maybe_whole(data.get("master_id")) or None,
            genres=reading.texts(data.get("genres")),
            styles=reading.texts(data.get("styles")),
            notes=reading.text(data.get("notes")),
            tracks=Track.list_from_json(data.get("tracklist")),
            have=reading.maybe_whole(community.get("have")),
            want=reading.maybe_whole(community.get("want")),
            rating=reading.maybe_number(rating.get("average")) if rated else None,
            rating_count=rated,
            num_for_sale=reading.maybe_whole(data.get("num_for_sale")),
            weight_g=reading.maybe_whole(data.get("estimated_weight")) or None,
            status=reading.text(data.get("status")),
            data_quality=reading.text(data.get("data_quality")),
            uri=reading.text(data.get("uri")),
        )


def _identifiers(data: Any) -> tuple[Identifier, ...]:
    return tuple(
        Identifier(
            kind=reading.text(row.get("type")),
            value=reading.text(row.get("value")),
            description=reading.text(row.get("description")),
        )
        for row in reading.rows(data)
        if reading.text(row.get("value"))
    )
