"""Discogs' API, one method per endpoint.

Catalogue and price calls go out with the site's own credentials, so that the same question by
many people is asked once; a person's token is used only for what belongs to that person. Discogs
counts calls per source address, not per person, so one budget serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient, HeaderAuth, path
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.discogs.answers import (
    Artist,
    ArtistRelease,
    Identity,
    Master,
    Release,
    SearchHit,
    Version,
)
from vinyl.upstreams.discogs.market import Listing, MarketplaceStats, PriceSuggestions
from vinyl.upstreams.discogs.shelf import CollectionItem, WantedRelease
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotConfigured
from vinyl.upstreams.reading import Page

T = TypeVar("T")

PER_PAGE = 100
# Only the first 10,000 results can be paged to, whatever `pagination.items` says; beyond page
# 100 of somebody else's inventory Discogs answers 403.
REACHABLE = 10_000
CURRENCIES = frozenset(
    {"USD", "GBP", "EUR", "CAD", "AUD", "JPY", "CHF", "MXN", "BRL", "NZD", "SEK", "ZAR"}
)


@dataclass(frozen=True)
class UserToken:
    """A person's OAuth 1.0a access token. It does not expire and is hidden in every repr."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


class Client(BaseClient):
    """Discogs for one caller. All methods raise UpstreamError subclasses only."""

    upstream = "discogs"

    def __init__(
        self,
        *,
        lane: Lane = Lane.BACKGROUND,
        person_id: int | None = None,
        token: UserToken | None = None,
    ) -> None:
        super().__init__(lane=lane, person_id=person_id)
        self._token = token

    # --- the person -----------------------------------------------------------------------

    def identity(self) -> Identity:
        """Whose token this is. CredentialsRejected when it was revoked."""
        return self._one("/oauth/identity", Identity.from_json, as_person=True)

    def collection_items(self, username: str, *, page: int = 1) -> Page[CollectionItem]:
        """All copies on a shelf, folder 0, oldest first so that pages stay put while paging.

        Forbidden when the shelf is private and the token is not its owner's.
        """
        return self._page(
            path("users", username, "collection", "folders", 0, "releases"),
            "releases",
            CollectionItem.from_json,
            page,
            {"sort": "added", "sort_order": "asc"},
            as_person=True,
        )

    def wants(self, username: str, *, page: int = 1) -> Page[WantedRelease]:
        """Somebody's want list: releases only."""
        return self._page(
            path("users", username, "wants"), "wants", WantedRelease.from_json, page, as_person=True
        )

    # --- the catalogue --------------------------------------------------------------------

    def search(
        self,
        *,
        type: str,
        q: str = "",
        artist: str = "",
        title: str = "",
        release_title: str = "",
        catno: str = "",
        barcode: str = "",
        format: str = "",
        country: str = "",
        year: int | str = "",
        page: int = 1,
        per_page: int = PER_PAGE,
    ) -> Page[SearchHit]:
        """Search for type "release", "master", "artist" or "label". Needs a key: NotConfigured.

        `pages` is what can be reached (10,000 results); `total` what Discogs claims.
        """
        if self._auth(as_person=False)[0] is None:
            raise NotConfigured(self.upstream)
        wishes = {
            "type": type, "q": q, "artist": artist, "title": title,
            "release_title": release_title, "catno": catno, "barcode": barcode,
            "format": format, "country": country, "year": str(year or ""),
        }  # fmt: skip
        return self._page(
            "/database/search",
            "results",
            SearchHit.from_json,
            page,
            {name: value for name, value in wishes.items() if value},
            per_page=min(per_page, PER_PAGE),
            reachable=REACHABLE,
        )

    def artist(self, id: int) -> Artist:
        return self._one(path("artists", id), Artist.from_json)

    def artist_releases(self, id: int, *, page: int = 1) -> Page[ArtistRelease]:
        """Masters and lone releases mixed, by year. Keep those with role "Main"."""
        return self._page(
            path("artists", id, "releases"),
            "releases",
            ArtistRelease.from_json,
            page,
            {"sort": "year", "sort_order": "asc"},
        )

    def master(self, id: int) -> Master:
        return self._one(path("masters", id), Master.from_json)

    def master_versions(self, id: int, *, page: int = 1, format: str = "Vinyl") -> Page[Version]:
        """Every pressing of a master in that format, by release date."""
        wishes = {"sort": "released", "sort_order": "asc"}
        if format:
            wishes["format"] = format
        return self._page(
            path("masters", id, "versions"), "versions", Version.from_json, page, wishes
        )

    def release(self, id: int) -> Release:
        return self._one(path("releases", id), Release.from_json)

    # --- the market -----------------------------------------------------------------------

    def marketplace_stats(self, release_id: int, *, currency: str = "EUR") -> MarketplaceStats:
        """Lowest item price now (no shipping, any grade) and the number for sale."""
        return self._one(
            path("marketplace", "stats", release_id),
            lambda data: MarketplaceStats.from_json(release_id, data),
            {"curr_abbr": _currency(currency)},
        )

    def price_suggestions(self, release_id: int) -> PriceSuggestions:
        """Discogs' suggested price per grade, for a person with seller settings.

        In that seller's currency. Forbidden or NotFound for people who never filled them in.
        """
        return self._one(
            path("marketplace", "price_suggestions", release_id),
            lambda data: PriceSuggestions.from_json(release_id, data),
            as_person=True,
        )

    def inventory(self, username: str, *, page: int = 1, sort_order: str = "asc") -> Page[Listing]:
        """What a seller has for sale, by listing date; at most 10,000 of it can be read."""
        return self._page(
            path("users", username, "inventory"),
            "listings",
            Listing.from_json,
            page,
            {"status": "For Sale", "sort": "listed", "sort_order": sort_order},
            reachable=REACHABLE,
        )

    def listing(self, id: int, *, currency: str = "EUR") -> Listing:
        """One copy for sale; NotFound when it is gone."""
        return self._one(
            path("marketplace", "listings", id),
            Listing.from_json,
            {"curr_abbr": _currency(currency)},
        )

    # --- how ------------------------------------------------------------------------------

    def _auth(self, *, as_person: bool) -> tuple[AuthBase | None, bool]:
        """(credentials, whether they are the person's own)."""
        if self._token is not None and (as_person or not _site_auth()):
            return (
                OAuth1(
                    keys.value("DISCOGS_CONSUMER_KEY"),
                    client_secret=keys.value("DISCOGS_CONSUMER_SECRET"),
                    resource_owner_key=self._token.key,
                    resource_owner_secret=self._token.secret,
                ),
                True,
            )
        return _site_auth(), False

    def _read(self, where: str, params: Mapping[str, str], *, as_person: bool) -> Mapping[str, Any]:
        auth, personal = self._auth(as_person=as_person)
        if as_person and auth is None:
            raise NotConfigured(self.upstream)
        answer = self._call(
            where,
            params,
            auth=auth,
            personal=personal,
            # Without credentials Discogs allows 25 a minute instead of 60.
            keyless=auth is None,
            # A release that does not exist today is hardly ever added within the hour.
            remember_missing=timedelta(hours=1),
        )
        return reading.mapping(answer.json())

    def _one(
        self,
        where: str,
        parse: Callable[[Mapping[str, Any]], T],
        params: Mapping[str, str] | None = None,
        *,
        as_person: bool = False,
    ) -> T:
        with self._reading():
            return parse(self._read(where, params or {}, as_person=as_person))

    def _page(
        self,
        where: str,
        key: str,
        parse: Callable[[Mapping[str, Any]], T],
        page: int,
        params: Mapping[str, str] | None = None,
        *,
        per_page: int = PER_PAGE,
        reachable: int | None = None,
        as_person: bool = False,
    ) -> Page[T]:
        asked = {**(params or {}), "page": str(page), "per_page": str(per_page)}
        with self._reading():
            body = self._read(where, asked, as_person=as_person)
            paging = reading.mapping(body.get("pagination"), "pagination")
            if key not in body:
                raise reading.Malformed(f"{key} is missing")
            pages = reading.whole(paging.get("pages"), 1)
            if reachable is not None:
                pages = min(pages, reachable // per_page)
            return Page(
                items=reading.each(body[key], parse),
                page=reading.whole(paging.get("page"), page),
                pages=pages,
                total=reading.whole(paging.get("items")),
            )


def _site_auth() -> AuthBase | None:
    """The site's own credentials, sent as a header: in the query Discogs counts 25 a minute."""
    if keys.value("DISCOGS_TOKEN"):
        return HeaderAuth(f"Discogs token={keys.value('DISCOGS_TOKEN')}")
    if keys.value("DISCOGS_CONSUMER_KEY") and keys.value("DISCOGS_CONSUMER_SECRET"):
        key, secret = keys.value("DISCOGS_CONSUMER_KEY"), keys.value("DISCOGS_CONSUMER_SECRET")
        return HeaderAuth(f"Discogs key={key}, secret={secret}")
    return None


def _currency(wanted: str) -> str:
    """Discogs knows twelve currencies; others are asked for in euro and converted by us."""
    return wanted if wanted in CURRENCIES else "EUR"
