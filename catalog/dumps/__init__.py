"""The monthly open dumps of Discogs, straight into the catalogue's tables."""
