"""The person's own row: changed, and deleted with everything that hangs on it."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.places import is_zone, zone_of
from vinyl.jobs.models import Job
from vinyl.upstreams import request_log, valkey

logger = logging.getLogger(__name__)
PROFILE_FIELDS = frozenset(
    {"country", "postcode", "currency", "least_grade", "language", "theme", "time_zone"}
)


def update_profile(user: User, **fields: Any) -> User:
    """Changes fields of the profile. ValidationError for a wrong value, TypeError for a field
    that is no profile field."""
    if unknown := set(fields) - PROFILE_FIELDS:
        raise TypeError(f"not in the profile: {', '.join(sorted(unknown))}")
    if "time_zone" in fields and not is_zone(fields["time_zone"]):
        raise ValidationError({"time_zone": _("There is no such time zone.")})
    guessed = user.time_zone == zone_of(user.country, user.postcode)
    for name, value in fields.items():
        setattr(user, name, value)
    there = zone_of(user.country, user.postcode)
    if guessed and "time_zone" not in fields and user.time_zone != there:
        # Nobody chose it: it moves with the person.
        user.time_zone = fields["time_zone"] = there
    # What is not changed is not judged either; the database's own rules come last.
    others = [field.name for field in user._meta.fields if field.name not in fields]
    user.clean_fields(exclude=others)
    user.save(update_fields=list(fields))
    return user


def delete_account(user: User) -> None:
    """Deletes the person: listening, shelf, wants, links with their tokens, API tokens, jobs,
    recommendations, sessions, uploads that wait to be read, and lines of the call log."""
    person_id = user.pk
    uploads = [
        str(path)
        for path in Job.objects.filter(owner=user, payload__has_key="path").values_list(
            "payload__path", flat=True
        )
    ]
    with transaction.atomic():
        _end_sessions(person_id)
        user.delete()
        transaction.on_commit(partial(_forget_outside, person_id, uploads))


def _end_sessions(person_id: int) -> None:
    """Sessions name their person only inside their data."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person_id):
            session.delete()


def _forget_outside(person_id: int, uploads: list[str]) -> None:
    """What stands outside the database, once the person is gone from it."""
    folder = Path(settings.MEDIA_ROOT).resolve()
    for upload in uploads:
        path = (folder / upload).resolve()
        if path.is_relative_to(folder):
            path.unlink(missing_ok=True)
    try:
        request_log.forget_person(person_id)
    except valkey.Trouble:
        # The lines are overwritten by newer ones in any case.
        logger.exception("the call log of a deleted account could not be emptied")
