"""Linking accounts at Discogs and Spotify: the sign-in library's flows, our addresses and rules."""
