"""Forms that ask for a code."""

from __future__ import annotations

import logging
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as TheirAuthenticateForm
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as TheirReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.credentials import CannotRead
from accounts.second_factor import first_use, new_secret, opened_secret, sealed_secret

logger = logging.getLogger(__name__)


def _code_field(label: Any, help_text: Any = "") -> forms.CharField:
    # No number field: a code may begin with 0, and arrows beside it help nobody.
    look = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, help_text=help_text, max_length=20, widget=forms.TextInput(look)
    )


class _AsksForCode(BaseAuthenticateForm):
    """A code of the app counts once, a recovery code too; so many tries, then a wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("From your authenticator app, or one of your recovery codes.")
        self.fields["code"] = _code_field(_("Code"), help_text)

    def clean_code(self) -> str:
        try:
            code = str(super().clean_code())
        except CannotRead:
            # Its key is gone from CREDENTIAL_KEYS: the operator has to know, the person cannot act.
            logger.exception("the second factor of person %s cannot be read", self.user.pk)
            raise get_adapter().validation_error("incorrect_code") from None
        app = self.authenticator.type == Authenticator.Type.TOTP
        if app and not first_use(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_AsksForCode, TheirAuthenticateForm):
    """At sign-in, after the password."""


class ReauthenticateForm(_AsksForCode, TheirReauthenticateForm):
    """Before something that cannot be taken back."""


class ActivateForm(ActivateTOTPForm):
    """Switching it on: the app shows a code of the secret that the page has shown.

    The secret travels in the form, encrypted, so that nothing readable waits in the session.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        # Past the library's own, which would put the secret into the session.
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["code"] = _code_field(_("Code that the app shows"))
        brought = opened_secret(self.user, str(self.data.get("sealed", ""))[:2000])
        self.is_too_old = self.is_bound and brought is None
        self.secret = brought or new_secret()
        self.sealed = sealed_secret(self.user, self.secret)

    def clean_code(self) -> str:
        if self.is_too_old:
            raise forms.ValidationError(
                _("This page stood open for too long. Scan the new picture and try again.")
            )
        code = str(super().clean_code())
        first_use(self.user, code)
        return code
