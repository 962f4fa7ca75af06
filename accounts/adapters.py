"""Where the sign-in library asks us: mails, where to go next, what a finished link means."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from zoneinfo import ZoneInfo

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.credentials import Credential
from accounts.limits import within_limit
from accounts.linking import SIGN_INS, LinkedElsewhere, Proof, linkable
from accounts.models import LinkedService, User
from accounts.providers.linking import later_page, requests_session, unlisted_page
from accounts.services import link_and_read
from vinyl.upstreams.credentials import keys

# Somebody who signs up again and again with another's address must not fill their mailbox.
REMIND_EVERY = 3600

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by e-mail address and password."""

    # The account that the address of the mail being sent carries already.
    _earlier: User | None = None

    def format_email_subject(self, subject: str) -> str:
        """No "[host] " in front: the sender's name says whose mail it is."""
        return str(subject)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down must neither break a sign-up nor, by breaking only where a
        mail is due, tell who has an account."""
        if self._earlier is not None:
            since = timezone.localtime(self._earlier.date_joined, ZoneInfo(self._earlier.time_zone))
            context = {
                **context,
                "since": date_format(since, "DATE_FORMAT"),
                "login_url": settings.PUBLIC_URL + reverse("account_login"),
                "password_reset_url": settings.PUBLIC_URL + reverse("account_reset_password"),
            }
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("a mail (%s) could not be sent", template_prefix)

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        """To whose address already carries another account, a reminder of that one.

        Where that account has confirmed the address, nothing else, once an hour at most. Where it
        has not, the reminder stands in the mail that confirms: a second mail would take longer,
        and the clock would tell that the address is taken.
        """
        address = emailconfirmation.email_address
        others = [one for one in User.objects.with_email(address.email) if one != address.user]
        with self._language_of(next(iter(others), None)):
            if not address.can_set_verified():
                self._remind(address.email, others)
                return
            self._earlier = others[0] if signup and others else None
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def _remind(self, email: str, others: list[User]) -> None:
        """ "You have had an account here since", unless that was said within the hour."""
        if within_limit(f"reminded:{email.lower()}", most=1, seconds=REMIND_EVERY):
            self._earlier = next(iter(others), None)
            self.send_account_already_exists_mail(email)

    @staticmethod
    def _language_of(owner: User | None) -> AbstractContextManager[None]:
        """The mail is read by the address's owner, whoever made it be sent."""
        return translation.override(owner.language) if owner and owner.language else nullcontext()

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """What was changed, in the language of whose account it is, and what to do about it."""
        more = {"password_reset_url": settings.PUBLIC_URL + reverse("account_reset_password")}
        with self._language_of(user):
            super().send_notification_mail(template_prefix, user, (context or {}) | more, email)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whose account asks for codes is asked for one: a password alone, perhaps a stolen one,
        must not be able to switch them off."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_code = [one for one in methods if one["id"] == "mfa_reauthenticate"]
        return by_code or methods

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:start")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        signed_in = self.request is not None and self.request.user.is_authenticated
        return reverse("accounts:settings" if signed_in else "account_login")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A finished sign-in at a service becomes a link with an encrypted token; the library itself
    stores neither token nor account."""

    def get_requests_session(self) -> requests.Session:
        return requests_session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """From the site's keys as they are now, never from the library's plain-text table."""
        apps = [
            SocialApp(provider=service, client_id=keys.value(name), secret=keys.value(secret))
            for service, (name, secret) in SIGN_INS.items()
            if linkable(service) and provider in (None, service)
        ]
        return [app for app in apps if client_id in (None, app.client_id)]

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: BaseException | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """An error that passes gets a page that says when to try again, and loses nothing; one
        that stays for good, a page that says what works instead."""
        page = unlisted_page(request, provider, exception) or later_page(
            request, provider, exception, (extra_context or {}).get("state")
        )
        if page is not None:
            raise ImmediateHttpResponse(page)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Stores the link and ends the library's flow here. Only signed-in people link."""
        if not request.user.is_authenticated:
            raise PermissionDenied
        if sociallogin.state.get("process") != AuthProcess.CONNECT:
            raise PermissionDenied
        service = sociallogin.account.provider
        label = LinkedService.Service(service).label
        try:
            link = link_and_read(request.user, service, _proof(sociallogin))
        except LinkedElsewhere:
            text = _(
                "This %(service)s account is linked to another person's account here. It has to "
                "be unlinked there first."
            )
            messages.error(request, text % {"service": label})
        else:
            text = _("%(service)s is linked: %(name)s. We are reading it now.")
            messages.success(request, text % {"service": label, "name": link.username})
        # Its section shows how far the reading is.
        raise ImmediateHttpResponse(redirect(reverse("accounts:start") + f"#{service}"))


def _proof(sociallogin: Any) -> Proof:
    who, token = sociallogin.account.extra_data, sociallogin.token
    return Proof(
        external_id=sociallogin.account.uid,
        # Spotify's display name may be empty.
        username=str(who.get("username") or who.get("display_name") or who.get("id") or ""),
        credential=Credential(key=token.token, secret=token.token_secret),
        scope=str(who.get("granted_scope", "")),
        expires_at=token.expires_at,
    )
