"""How many pressings of an album are held, compared and withheld, in words. Discogs counts those on
vinyl; flexi-discs, shellac, lathe cuts and acetates are counted by themselves."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Album
from catalog.queries.albums import PressingList
from vinyl.templatetags.vinyl_tags import format_number, nearest_day


def held_words(album: Album, found: PressingList) -> str:
    """Among the album's facts: "12 on vinyl, all held, 4 on other media"."""
    if album.releases_synced_at is None and not found.total:
        return _("not brought yet")
    others = _others(found.others)
    if others and not found.vinyl and not album.upstream_release_count:
        return _("%(count)s, none on vinyl") % {"count": format_number(found.others)}
    return ", ".join(part for part in (_on_vinyl(album, found.vinyl), others) if part)


def _on_vinyl(album: Album, held: int) -> str:
    upstream = album.upstream_release_count
    if upstream is None:
        return ngettext("%(held)s on vinyl", "%(held)s on vinyl", held) % {
            "held": format_number(held)
        }
    if held >= upstream:
        return _("%(held)s on vinyl, all held") % {"held": format_number(held)}
    return _("%(held)s of %(all)s on vinyl held") % {
        "held": format_number(held),
        "all": format_number(upstream),
    }


def _others(count: int) -> str:
    if not count:
        return ""
    words = ngettext("%(count)s on another medium", "%(count)s on other media", count)
    return words % {"count": format_number(count)}


def compared_words(album: Album, found: PressingList) -> str:
    """How many of those at Discogs are here, with the day of the comparison; where Discogs counts
    none, how many were found. What it does not count is told behind."""
    if album.releases_synced_at is None:
        return _("Not yet compared with Discogs: there may be more.")
    told = _compared(album, found.vinyl)
    if not found.others:
        return told
    besides = ngettext(
        "%(count)s more is on another medium.", "%(count)s more are on other media.", found.others
    )
    return f"{told} {besides % {'count': format_number(found.others)}}"


def _compared(album: Album, held: int) -> str:
    counted = album.upstream_release_count
    told = {
        "held": format_number(held),
        "all": format_number(counted or 0),
        "day": nearest_day(album.releases_synced_at),
    }
    if counted is None:
        return (
            _(
                "%(held)s found at Discogs, as of %(day)s. It gives no count for an album without a"
                " master, so there may be more."
            )
            % told
        )
    if held > counted:  # dumps and shelves know pressings that Discogs' own list leaves out
        return _("%(held)s held; Discogs' own list has %(all)s, as of %(day)s.") % told
    return _("%(held)s of %(all)s at Discogs, as of %(day)s.") % told


def withheld_words(count: int) -> str:
    """How many pressings are not shown, and why; "" for none."""
    if not count:
        return ""
    return ngettext(
        "%(count)s pressing is not shown: Discogs lets what it tells of a new one be shown for"
        " six hours.",
        "%(count)s pressings are not shown: Discogs lets what it tells of new ones be shown for"
        " six hours.",
        count,
    ) % {"count": format_number(count)}
