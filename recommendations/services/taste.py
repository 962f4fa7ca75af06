"""What a person lets their list be made from, how adventurous it is, and whether it may teach."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from recommendations.models import TasteSettings
from recommendations.profile import SOURCES
from recommendations.queries.sets import taste_of
from recommendations.services.sets import forget_sets, request_refresh


def set_taste(
    user: User,
    *,
    dial: int | None = None,
    off: Collection[str] | None = None,
    teaches: bool | None = None,
) -> TasteSettings:
    """Change what is given. The list is made again where it would be another one; what was switched
    off leaves it at once, with the sets that were made from it.

    `off` names sources of recommendations.profile.SOURCES, others are left out. `teaches` counts
    from now on: what was learned before is unlearned by the next training.
    """
    with transaction.atomic():
        found = taste_of(user)
        before = (found.dial, frozenset(found.off))
        if dial is not None:
            found.dial = min(100, max(0, dial))
        if off is not None:
            found.off = [name for name in SOURCES if name in off]
        if teaches is not None and teaches != found.teaches:
            found.teaches = teaches
            found.teaches_since = timezone.now() if teaches else None
        found.save()
        if frozenset(found.off) - before[1]:
            forget_sets(user)
        elif (found.dial, frozenset(found.off)) != before:
            request_refresh(user)
    return found
