"""Telling people: a message in the site at once, and by mail when it is time.

A mail holds everything that waits, so that ten records that got cheaper are one mail. No mail
leaves in a person's quiet hours, nor more than MAILS_A_DAY in 24 hours.
"""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_noop, ngettext

from accounts.linking import confirmed_address
from accounts.models import Message, MessageSettings, User
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, StepResult, Wait
from vinyl.jobs.services import enqueue

logger = logging.getLogger(__name__)
MAIL = "accounts.mail_messages"
MAILS_A_DAY = 4
# In the site too: whatever goes wrong elsewhere, nobody is told more than this in a day.
MESSAGES_A_DAY = 60
IN_A_MAIL = 40
# What happens at once is told at once.
GATHER = timedelta(minutes=2)
SALT = "accounts.messages.off"
QUIET = gettext_noop("Quiet hours: the mail leaves afterwards.")


def tell(
    user: User, *, kind: str, key: str, title: str, text: str = "", url: str = ""
) -> Message | None:
    """Tell a person something, once for each `key` of a `kind`; the words are in their language.
    None where they were told already, or too much today. By mail it follows by itself."""
    since = timezone.now() - timedelta(days=1)
    with transaction.atomic():
        # Two workers count one after the other.
        User.objects.select_for_update().get(pk=user.pk)
        if Message.objects.filter(user=user, created_at__gte=since).count() >= MESSAGES_A_DAY:
            return None
        message, made = Message.objects.get_or_create(
            user=user,
            kind=kind,
            key=key[:200],
            defaults={
                "title": title[:300],
                "text": text[:1000],
                "url": url[:300],
                "by_mail": settings_of(user).by_mail,
            },
        )
        if not made:
            return None
        if message.by_mail:
            enqueue(MAIL, owner=user, dedupe_key=str(user.pk))
    return message


def settings_of(user: User) -> MessageSettings:
    """How the person is told; the usual way where they never said."""
    return MessageSettings.objects.filter(user=user).first() or MessageSettings(user=user)


def change_settings(user: User, *, by_mail: bool, quiet_from: time, quiet_until: time) -> None:
    """How the person is told from now on; what waits to be mailed follows it."""
    with transaction.atomic():
        MessageSettings.objects.update_or_create(
            user=user,
            defaults={"by_mail": by_mail, "quiet_from": quiet_from, "quiet_until": quiet_until},
        )
        if not by_mail:
            _waiting(user).update(by_mail=False)


def mails_off(user: User) -> None:
    """No mails about messages any more."""
    kept = settings_of(user)
    change_settings(
        user, by_mail=False, quiet_from=kept.quiet_from, quiet_until=kept.quiet_until
    )  # fmt: skip


def unread(user: User) -> QuerySet[Message]:
    """What the person has not seen."""
    return Message.objects.filter(user=user, read_at__isnull=True)


def read_all(user: User) -> int:
    """Everything is seen; how many were not."""
    return unread(user).update(read_at=timezone.now())


def off_token(user: User) -> str:
    """What stands in a mail's unsubscribe address. It opens nothing else."""
    return signing.dumps(user.pk, salt=SALT)


def user_of_token(token: str) -> User | None:
    """Whose mails the address ends; None for a forged one."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=SALT)).first()
    except signing.BadSignature:
        return None


# --- by mail ------------------------------------------------------------------------------


def _waiting(user: User) -> QuerySet[Message]:
    return Message.objects.filter(user=user, by_mail=True, mailed_at__isnull=True)


def mail_step(ctx: JobContext, user: User) -> StepResult:
    """One mail with everything that waits, when it may leave."""
    now = timezone.now()
    first = _waiting(user).order_by("created_at").first()
    if first is None:
        return Done({"mailed": 0})
    when = may_leave(user, max(now, first.created_at + GATHER), settings_of(user))
    if when > now:
        return Wait(until=when, message_id=QUIET)
    return Done({"mailed": send_waiting(user, now)})


def mail_what_is_left(user: User) -> None:
    """Queue a mail where something still waits: it came while the last one was sent."""
    if _waiting(user).exists():
        enqueue(MAIL, owner=user, dedupe_key=str(user.pk))


def may_leave(user: User, when: datetime, how: MessageSettings) -> datetime:
    """The first time from `when` on at which a mail to this person may leave."""
    mails = Message.objects.filter(user=user, mailed_at__gt=when - timedelta(days=1))
    times = set(mails.order_by().values_list("mailed_at", flat=True))
    latest = sorted((one for one in times if one is not None), reverse=True)
    if len(latest) >= MAILS_A_DAY:
        when = max(when, latest[MAILS_A_DAY - 1] + timedelta(days=1))
    return after_quiet(when, how.quiet_from, how.quiet_until, user.time_zone)


def after_quiet(when: datetime, quiet_from: time, quiet_until: time, zone: str) -> datetime:
    """`when`, or the end of the quiet hours that it falls into, by the clock of that zone."""
    try:
        here = when.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        here = when
    clock = here.time()
    over_midnight = quiet_from > quiet_until
    inside = (
        clock >= quiet_from or clock < quiet_until
        if over_midnight
        else quiet_from <= clock < quiet_until
    )
    if not inside:
        return when
    end = datetime.combine(here.date(), quiet_until, here.tzinfo)
    if over_midnight and clock >= quiet_from:
        end += timedelta(days=1)
    return end.astimezone(when.tzinfo)


def send_waiting(user: User, now: datetime) -> int:
    """Send one mail with what waits; how many messages were in it. Marked first: a mail that is
    lost with its worker is better than the same mail twice, and the site has the messages."""
    address = confirmed_address(user)
    with transaction.atomic():
        ids = list(_waiting(user).order_by("created_at").values_list("pk", flat=True))
        held = Message.objects.select_for_update().filter(pk__in=ids, mailed_at__isnull=True)
        found = list(held.order_by("created_at", "pk"))
        if not address:
            held.update(by_mail=False)
            return 0
        Message.objects.filter(pk__in=[one.pk for one in found]).update(mailed_at=now)
    if not found:
        return 0
    try:
        _mail(user, address, found).send()
    except OSError:
        logger.exception("a mail with %s messages could not be sent", len(found))
        Message.objects.filter(pk__in=[one.pk for one in found]).update(mailed_at=None)
        raise
    return len(found)


def _mail(user: User, address: str, found: list[Message]) -> EmailMessage:
    off = settings.PUBLIC_URL + reverse("accounts:messages_off", args=[off_token(user)])
    with translation.override(user.language or settings.LANGUAGE_CODE):
        context = {
            "found": found[:IN_A_MAIL],
            "more": max(0, len(found) - IN_A_MAIL),
            "site": settings.PUBLIC_URL,
            "page": settings.PUBLIC_URL + reverse("accounts:messages"),
            "off": off,
        }
        text = render_to_string("accounts/mail/messages.txt", context)
        subject = found[0].title
        if len(found) > 1:
            subject = ngettext(
                "%(n)s message for you", "%(n)s messages for you", len(found)
            ) % {"n": len(found)}  # fmt: skip
    headers = {
        "List-Unsubscribe": f"<{off}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return EmailMessage(" ".join(subject.split()), text, None, [address], headers=headers)
