"""What the pressing finder says where it finds nothing, to people and to programs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.queries import Finding
from catalog.runouts import is_wrong_barcode


def nothing_found(found: Finding) -> tuple[str, str]:
    """(title, what to do) where no pressing was found for what was typed."""
    title = _("No pressing has these numbers")
    if not found.typed.keys:
        if found.typed.too_short:
            return _("Too short to look for"), _(
                "Type more of the number, or another number from the record beside it."
            )
        return title, _(
            "None of this is a number. Names are found in the search; here at least one line needs"
            " a digit."
        )
    return title, wrong_barcode(found) or _(
        "Check the first signs: they are compared first. Or type the catalogue number alone."
    )


def wrong_barcode(found: Finding) -> str:
    """A sentence about the first number that is as long as a barcode and has a wrong check digit;
    "" where there is none."""
    wrong = [key for key in found.typed.numbers if is_wrong_barcode(key)]
    if not wrong:
        return ""
    return _(
        "%(number)s is no barcode: its last digit does not fit the others, so one of them is"
        " wrong. Type it again, or the catalogue number."
    ) % {"number": wrong[0]}
