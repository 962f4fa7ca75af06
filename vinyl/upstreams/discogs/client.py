"""Discogs' API, one method per endpoint.

Catalogue and price calls go out with the site's own credentials, so that the same question by
many people is asked once; a person's token is used only for what belongs to that person. Discogs
counts calls per source address, not per person, so one budget serves all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vinyl.upstreams import reading
from vinyl.upstreams.base import path
from vinyl.upstreams.discogs.answers import (
    Artist,
    ArtistRelease,
    CommunityRating,
    Master,
    Release,
    SearchHit,
    Version,
)
from vinyl.upstreams.discogs.calling import PER_PAGE, REACHABLE, Caller
from vinyl.upstreams.discogs.market import Listing, MarketplaceStats, PriceSuggestions
from vinyl.upstreams.discogs.people import Identity, Profile
from vinyl.upstreams.discogs.shelf import (
    CollectionField,
    CollectionItem,
    CollectionValue,
    Folder,
    WantedRelease,
)
from vinyl.upstreams.errors import BadAnswer, NotConfigured
from vinyl.upstreams.reading import Page

CURRENCIES = frozenset(
    {"USD", "GBP", "EUR", "CAD", "AUD", "JPY", "CHF", "MXN", "BRL", "NZD", "SEK", "ZAR"}
)


class Client(Caller):
    """Discogs for one caller. All methods raise UpstreamError subclasses only."""

    # --- the person -----------------------------------------------------------------------

    def identity(self) -> Identity:
        """Whose token this is. CredentialsRejected when it was revoked."""
        return self._one("/oauth/identity", Identity.from_json, as_person=True)

    def profile(self, username: str) -> Profile:
        """Somebody's public page. NotFound for a name that nobody has."""
        return self._one(path("users", username), Profile.from_json)

    def collection_folders(self, username: str) -> tuple[Folder, ...]:
        """The shelf's folders, 0 ("All") among them; a stranger is told of that one only."""
        return self._one(
            path("users", username, "collection", "folders"),
            lambda data: reading.each(data.get("folders"), Folder.from_json),
            as_person=True,
        )

    def collection_fields(self, username: str) -> tuple[CollectionField, ...]:
        """What the numbers in a copy's `notes` stand for."""
        return self._one(
            path("users", username, "collection", "fields"),
            lambda data: reading.each(data.get("fields"), CollectionField.from_json),
            as_person=True,
        )

    def collection_items(
        self, username: str, *, folder: int = 0, page: int = 1
    ) -> Page[CollectionItem]:
        """The copies in a folder (0: all), oldest first so that pages stay put while paging.

        Forbidden when the shelf is private and the token is not its owner's.
        """
        return self._page(
            path("users", username, "collection", "folders", folder, "releases"),
            "releases",
            CollectionItem.from_json,
            page,
            {"sort": "added", "sort_order": "asc"},
            as_person=True,
        )

    def copies_of_release(
        self, username: str, release_id: int, *, page: int = 1
    ) -> Page[CollectionItem]:
        """The person's copies of one pressing, each with its instance id."""
        return self._page(
            path("users", username, "collection", "releases", release_id),
            "releases",
            CollectionItem.from_json,
            page,
            as_person=True,
        )

    def add_copy(self, username: str, release_id: int, *, folder: int = 1) -> int | None:
        """Puts one more copy of a release on the person's own shelf (folder 1: "Uncategorized");
        its instance id, None where the answer does not tell it. NotFound when Discogs has no such
        release.

        Twice is not the same as once: a lost answer is never asked for again, and
        `copies_of_release` tells whether it was done.
        """
        where = path(
            "users", username, "collection", "folders", folder, "releases", release_id
        )  # fmt: skip
        answer = self._effect("POST", where, repeatable=False)
        try:
            return reading.maybe_whole(reading.mapping(answer.json()).get("instance_id"))
        except (BadAnswer, reading.Malformed):
            return None

    def remove_copy(self, username: str, release_id: int, instance: int, *, folder: int) -> bool:
        """Takes one copy off the person's own shelf; False when it was not in that folder."""
        return self._remove(
            path(
                "users", username, "collection", "folders", folder, "releases", release_id,
                "instances", instance,
            )
        )  # fmt: skip

    def collection_value(self, username: str) -> CollectionValue:
        """What Discogs thinks the shelf is worth. For its owner only: Forbidden for others."""
        return self._one(
            path("users", username, "collection", "value"),
            CollectionValue.from_json,
            as_person=True,
        )

    def wants(self, username: str, *, page: int = 1) -> Page[WantedRelease]:
        """Somebody's want list: releases only."""
        return self._page(
            path("users", username, "wants"), "wants", WantedRelease.from_json, page, as_person=True
        )

    def add_want(
        self, username: str, release_id: int, *, notes: str = "", rating: int | None = None
    ) -> None:
        """Puts a release on the person's own want list; NotFound when Discogs has no such release.

        Doing it twice is the same as doing it once, so a lost answer is asked for again.
        """
        wishes = {"notes": notes, "rating": str(rating or "")}
        self._effect(
            "PUT",
            path("users", username, "wants", release_id),
            {name: value for name, value in wishes.items() if value},
        )

    def remove_want(self, username: str, release_id: int) -> bool:
        """Takes a release off the person's own want list; False when it was not on it."""
        return self._remove(path("users", username, "wants", release_id))

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

    def release_rating(self, id: int) -> CommunityRating:
        """What people think of a pressing, without the rest of it."""
        return self._one(path("releases", id, "rating"), CommunityRating.from_json)

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
        """What a seller has for sale, by listing date ("asc": oldest first).

        Of somebody else's stock 10,000 can be read in each order: a page beyond is empty, whatever
        Discogs says to it, and `capped` tells that there is more. See `whole_inventory`.
        """
        return self._page(
            path("users", username, "inventory"),
            "listings",
            Listing.from_json,
            page,
            {"status": "For Sale", "sort": "listed", "sort_order": sort_order},
            reachable=REACHABLE,
        )

    def whole_inventory(self, username: str) -> Iterator[Page[Listing]]:
        """Page by page all that can be read of a seller's stock: oldest first, and beyond 10,000
        from the other end too, until the two meet. Up to 20,000 listings, none of them twice
        (one that is sold while this runs may be missed, as with any paging).

        A caller that saves what it has read after each page can stop between two pages.
        """
        seen: set[int] = set()
        for order in ("asc", "desc"):
            page = 1
            while True:
                found = self.inventory(username, page=page, sort_order=order)
                fresh = tuple(one for one in found if one.id not in seen)
                seen.update(one.id for one in fresh)
                yield replace(found, items=fresh)
                met = order == "desc" and len(fresh) < len(found)
                if found.is_last or met:
                    break
                page += 1
            if not found.capped or len(seen) >= found.total:
                return

    def listing(self, id: int, *, currency: str = "EUR") -> Listing:
        """One copy for sale; NotFound when it is gone."""
        return self._one(
            path("marketplace", "listings", id),
            Listing.from_json,
            {"curr_abbr": _currency(currency)},
        )


def _currency(wanted: str) -> str:
    """Discogs knows twelve currencies; others are asked for in euro and converted by us."""
    return wanted if wanted in CURRENCIES else "EUR"
