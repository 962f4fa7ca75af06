"""Forms of the desk: keys that can be written and never read, and a call's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from vinyl.desk import calls, services
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.credentials.keys import Origin
from vinyl.upstreams.credentials.models import ServiceKeys
from vinyl.upstreams.registry import upstream

CLEAR = "clear_"
_STATES = {
    Origin.NONE: gettext_lazy("Not set."),
    Origin.ENVIRONMENT: gettext_lazy("Set by the environment, which wins: change it there."),
    Origin.ADMIN: gettext_lazy("Set here. What you type replaces it; empty leaves it as it is."),
    Origin.SANDBOX: gettext_lazy("The sandbox's own. What you type replaces it."),
}


class KeysForm(forms.ModelForm):
    """One field per key of the service. Stored values never come back into the page."""

    class Meta:
        model = ServiceKeys
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in upstream(self.instance.upstream).key_names:
            origin = keys.origin(name)
            self.fields[name] = forms.CharField(
                label=name,
                required=False,
                max_length=500,
                disabled=origin == Origin.ENVIRONMENT,
                help_text=_STATES[origin],
                widget=forms.PasswordInput(
                    render_value=False,
                    attrs={"autocomplete": "new-password", "class": "vTextField"},
                ),
            )
            if origin == Origin.ADMIN:
                label = _("Take %(name)s away") % {"name": name}
                self.fields[CLEAR + name] = forms.BooleanField(label=label, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, value in data.items():
            if isinstance(value, str) and any(not 32 < ord(sign) < 127 for sign in value):
                raise ValidationError(
                    _("%(name)s has blanks or signs that no key has: copy it again."),
                    params={"name": name},
                )
        return data

    def changes(self) -> dict[str, str]:
        """Key by settings name; "" takes one away."""
        found: dict[str, str] = {}
        for name in upstream(self.instance.upstream).key_names:
            if self.cleaned_data.get(CLEAR + name):
                found[name] = ""
            if self.cleaned_data.get(name):
                found[name] = self.cleaned_data[name]
        return found


class PersonField(forms.ModelChoiceField):
    """Somebody of the house, or nobody."""

    def __init__(self, *, required: bool) -> None:
        super().__init__(
            services.test_people(),
            required=required,
            label=_("Test person"),
            empty_label=_("nobody: as the site"),
            help_text=_("Only staff and the demo: a curator reads nobody else's things."),
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.email)


class CallForm(forms.Form):
    """The parameters of one client method."""

    def __init__(self, method: calls.Method, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.method = method
        for param in method.params:
            self.fields[param.name] = _field(param)
        self.fields["person"] = PersonField(required=method.service == "spotify")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for param in self.method.params:
            text = str(data.get(param.name) or "").strip()
            if not text or param.kind == "yes_no":
                continue
            try:
                param.read(text)
            except calls.CannotRead as error:
                self.add_error(param.name, str(error))
        return data

    def typed(self) -> dict[str, str]:
        """What was typed, by parameter."""
        found = {}
        for param in self.method.params:
            value = self.cleaned_data.get(param.name)
            if value not in (None, "", False):
                found[param.name] = "on" if value is True else str(value)
        return found


def _field(param: calls.Param) -> forms.Field:
    hint = param.type_name
    if param.default not in (None, ""):
        hint = _("%(type)s, else %(default)s") % {"type": hint, "default": param.default}
    if param.kind == "yes_no":
        return forms.BooleanField(
            label=param.name, required=False, initial=bool(param.default), help_text=hint
        )
    if param.kind == "choice":
        names = [("", "")] + [(one, one) for one in param.choices]
        return forms.ChoiceField(
            label=param.name, required=param.required, choices=names, help_text=hint
        )
    kinds = {"whole": "number", "day": "date"}
    widget = forms.TextInput(attrs={"type": kinds.get(param.kind, "text"), "class": "vTextField"})
    return forms.CharField(
        label=param.name, required=param.required, max_length=300, help_text=hint, widget=widget
    )


class SyncForm(forms.Form):
    """A sync of a test person's listening or shelf."""

    username = forms.CharField(
        label=gettext_lazy("Name there"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Empty: the account that the person linked."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.fields["person"] = PersonField(required=True)


class RecommendationsForm(forms.Form):
    """A new list for a test person."""

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.fields["person"] = PersonField(required=True)


def person_of(form: forms.Form) -> User | None:
    found = form.cleaned_data.get("person")
    return found if isinstance(found, User) else None
