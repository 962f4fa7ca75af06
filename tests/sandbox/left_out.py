"""Where the sandbox differs from a recorded answer on purpose, and why."""

# Keys of old recordings that the services no longer send, and parts that the sandbox leaves out.
GONE = {
    "discogs/artists": {"members.*"},
    "discogs/artists-releases": {"releases.trackinfo"},
    # These keys are values: labels, countries, years.
    "discogs/masters-versions": {"filters.available.*"},
    "discogs/releases": {"series.*", "companies.*", "extraartists.*", "videos.*",
                         "tracklist.extraartists", "tracklist.extraartists.*",
                         "tracklist.sub_tracks.*", "tracklist.artists.*"},
    "discogs/masters": {"videos.*", "tracklist.extraartists", "tracklist.extraartists.*"},
    "lastfm/user-gettopartists": {"topartists.@attr.type"},
    "musicbrainz/release-group-lookup": {"releases.*", "relations.url.relations", "releases"},
    "musicbrainz/artist-lookup": {"begin_area", "end_area", "aliases.*", "relations.attributes.*",
                                  "begin_area.*", "end_area.*", "begin-area.*", "end-area.*",
                                  "relations.*", "area.*"},
    "musicbrainz/artist-search": {"artist", "artist.*"},
    "musicbrainz/release-group-search": {"release-groups.releases.*", "release-groups.tags",
                                         "release-groups.tags.*",
                                         "release-groups.artist-credit.artist.aliases",
                                         "release-groups.artist-credit.artist.aliases.*"},
    "spotify/me": {"country", "followers", "followers.*", "product"},
    "spotify/me-top-artists": {"items.followers", "items.followers.*", "items.popularity"},
    "spotify/me-top-tracks": {"items.popularity", "items.restrictions", "items.restrictions.*",
                              "items.album.restrictions", "items.album.restrictions.*",
                              "items.available_markets", "items.album.available_markets"},
    "spotify/search": {"playlists", "playlists.*", "tracks.items.popularity",
                       "artists.items.followers", "artists.items.followers.*",
                       "artists.items.popularity",
                       "albums.items.available_markets", "tracks.items.available_markets",
                       "tracks.items.album.available_markets"},
    "spotify/albums": {"available_markets", "label", "popularity", "copyrights.*",
                       "tracks.items.available_markets"},
    "ebay/item": {"unitPrice", "unitPrice.*", "unitPricingMeasure",
                  "taxes.*", "returnTerms.*", "localizedAspects.*", "primaryProductReviewRating",
                  "primaryProductReviewRating.*", "shippingOptions.*", "additionalImages",
                  "additionalImages.*", "mpn", "brand", "epid", "itemAffiliateWebUrl", "color",
                  "conditionDescription", "conditionDescriptors", "gtin", "itemLocation.city",
                  "itemLocation.stateOrProvince", "seller.*", "shipToLocations.*", "product",
                  "product.*", "inferredEpid", "paymentMethods", "paymentMethods.*", "immediatePay",
                  "estimatedAvailabilities.*"},
    "ebay/item-summary-search": {"itemSummaries.marketingPrice", "itemSummaries.marketingPrice.*",
                                 "itemSummaries.epid", "itemSummaries.itemAffiliateWebUrl",
                                 "itemSummaries.additionalImages",
                                 "itemSummaries.additionalImages.*"},
    "lastfm/user-gettopalbums": {"topalbums.@attr.type"},
    "musicbrainz/release-browse": {"releases.release-events.area.*"},
    "musicbrainz/release-lookup": {
        # Parts that are asked for by inc= and that nobody here asks for.
        "annotation", "aliases", "aliases.*", "genres", "genres.*", "tags", "tags.*", "user-genres",
        "user-genres.*", "user-tags", "user-tags.*", "artist-credit.artist.*", "label-info.label.*",
        "media.*", "relations.*", "release-group.*", "release-events.area.*",
    },
    "musicbrainz/release-search": {
        "releases.artist-credit.artist.*", "releases.label-info.label.*", "releases.media.*",
        "releases.release-group.*", "releases.release-events.area.*",
    },
    "spotify/artists": {"followers", "followers.*", "popularity"},
    "spotify/artists-albums": {"items.available_markets"},
    # Asked for by ?ids=, which is no more; fields that went with 2026.
    "spotify/tracks": {"tracks", "tracks.*", "album.available_markets", "available_markets",
                       "popularity"},
    "lastfm/album-getinfo": {"album.wiki", "album.wiki.*", "album.userplaycount"},
}  # fmt: skip

# Types that differ on purpose.
OTHER_TYPE = {
    # A number since the thumbnails have three sizes; the recording is older.
    "coverartarchive/release-index": {"images.id"},
    # Releases without a master.
    "discogs/collection-items-by-release": {"releases.basic_information.master_url"},
    # Of 2014; numbers today.
    "lastfm/artist-gettoptags": {"toptags.tag.count"},
    "musicbrainz/release-group-search": {"release-groups.score"},
    # Null where nothing is known: these recordings have everything.
    "listenbrainz/labs-similar-artists": {"type"},
    "listenbrainz/popularity-top-recordings-for-artist": {"caa_id", "caa_release_mbid"},
    "musicbrainz/artist-lookup": {"begin-area"},
    "musicbrainz/release-lookup": {"barcode", "packaging", "packaging-id", "label-info.label.*"},
    "musicbrainz/release-search": {"releases.asin", "releases.barcode", "releases.score",
                                   "releases.packaging", "releases.packaging-id"},
    # All null in the recording, because that listener's plays were not mapped.
    "listenbrainz/stats-user-artists": {"payload.artists.artist_mbid"},
    # Null in the recordings of 2014, a text since.
    "musicbrainz/release-browse": {"releases.media.title", "releases.packaging"},
    # Null on the last page.
    "spotify/artists-albums": {"next"},
    "spotify/search": {"albums.next", "artists.next", "tracks.next"},
    # Gone for new applications since 2024.
    "spotify/tracks": {"preview_url"},
}  # fmt: skip
