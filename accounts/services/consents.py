"""Consents that end by their age: their owners are told a month and a week before, once each, and
at the end the link asks to be made again. What was read there stays until it is unlinked."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.consents import YOUNGEST, Ending, Stage, ending_of
from accounts.linking import confirmed_address, mark_link_again
from accounts.models import LinkedService

logger = logging.getLogger(__name__)
# A step of a job lasts under a minute, and a mail server that hangs is given ten seconds a mail.
AT_ONCE = 5


def near_their_end(after: int = 0, *, now: datetime | None = None) -> list[int]:
    """Ids of up to AT_ONCE working links, above `after`, whose consent may be near its end."""
    found = LinkedService.objects.filter(
        service=LinkedService.Service.SPOTIFY,
        state=LinkedService.State.OK,
        consent_at__lte=(now or timezone.now()) - YOUNGEST,
        pk__gt=after,
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def announce(link_id: int, *, now: datetime | None = None) -> Stage | None:
    """Says what is due about one link, and remembers that it was said. Returns what was done.

    The row is locked while the mail leaves, so two workers send one. A mail that could not be
    sent is due again the next time. Whoever comes late, after a standstill or a confirmation of
    the address, is told the present stage only.
    """
    with transaction.atomic():
        link = (
            LinkedService.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(pk=link_id)
            .first()
        )
        ending = ending_of(link, now or timezone.now()) if link else None
        if link is None or ending is None:
            return None
        if ending.over:
            mark_link_again(link.user, link.service)
            # No later day brings it back to life, so it need not lie here.
            LinkedService.objects.filter(pk=link.pk).update(token=None, expires_at=None)
            return Stage.OVER
        if link.consent_told in (ending.stage, Stage.WEEK) or not _mail(link, ending):
            return None
        link.consent_told = ending.stage
        link.save(update_fields=["consent_told"])
        return ending.stage


def _mail(link: LinkedService, ending: Ending) -> bool:
    """Whether the mail left: to a confirmed address only, in its reader's language and zone."""
    user = link.user
    address = confirmed_address(user)
    if not address:
        return False
    with (
        translation.override(user.language or settings.LANGUAGE_CODE),
        timezone.override(user.time_zone),
    ):
        service = link.get_service_display()
        context = {
            "service": service,
            "ends": ending.ends,
            "last": ending.stage is Stage.WEEK,
            "address": settings.PUBLIC_URL + reverse("accounts:settings") + "#services",
        }
        text = render_to_string("accounts/mail/consent_ends.txt", context)
        subject = _("%(service)s: your consent ends soon") % {"service": service}
    try:
        send_mail(subject, text, None, [address])
    except OSError:
        logger.exception("the mail about the end of link %s could not be sent", link.pk)
        return False
    return True
