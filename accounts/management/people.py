"""Whom a command means."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import User
from vinyl.row_ids import row_id

HELP = "e-mail address, or the account's id"


def the_person(named: str) -> User:
    """The person of an e-mail address or an id.

    Of several accounts with one address, the one that has confirmed it. CommandError when there
    is none, and when none of several has confirmed it: nobody can say whose the address is.
    """
    number = row_id(named)
    if number is not None:
        found = list(User.objects.filter(pk=number))
    else:
        found = User.objects.with_email(named)
    if not found:
        raise CommandError(f"there is no account {named}")
    # The manager puts the confirmed one first, and the database holds that there is only one.
    if len(found) > 1 and not getattr(found[0], "confirmed", False):
        ids = ", ".join(str(one.pk) for one in found)
        raise CommandError(
            f"{len(found)} accounts have the address {named} and none has confirmed it: "
            f"give one of the ids {ids} instead"
        )
    return found[0]
