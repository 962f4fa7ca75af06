"""Why a file was refused or a row was not stored, in words. The codes stand in the database."""

from __future__ import annotations

from django.utils.translation import gettext as _


def why_refused(reason: str) -> str:
    """Why a file as a whole cannot be read."""
    return {
        "empty": _("The file is empty: nothing was read."),
        "too_large": _("The file is larger than this site takes."),
        "too_long": _("The file has more rows than this site takes at once."),
        "not_text": _("This is no CSV file: it does not hold text."),
        "no_columns": _(
            "No column says which record a row is about: release_id, or Artist and Title."
        ),
        "other_list": _("This is a collection, with folders and dates. Bring it to the shelf."),
        "gone": _("The file is no longer here. Bring it once more."),
    }.get(reason, _("The file cannot be read."))


def why_not(reason: str) -> str:
    """Why a row is not stored, or what is missing; "" for a code that says nothing."""
    return {
        "unreadable": _("The row cannot be taken apart."),
        "columns": _("It has more cells than the header has names."),
        "long": _("A cell is too long."),
        "release_id": _("release_id is no number."),
        "rating": _("A rating is 0 to 5."),
        "date": _("The date is not like 2024-05-31 18:30:00."),
        "media": _("Discogs knows no such condition of a record."),
        "sleeve": _("Discogs knows no such condition of a sleeve."),
        "nothing": _("Neither release_id nor artist and title."),
        "not_vinyl": _("Not a record: this site keeps vinyl only."),
        "twice": _("Stands in the file above already."),
        "not_found": _("No album here is like it, and it has no release_id."),
        "perhaps": _("Perhaps this album. Look, and take it if it is."),
        "no_pressing": _("The album is known, the pressing is not told."),
        "other_record": _(
            "The number is that of another record than artist and title say: it is what counts."
        ),
        "new_here": _("New here: Discogs is asked for it."),
        "no_release": _("Discogs knows no release with this number."),
        "follows": _("Follows Discogs: it is changed there."),
    }.get(reason, "")
