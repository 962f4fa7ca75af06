"""Who somebody is on Discogs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vinyl.upstreams import reading

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Identity:
    id: int
    username: str

    @classmethod
    def from_json(cls, data: Json) -> Identity:
        return cls(
            id=reading.required_id(data.get("id"), "identity"),
            username=reading.required_text(data.get("username"), "username"),
        )


@dataclass(frozen=True)
class Profile:
    """Somebody's public page. `location` is free text; `seller_rating` a percentage, None where
    the person never sold; `currency` is the one their listings are priced in."""

    id: int
    username: str
    location: str = ""
    currency: str = ""
    num_for_sale: int | None = None
    num_collection: int | None = None
    num_wantlist: int | None = None
    seller_rating: Decimal | None = None
    seller_ratings: int | None = None

    @classmethod
    def from_json(cls, data: Json) -> Profile:
        ratings = reading.maybe_whole(data.get("seller_num_ratings"))
        return cls(
            id=reading.required_id(data.get("id"), "user"),
            username=reading.required_text(data.get("username"), "username"),
            location=reading.text(data.get("location")),
            currency=reading.text(data.get("curr_abbr")),
            num_for_sale=reading.maybe_whole(data.get("num_for_sale")),
            num_collection=reading.maybe_whole(data.get("num_collection")),
            num_wantlist=reading.maybe_whole(data.get("num_wantlist")),
            seller_rating=reading.maybe_number(data.get("seller_rating")) if ratings else None,
            seller_ratings=ratings,
        )
