"""Forms of the account and settings pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.forms import SignupForm as BaseSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.limits import within_limit
from accounts.models import GRADES, User
from accounts.places import (
    ZONE_COOKIE,
    countries,
    currencies,
    currency_of,
    guess_country,
    is_zone,
    postcode_example,
    time_zones,
    zone_of,
)
from vinyl.templatetags.vinyl_tags import grade_name
from vinyl.widgets import LongSelect


class SignupForm(BaseSignupForm):
    """E-mail address and password; country, currency and language are guessed from the browser
    and can be changed in the settings."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        email = data.get("email")
        # Every try sends a mail to that address.
        if email and not within_limit(f"sign-up {email.lower()}", most=5, seconds=3600):
            self.add_error("email", _("Too many tries with this address. Try again in an hour."))
        return data

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        super().custom_signup(request, user)
        user.country = guess_country(request.headers.get("Accept-Language", ""))
        user.currency = currency_of(user.country)
        language = (get_language() or "").split("-")[0]
        user.language = language if language in dict(settings.LANGUAGES) else ""
        told = request.COOKIES.get(ZONE_COOKIE, "")
        user.time_zone = told if is_zone(told) else zone_of(user.country)
        theme = request.COOKIES.get("theme", "")
        user.theme = theme if theme in User.Theme.values else User.Theme.SYSTEM
        user.save(update_fields=["country", "currency", "language", "time_zone", "theme"])


class ProfileForm(forms.ModelForm):
    """What prices and pages are made for."""

    class Meta:
        model = User
        fields = (
            "country", "postcode", "currency", "least_grade", "language", "time_zone", "theme",
        )  # fmt: skip
        labels: ClassVar = {
            "country": _("Country"),
            "postcode": _("Postcode"),
            "currency": _("Currency"),
            "language": _("Language"),
            "time_zone": _("Time zone"),
            "theme": _("Colours"),
        }
        help_texts: ClassVar = {
            "postcode": _(
                "Optional. Shipping is asked for it where a shop wants to know, and some places "
                "lie outside the EU's VAT area, such as the Canaries, Réunion or Livigno."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = (get_language() or "en").split("-")[0]
        self.fields["country"] = _choice(_("Country"), countries(language))
        self.fields["currency"] = _choice(_("Currency"), currencies(language))
        grades = [(grade, f"{grade} · {grade_name(grade)}") for grade in GRADES]
        self.fields["least_grade"] = _choice(
            _("Least grade"),
            grades,
            help_text=_(
                "Worse copies are left out of prices; those whose condition nobody tells are not. "
                "VG+ is what most collectors ask for: the record was played and cared for; light "
                "marks that you see but hardly hear."
            ),
        )
        self.fields["language"] = _choice(
            _("Language"), [("", _("As the browser")), *settings.LANGUAGES], required=False
        )
        zones = [(zone, zone.replace("_", " ")) for zone in time_zones()]
        self.fields["time_zone"] = _choice(_("Time zone"), zones)
        self.fields["postcode"].widget.attrs["autocomplete"] = "postal-code"
        self.fields["country"].widget.attrs["autocomplete"] = "country"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        country, written = data.get("country", ""), data.get("postcode", "")
        postcode = " ".join(written.upper().split())
        example = postcode_example(country, postcode) if postcode else None
        if example is not None:
            self.add_error("postcode", _("This is no postcode of that country."))
        if example:
            text = _("One there looks like this: %(example)s.")
            self.add_error("postcode", forms.ValidationError(text, params={"example": example}))
        data["postcode"] = postcode
        return data


class TokenForm(forms.Form):
    """A new API token."""

    LIFETIMES = (
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("365", _("A year")),
        ("", _("Until revoked")),
    )
    name = forms.CharField(
        label=_("What is it for?"), max_length=80, widget=forms.TextInput({"autocomplete": "off"})
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=LIFETIMES, initial="90", required=False)
    can_write = forms.BooleanField(
        label=_("May change things, not only read"), required=False, initial=False
    )

    def lifetime(self) -> timedelta | None:
        """How long the token shall work; None for ever."""
        days = self.cleaned_data["days"]
        return timedelta(days=int(days)) if days else None


def _choice(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=LongSelect, **more)
