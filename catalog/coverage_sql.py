"""How much of what matters is known, as statements. Pure: the importer of dumps and the services
run them, each on a connection of its own.

What matters is what people use: artists that were read from the services or are played, and their
albums; the dumps' millions beside them say nothing about it.
"""

from __future__ import annotations

ARTISTS, ALBUMS, PRICES = "artists-with-mbid", "albums-with-pressing", "wanted-with-price"
# What each share should be, in per cent.
TARGETS = {ARTISTS: 95, ALBUMS: 80, PRICES: 50}

# By an index each, where counting reads a whole table: a catalogue that nobody uses has neither
# wants nor plays, nor ids of MusicBrainz.
IS_USED = """
SELECT EXISTS (SELECT 1 FROM catalog_album WHERE demand > 0)
    OR EXISTS (SELECT 1 FROM catalog_externalid WHERE kind = 'artist' AND source = 'musicbrainz')
"""
# Each gives (part, whole), by the indexes of what was asked for: a quarter of a second for 10,000
# albums that people use among 2,000,000 with 5,000,000 pressings.
COUNTS = {
    ARTISTS: """
SELECT count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM catalog_externalid e
        WHERE e.kind = 'artist' AND e.source = 'musicbrainz' AND e.entity_id = a.id)), count(*)
FROM catalog_artist a
WHERE (a.albums_synced_at IS NOT NULL OR a.demand_at IS NOT NULL)
    AND NOT a.is_placeholder AND a.merged_into_id IS NULL
""",
    ALBUMS: """
SELECT count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM catalog_release r WHERE r.album_id = b.id)), count(*)
FROM catalog_album b
WHERE (b.releases_synced_at IS NOT NULL OR b.demand > 0) AND b.merged_into_id IS NULL
""",
}
# Parameters: key, part, whole, target.
NOTE = """
INSERT INTO catalog_coverage (key, part, whole, target, measured_at) VALUES (%s, %s, %s, %s, now())
ON CONFLICT (key) DO UPDATE SET part = excluded.part, whole = excluded.whole,
    target = excluded.target, measured_at = excluded.measured_at
"""
