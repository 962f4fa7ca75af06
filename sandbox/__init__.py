"""A stand-in for every outside service, over real HTTP.

One server on one port answers as Discogs, Spotify, Last.fm, ListenBrainz, MusicBrainz, the Cover
Art Archive, eBay, the ECB and a few record shops: the same paths, parameters, paging, headers,
sign-in, limits and errors. Each outside host is a path prefix. The package imports nothing of the
product, and the product imports nothing of it.
"""
