"""Accounts at outside services that belong to people here: made, used, renewed, ended.

Tokens go in and out through `accounts.credentials`. A link ends only when its owner says so; when
a service rejects it for good, it is marked "link again" and its owner is told once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.credentials import CannotRead, Credential, load_token, store_token
from accounts.models import DiscogsChange, LinkedService, Owned, Snapshot, User, Want
from accounts.queries import UNFINISHED
from vinyl.upstreams import spotify
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.discogs import UserToken
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import CredentialsRejected

logger = logging.getLogger(__name__)
Service = LinkedService.Service
State = LinkedService.State
# Renewed a little early, so that a token does not end between two pages.
EARLY = timedelta(seconds=60)
# Sent with `user` inside the transaction that deletes somebody's listening of one source.
listening_forgotten = Signal()
# Services that are linked by a sign-in there, with the settings each needs.
SIGN_INS: dict[str, tuple[str, ...]] = {
    Service.DISCOGS: ("DISCOGS_CONSUMER_KEY", "DISCOGS_CONSUMER_SECRET"),
    Service.SPOTIFY: ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),
}


class LinkedElsewhere(Exception):
    """Another person here has linked this very account."""


@dataclass(frozen=True)
class Proof:
    """What a sign-in at a service proved. `external_id` is the service's immutable id."""

    external_id: str
    username: str
    credential: Credential
    scope: str = ""
    expires_at: datetime | None = None


def linkable(service: str) -> bool:
    """Whether this installation has the keys that linking an account there needs."""
    names = SIGN_INS.get(service, ())
    return bool(names) and all(keys.value(name) for name in names)


def link_account(user: User, service: str, proof: Proof) -> LinkedService:
    """Makes or renews the person's link. LinkedElsewhere when somebody else has that account.

    A different account in place of the old one takes along what was read from the old one.
    """
    try:
        with transaction.atomic():
            link = LinkedService.objects.select_for_update().filter(
                user=user, service=service
            ).first() or LinkedService(user=user, service=service)
            if link.external_id and link.external_id != proof.external_id:
                forget_listening(user, service)
                _forget_sent(user, service)
                link.synced_at, link.sends_wants, link.sends_copies = None, False, False
            link.external_id = proof.external_id
            link.username = proof.username
            link.scope = proof.scope[:500]
            link.expires_at = proof.expires_at
            link.consent_at = timezone.now()
            link.state, link.told_at, link.consent_told = State.OK, None, ""
            store_token(link, proof.credential)
            link.save()
    except IntegrityError as error:
        raise LinkedElsewhere(service) from error
    return link


def name_account(user: User, service: str, username: str) -> LinkedService:
    """Remembers a user name that was typed: Last.fm and ListenBrainz need no sign-in."""
    link, made = LinkedService.objects.get_or_create(
        user=user, service=service, defaults={"username": username}
    )
    if made:
        return link
    another = link.username.casefold() != username.casefold()
    if another:
        forget_listening(user, service)
        _forget_sent(user, service)
        link.synced_at = None
    if another or link.state == State.LINK_AGAIN:
        # The token is another account's, or over: from here on only what is public is read.
        link.token, link.external_id, link.scope = None, "", ""
        link.expires_at = link.consent_at = None
        link.consent_told, link.sends_wants, link.sends_copies = "", False, False
    link.username, link.state, link.told_at = username, State.OK, None
    link.save()
    return link


def _forget_sent(user: User, service: str) -> None:
    """The account is another one from here on, or none: what this one was told, or was to be told,
    the next one does not know."""
    if service == Service.DISCOGS:
        Want.objects.filter(user=user, sent_at__isnull=False).update(sent_at=None)
        Owned.objects.filter(user=user, sent_at__isnull=False).update(
            sent_at=None, discogs_instance_id=None, discogs_folder_id=None
        )
        DiscogsChange.objects.filter(user=user).delete()


def unlink(user: User, service: str) -> bool:
    """Ends a link: its token goes, and the listening that was read there. What the person put on
    the shelf or the want list stays: it is theirs. False when there was no link."""
    with transaction.atomic():
        gone, _rows = LinkedService.objects.filter(user=user, service=service).delete()
        forget_listening(user, service)
        _forget_sent(user, service)
    return gone > 0


def mark_link_again(user: User, service: str) -> None:
    """The service rejected the link for good: stop using it, tell the person once.

    Only for CredentialsRejected that is no TokenExpired; anything that may pass is no reason.
    """
    with transaction.atomic():
        link = (
            LinkedService.objects.select_for_update()
            .filter(user=user, service=service)
            .exclude(state=State.LINK_AGAIN)
            .first()
        )
        if link is None:
            return
        first_time = link.told_at is None
        link.state = State.LINK_AGAIN
        link.told_at = link.told_at or timezone.now()
        link.save(update_fields=["state", "told_at"])
        if first_time:
            transaction.on_commit(partial(_tell, user, link.get_service_display()))


def confirmed_address(user: User) -> str:
    """The person's address if they have shown that it is theirs, else "": what is sent without
    being asked for goes nowhere else."""
    known = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
    return user.email if known.exists() else ""


def discogs_token(user: User) -> UserToken | None:
    """The person's Discogs token, None where there is no working link."""
    link = LinkedService.objects.filter(user=user, service=Service.DISCOGS, state=State.OK).first()
    credential = _readable(link) if link else None
    return UserToken(credential.key, credential.secret) if credential else None


def spotify_access_token(user: User, *, lane: Lane = Lane.BACKGROUND, rejected: str = "") -> str:
    """An access token that is good now, renewed at Spotify where it is over.

    `rejected` is a token that Spotify just answered with TokenExpired: it is not given out again.
    CredentialsRejected when there is no working link; it is marked "link again" then. Errors
    that pass (busy, not answering) leave the link as it is.
    """
    refused: CredentialsRejected | None = None
    with transaction.atomic():
        # The lock makes one renewal of two workers' questions: Spotify may replace the refresh
        # token, and the second use of an old one would end the link.
        link = (
            LinkedService.objects.select_for_update()
            .filter(user=user, service=Service.SPOTIFY, state=State.OK)
            .first()
        )
        credential = _readable(link) if link else None
        if link is None or credential is None:
            raise CredentialsRejected("spotify")
        over = link.expires_at is None or link.expires_at <= timezone.now() + EARLY
        if credential.key != rejected and not over:
            return credential.key
        try:
            grant = spotify.refresh(credential.secret, lane=lane, person_id=user.pk)
        except CredentialsRejected as error:
            refused = error
        else:
            fresh = Credential(grant.access_token, grant.refresh_token or credential.secret)
            store_token(link, fresh)
            link.expires_at = timezone.now() + timedelta(seconds=grant.expires_in)
            link.scope = grant.scope[:500] or link.scope
            link.save(update_fields=["token", "expires_at", "scope"])
            return fresh.key
    # Outside the block: an exception inside would undo the mark.
    mark_link_again(user, Service.SPOTIFY)
    raise refused


def forget_listening(user: User, source: str) -> bool:
    """Delete what was read from a source: finished and unfinished snapshots, with everything in
    them, and in the same transaction what other rooms made of it. False if there was none."""
    with transaction.atomic():
        gone, _rows = Snapshot.objects.filter(
            user=user, source__in=[source, source + UNFINISHED]
        ).delete()
        if gone:
            listening_forgotten.send(sender=Snapshot, user=user)
    return gone > 0


def _readable(link: LinkedService) -> Credential | None:
    try:
        return load_token(link)
    except CannotRead:
        logger.error("no key of CREDENTIAL_KEYS opens the token of link %s", link.pk)
        return None


def _tell(user: User, service: str) -> None:
    """One mail, to a confirmed address. That it cannot be sent must not undo the mark."""
    address = confirmed_address(user)
    if not address:
        return
    with translation.override(user.language or settings.LANGUAGE_CODE):
        text = render_to_string(
            "accounts/mail/link_again.txt",
            {"service": service, "address": settings.PUBLIC_URL + reverse("accounts:settings")},
        )
        subject = _("%(service)s: link your account again") % {"service": service}
    try:
        send_mail(subject, text, None, [address])
    except OSError:
        logger.exception("the mail about link %s could not be sent", service)
