"""Where in a raw answer each field of a typed result stands.

A field that is not listed stands under its own name. A rule is a path ("community.have"; "[]" goes
through a list), several paths of which the first with a value counts, or a function of the raw
object for what is worked out. None: the field comes from the question or from the clock.

This is written from the services' documentation, not from the clients: both must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vinyl.upstreams import (
    coverart,
    deezer,
    discogs,
    ebay,
    ecb,
    itunes,
    lastfm,
    listenbrainz,
    musicbrainz,
    spotify,
)

Rule = str | tuple[str, ...] | Callable[[Any], Any] | None
SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
STARS = ("2a96cbd8b46e442fc41c2b86b821562f", "c6f59c1e5e7240a4c0d427abd71f3dbb")


def follow(raw: Any, path: str) -> Any:
    """What stands at the path; None where there is nothing, a list behind "[]"."""
    if not path:
        return raw
    step, _, rest = path.partition(".")
    many = step.endswith("[]")
    inner = raw.get(step.removesuffix("[]")) if isinstance(raw, dict) else None
    if not many:
        return follow(inner, rest)
    rows = inner if isinstance(inner, list) else [inner] if isinstance(inner, dict) else []
    return [follow(row, rest) for row in rows]


def base_name(raw: Any) -> str:
    return re.sub(r"(?<=\S)\s\(\d{1,4}\)$", "", str(raw.get("name") or "").strip())


def number_of(raw: Any) -> str:
    found = re.search(r"\S\s\((\d{1,4})\)$", str(raw.get("name") or "").strip())
    return found.group(1) if found else ""


def year_at(*paths: str) -> Callable[[Any], int | None]:
    def read(raw: Any) -> int | None:
        for path in paths:
            digits = re.match(r"\d{4}", str(follow(raw, path) or ""))
            if digits and int(digits.group()):
                return int(digits.group())
        return None

    return read


def flat_tracks(raw: Any) -> list[Any]:
    found = []
    for row in raw.get("tracklist") or raw.get("sub_tracks") or []:
        found.append({"level": 0, **row})
        parts = flat_tracks({"sub_tracks": row.get("sub_tracks")})
        found += [{**part, "level": part["level"] + 1} for part in parts]
    return found


def printed(path: str) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        text = follow(raw, path)
        return {"value": text[1:].replace(",", ""), "currency": SIGNS[text[0]]}

    return read


def when(path: str, condition: str) -> Callable[[Any], Any]:
    """The value only where another one is not zero or missing."""
    return lambda raw: follow(raw, path) if int(follow(raw, condition) or 0) else None


def last_picture(raw: Any) -> str:
    rows = raw.get("image") or []
    given = [one.get("#text") or "" for one in (rows if isinstance(rows, list) else [rows])]
    real = [one for one in given if one and not any(star in one for star in STARS)]
    return real[-1] if real else ""


def discogs_numbers(kind: str) -> Callable[[Any], list[int]]:
    pattern = re.compile(rf"https?://(?:www\.)?discogs\.com/(?:[^/]+/)?{kind}/(\d+)")

    def read(raw: Any) -> list[int]:
        links = [str(follow(row, "url.resource") or "") for row in raw.get("relations") or []]
        return [int(found.group(1)) for link in links if (found := pattern.match(link))]

    return read


def links(raw: Any) -> list[Any]:
    rows = [row for row in raw.get("relations") or [] if row.get("url")]
    return [[row.get("type"), row["url"].get("resource")] for row in rows]


def cheapest_shipping(raw: Any) -> Any:
    known = [one for one in raw.get("shippingOptions") or [] if one.get("shippingCost")]
    found = min(known, key=lambda one: float(one["shippingCost"]["value"]), default=None)
    return found or next(iter(raw.get("shippingOptions") or []), {})


def regions(raw: Any, name: str) -> list[Any]:
    return [one.get("regionId") for one in (raw.get("shipToLocations") or {}).get(name) or []]


def in_stock(raw: Any) -> Any:
    stocks = follow(raw, "estimatedAvailabilities[].estimatedAvailabilityStatus")
    return None if raw.get("itemEndDate") else not (stocks and set(stocks) == {"OUT_OF_STOCK"})


_NAME: dict[str, Rule] = {"name": base_name, "disambiguation": number_of}
_COUNTS: dict[str, Rule] = {
    "in_collection": "stats.community.in_collection",
    "in_wantlist": "stats.community.in_wantlist",
}
_SITE: dict[str, Rule] = {"url": "external_urls.spotify"}
_PLAYED: dict[str, Rule] = {"plays": "playcount", "rank": "@attr.rank"}
_OF_ARTIST: dict[str, Rule] = {
    "artist": ("artist.name", "artist.#text", "artist"), "artist_mbid": "artist.mbid",
    "title": "name",
}  # fmt: skip
_HEARD: dict[str, Rule] = {
    "artist": "artist_name", "plays": "listen_count", "cover_release_mbid": "caa_release_mbid",
    "artist_mbids": ("artist_mbids", "artist_mbid"),
}  # fmt: skip
_GROUP_NAMES: dict[str, Rule] = {
    "kind": "primary-type", "secondary_kinds": "secondary-types",
    "released": "first-release-date", "artists": "artist-credit", "mbid": "id",
    "master_ids": discogs_numbers("master"),
}  # fmt: skip
_WHO: dict[str, Rule] = {"mbid": "id", "sort_name": "sort-name", "kind": "type"}

FIELDS: dict[type, dict[str, Rule]] = {
    discogs.Credit: {
        **_NAME, "credited_as": lambda raw: str(raw.get("anv") or "").strip() or base_name(raw),
    },
    discogs.Format: {
        # "?" has been seen.
        "quantity": lambda raw: qty if (qty := str(raw.get("qty") or "")).isdigit() else None,
    },
    discogs.Identifier: {"kind": "type"},
    discogs.LabelCredit: {"role": "entity_type_name"},
    discogs.Track: {"kind": lambda raw: raw.get("type_") or "track", "credits": "artists"},
    discogs.Artist: {**_NAME, "real_name": "realname", "name_variations": "namevariations"},
    discogs.ArtistRelease: {
        **_COUNTS, "year": year_at("year"), "type": lambda raw: raw.get("type") or "release",
    },
    discogs.Master: {"year": year_at("year"), "tracks": flat_tracks},
    discogs.Version: {**_COUNTS, "year": year_at("released")},
    discogs.Release: {
        "year": year_at("year", "released"), "tracks": flat_tracks,
        "extra_artists": "extraartists", "have": "community.have", "want": "community.want",
        "rating": when("community.rating.average", "community.rating.count"),
        "rating_count": "community.rating.count", "weight_g": "estimated_weight",
        "identifiers": lambda raw: [
            row for row in raw.get("identifiers") or [] if str(row.get("value") or "").strip()
        ],
    },
    discogs.SearchHit: {
        "year": year_at("year"), "formats": "format", "labels": "label", "barcodes": "barcode",
        "genres": "genre", "styles": "style", "have": "community.have", "want": "community.want",
        "lines": "formats",
    },
    discogs.CommunityRating: {
        "average": when("rating.average", "rating.count"), "count": "rating.count",
    },
    discogs.Profile: {
        "currency": "curr_abbr", "seller_ratings": "seller_num_ratings",
        "seller_rating": when("seller_rating", "seller_num_ratings"),
    },
    discogs.CollectionField: {"kind": "type"},
    discogs.CollectionValue: {
        name: printed(name) for name in ("minimum", "median", "maximum")
    },
    discogs.BasicInformation: {"year": year_at("year")},
    discogs.CollectionItem: {
        "release": lambda raw: {"id": raw.get("id"), **raw["basic_information"]},
        "added_at": "date_added",
        "notes": lambda raw: {row["field_id"]: row["value"] for row in raw.get("notes") or []},
    },
    discogs.WantedRelease: {
        "release": lambda raw: {"id": raw.get("id"), **raw["basic_information"]},
        "added_at": "date_added",
    },
    discogs.Price: {"amount": "value", "currency": ("currency", "curr_abbr")},
    discogs.MarketplaceStats: {
        "release_id": None, "lowest": "lowest_price", "blocked": "blocked_from_sale",
    },
    discogs.PriceSuggestions: {"release_id": None, "by_grade": ""},
    discogs.Seller: {
        "rating": "stats.rating", "ratings": "stats.total", "min_order": "min_order_total",
        "shipping_text": "shipping",
    },
    discogs.Listing: {
        "shipping": "shipping_price", "release_id": "release.id", "allows_offers": "allow_offers",
        "posted_at": "posted", "artist": "release.artist", "format": "release.format",
        "title": ("release.title", "release.description"), "year": year_at("release.year"),
        "catno": "release.catalog_number", "label": "release.label",
    },
    spotify.Me: {**_SITE, "account_id": ("account_id", "id")},
    spotify.Artist: _SITE,
    spotify.Album: {
        **_SITE, "kind": lambda raw: str(raw.get("album_type") or "").lower(),
        "released": "release_date", "upc": "external_ids.upc",
    },
    spotify.Track: {
        **_SITE, "isrc": "external_ids.isrc",
        "album": lambda raw: raw.get("album") if follow(raw, "album.name") else None,
    },
    spotify.Playlist: {
        **_SITE, "owner_id": "owner.id", "total_tracks": ("items.total", "tracks.total"),
    },
    spotify.PlaylistEntry: {
        "track": lambda raw: (
            held if (held := raw.get("item") or raw.get("track") or {}).get("type") == "track"
            and not raw.get("is_local") else None
        ),
        "kind": lambda raw: (
            "local" if raw.get("is_local")
            else (raw.get("item") or raw.get("track") or {}).get("type") or "gone"
        ),
    },
    lastfm.User: {
        "real_name": "realname", "registered_at": "registered.unixtime",
        "country": lambda raw: "" if raw.get("country") == "None" else raw.get("country"),
    },
    lastfm.PlayedArtist: _PLAYED,
    lastfm.PlayedAlbum: {**_PLAYED, **_OF_ARTIST, "image": last_picture},
    lastfm.PlayedTrack: {**_PLAYED, **_OF_ARTIST},
    lastfm.RecentTrack: {
        **_OF_ARTIST, "album": ("album.name", "album.#text"), "album_mbid": "album.mbid",
        "played_at": "date.uts", "image": last_picture,
        "playing": lambda raw: follow(raw, "@attr.nowplaying") == "true",
    },
    lastfm.AlbumTrack: {**_OF_ARTIST, "rank": "@attr.rank", "seconds": "duration"},
    lastfm.AlbumInfo: {
        "title": "name", "tags": "tags.tag[].name", "tracks": "tracks.track",
        "summary": "wiki.summary", "image": last_picture,
    },
    lastfm.ArtistInfo: {
        "listeners": "stats.listeners", "playcount": "stats.playcount", "tags": "tags.tag[].name",
        "similar": "similar.artist[].name", "summary": "bio.summary",
    },
    listenbrainz.PlayedArtist: {
        "name": "artist_name", "plays": "listen_count", "mbids": ("artist_mbids", "artist_mbid"),
    },
    listenbrainz.PlayedReleaseGroup: {
        **_HEARD, "title": "release_group_name", "mbid": "release_group_mbid",
    },
    listenbrainz.PlayedRelease: {**_HEARD, "title": "release_name", "mbid": "release_mbid"},
    listenbrainz.PlayedRecording: {
        **_HEARD, "title": "track_name", "mbid": "recording_mbid", "release": "release_name",
    },
    listenbrainz.Listen: {
        "artist": "track_metadata.artist_name", "track": "track_metadata.track_name",
        "release": "track_metadata.release_name",
        "recording_mbid": "track_metadata.mbid_mapping.recording_mbid",
        "release_mbid": "track_metadata.mbid_mapping.release_mbid",
        "artist_mbids": "track_metadata.mbid_mapping.artist_mbids",
    },
    listenbrainz.PopularReleaseGroup: {
        "mbid": "release_group_mbid", "listens": "total_listen_count",
        "listeners": "total_user_count", "title": ("release_group.name", "release_group_name"),
        "artist": ("artist.name", "artist_name"), "kind": ("release_group.type", "type"),
        "released": ("release_group.date", "date"),
    },
    listenbrainz.PopularRecording: {
        "mbid": "recording_mbid", "title": "recording_name", "listens": "total_listen_count",
        "listeners": "total_user_count", "artist": "artist_name", "release": "release_name",
        "milliseconds": "length",
    },
    listenbrainz.Popularity: {
        "mbid": ("artist_mbid", "release_group_mbid", "release_mbid", "recording_mbid"),
        "listens": "total_listen_count", "listeners": "total_user_count",
    },
    listenbrainz.SimilarArtist: {"mbid": "artist_mbid"},
    musicbrainz.ArtistHit: {**_WHO, "aliases": "aliases[].name"},
    musicbrainz.Artist: {
        **_WHO, "aliases": "aliases[].name", "begin": "life-span.begin", "end": "life-span.end",
        "discogs_ids": discogs_numbers("artist"), "urls": links,
    },
    musicbrainz.ReleaseGroup: _GROUP_NAMES,
    musicbrainz.ArtistName: {
        "mbid": "artist.id", "name": "artist.name", "credited_as": ("name", "artist.name"),
        "join": "joinphrase",
    },
    musicbrainz.Release: {
        "mbid": "id", "released": "date", "labels": "label-info", "artists": "artist-credit",
        "group_mbid": "release-group.id", "discogs_ids": discogs_numbers("release"),
    },
    musicbrainz.Medium: {"tracks": "track-count"},
    musicbrainz.Label: {"mbid": "label.id", "name": "label.name", "catno": "catalog-number"},
    ebay.Item: {
        "item_id": "itemId", "price": ("price.value", "currentBidPrice.value"),
        "currency": ("price.currency", "currentBidPrice.currency"),
        "shipping": lambda raw: follow(cheapest_shipping(raw), "shippingCost.value"),
        "shipping_currency": lambda raw: follow(cheapest_shipping(raw), "shippingCost.currency"),
        "shipping_kind": lambda raw: follow(cheapest_shipping(raw), "shippingCostType"),
        "buying_options": "buyingOptions", "condition_id": "conditionId",
        "country": "itemLocation.country", "postcode": "itemLocation.postalCode",
        "seller": "seller.username", "seller_feedback": "seller.feedbackPercentage",
        "url": "itemWebUrl", "image": "image.imageUrl", "ends_at": "itemEndDate",
        "available": in_stock,
        "ships_to": lambda raw: regions(raw, "regionIncluded"),
        "ships_not_to": lambda raw: regions(raw, "regionExcluded"),
    },
    ecb.RateTable: {},
    coverart.Listed: {},
    deezer.Artist: {"url": "link", "albums": "nb_album", "fans": "nb_fan"},
    deezer.Track: {
        "artist": "artist.name", "artist_id": "artist.id", "album": "album.title",
        "album_id": "album.id", "seconds": "duration", "position": "track_position",
        "has_preview": lambda raw: bool(raw.get("preview")), "url": "link",
    },
    deezer.Album: {
        "artist": "artist.name", "artist_id": "artist.id", "kind": "record_type",
        "released": "release_date", "total_tracks": "nb_tracks", "tracks": "tracks.data",
        "url": "link",
    },
    itunes.Song: {
        "id": "trackId", "title": "trackName", "artist": "artistName", "artist_id": "artistId",
        "album": "collectionName", "album_id": "collectionId", "milliseconds": "trackTimeMillis",
        "position": "trackNumber", "released_at": "releaseDate", "genre": "primaryGenreName",
        "has_preview": lambda raw: bool(raw.get("previewUrl")), "url": "trackViewUrl",
    },
    itunes.Album: {
        "id": "collectionId", "title": "collectionName", "artist": "artistName",
        "artist_id": "artistId", "total_tracks": "trackCount", "released_at": "releaseDate",
        "genre": "primaryGenreName", "url": "collectionViewUrl",
    },
}  # fmt: skip
