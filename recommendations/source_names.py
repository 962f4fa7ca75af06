"""What a list can be made from, as people read it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recommendations import profile


def source_names() -> dict[str, str]:
    """Words by source of recommendations.profile.SOURCES, in their order."""
    return {
        "lastfm": "Last.fm",
        "listenbrainz": "ListenBrainz",
        "spotify": _("Spotify, by your link"),
        "spotify_file": _("Spotify, the history file"),
        profile.SHELF: _("Your shelf"),
        profile.WANTS: _("Your wants"),
        profile.LOCKS: _("Albums that you keep on the list"),
        profile.SEEDS: _("Artists that you named"),
        profile.DISMISSALS: _("What your dismissals say about your taste"),
    }
