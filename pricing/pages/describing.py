"""What a want asks for and what is noted of a copy: their forms, and the doubles of a shelf."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import GRADE_CHOICES, SLEEVE_CHOICES, Owned, User, Want
from accounts.services.shelf import (
    COPY_DETAILS,
    TOLD_BY_DISCOGS,
    change_copy,
    change_want,
    mean_doubles,
)
from catalog.models import Release
from catalog.queries import present
from catalog.words import country_words
from pricing import alerts
from pricing.pages.lists import pressing_line
from vinyl.money import CURRENCIES
from vinyl.widgets import LongSelect

MONEY: dict[str, Any] = {
    "max_digits": 10,
    "decimal_places": 2,
    "required": False,
    "min_value": Decimal("0.01"),
}
PRICES = [(one, one) for one in sorted(CURRENCIES)]


class WantForm(forms.Form):
    """All that a want can ask for, and when to tell. A want of one pressing has fewer fields."""

    originals_only = forms.BooleanField(label=gettext_lazy("Originals only"), required=False)
    no_unofficial = forms.BooleanField(label=gettext_lazy("No unofficial ones"), required=False)
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Only from"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: any country."),
    )  # fmt: skip
    colour = forms.CharField(
        label=gettext_lazy("Colour"), max_length=40, required=False,
        help_text=gettext_lazy("As the pressing tells it: red, clear, splatter."),
    )  # fmt: skip
    least_grade = forms.ChoiceField(
        label=gettext_lazy("Condition at least"), required=False,
        choices=[("", gettext_lazy("As in your settings")), *GRADE_CHOICES],
    )  # fmt: skip
    max_price = forms.DecimalField(label=gettext_lazy("Price at most, delivered"), **MONEY)
    priority = forms.ChoiceField(label=gettext_lazy("How much"), choices=Want.Priority.choices)
    below = forms.DecimalField(label=gettext_lazy("Tell me at this price or below"), **MONEY)
    percent = forms.IntegerField(
        label=gettext_lazy("Or so many percent under its median"),
        required=False, min_value=1, max_value=90,
    )  # fmt: skip
    currency = forms.ChoiceField(label=gettext_lazy("Prices in"), choices=PRICES, widget=LongSelect)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=5000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, want: Want, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if want.release_id is not None:
            for name in ("originals_only", "no_unofficial", "countries", "colour"):
                del self.fields[name]
            return
        known = Release.objects.filter(album_id=want.album_id or 0).exclude(country="").order_by()
        names = {*known.values_list("country", flat=True).distinct(), *want.countries}
        field = cast(forms.MultipleChoiceField, self.fields["countries"])
        named = {name: country_words(name) for name in names}
        field.choices = [(name, named[name]) for name in sorted(named, key=lambda one: named[one])]

    @property
    def options(self) -> dict[str, Any]:
        """For `change_want`."""
        data = dict(self.cleaned_data)
        for name in ("below", "percent"):
            data.pop(name)
        if data["max_price"] is None:
            data["currency"] = ""
        return data


class CopyForm(forms.Form):
    """What is noted of a copy. Of one that is read from Discogs, only what Discogs does not
    tell."""

    grade = forms.ChoiceField(
        label=gettext_lazy("Record"), required=False, choices=[("", "–"), *GRADE_CHOICES]
    )
    sleeve_grade = forms.ChoiceField(
        label=gettext_lazy("Sleeve"), required=False, choices=[("", "–"), *SLEEVE_CHOICES]
    )
    folder = forms.CharField(label=gettext_lazy("Folder"), max_length=200, required=False)
    rating = forms.TypedChoiceField(
        label=gettext_lazy("Rating"), required=False, coerce=int, empty_value=None,
        choices=[("", "–"), *((str(one), str(one)) for one in range(1, 6))],
    )  # fmt: skip
    paid = forms.DecimalField(
        label=gettext_lazy("What you paid"), **(MONEY | {"min_value": Decimal(0)})
    )
    paid_currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=PRICES, widget=LongSelect
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=5000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, copy: Owned, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if copy.discogs_instance_id is not None:
            for name in TOLD_BY_DISCOGS:
                del self.fields[name]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def want(request: HttpRequest, row_id: int) -> HttpResponse:
    """One want of the person's own: what it asks for, and when to tell."""
    person = cast(User, request.user)
    found = (
        Want.objects.filter(user=person, pk=row_id)
        .select_related("album", "release__album", "alert")
        .first()
    )
    if found is None:
        raise Http404
    form = WantForm(
        request.POST if request.method == "POST" else None,
        want=found,
        initial=_asked(found, person),
    )
    if form.is_bound and form.is_valid():
        try:
            change_want(person, found.pk, **form.options)
            data = form.cleaned_data
            alerts.set_alert(
                found, below=data["below"], currency=data["currency"], percent=data["percent"]
            )
        except ValidationError as wrong:
            _blame(form, wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect("pricing:wants")
    album = found.release.album if found.release is not None else found.album
    context = {
        "form": form,
        "album": album,
        "pressing": pressing_line(found.release),
        "list_name": "wants",
        "remove_url": reverse("pricing:wants_remove", args=[found.pk]),
    }
    status = 422 if form.is_bound else 200
    return render(request, "pricing/describe.html", context, status=status)


def _asked(found: Want, person: User) -> dict[str, Any]:
    first = {
        name: getattr(found, name)
        for name in (
            "originals_only", "no_unofficial", "countries", "colour", "least_grade", "max_price",
            "priority", "notes",
        )
    }  # fmt: skip
    alert = getattr(found, "alert", None)
    currency = found.currency or (alert.currency if alert else "") or person.currency
    first |= {"currency": currency}
    return first | ({"below": alert.below, "percent": alert.percent} if alert else {})


def _blame(form: forms.Form, wrong: ValidationError) -> None:
    for name, texts in wrong.message_dict.items():
        form.add_error(name if name in form.fields else None, cast(Any, texts))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, row_id: int) -> HttpResponse:
    """One copy of the person's own: condition, folder, rating, notes, what was paid."""
    person = cast(User, request.user)
    found = (
        Owned.objects.filter(user=person, pk=row_id).select_related("album", "release").first()
    )  # fmt: skip
    if found is None:
        raise Http404
    first = {name: getattr(found, name) for name in COPY_DETAILS}
    first["paid_currency"] = found.paid_currency or person.currency
    form = CopyForm(request.POST if request.method == "POST" else None, copy=found, initial=first)
    if form.is_bound and form.is_valid():
        try:
            change_copy(person, found.pk, **form.cleaned_data)
        except ValidationError as wrong:
            _blame(form, wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect("pricing:shelf")
    context = {
        "form": form,
        "album": found.album,
        "pressing": pressing_line(found.release),
        "list_name": "shelf",
        "copy": found,
        "remove_url": reverse("pricing:shelf_remove", args=[found.pk]),
    }
    status = 422 if form.is_bound else 200
    return render(request, "pricing/describe.html", context, status=status)


# --- doubles --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Double:
    """Copies of one album. `same` : of one pressing among them there are several. `worst` is the
    id of the copy to part with first, by its condition; None where conditions do not tell."""

    album_id: int
    title: str
    artist_line: str
    copies: tuple[Owned, ...]
    same: bool
    worst: int | None
    lines: Mapping[int, str]

    @property
    def rows(self) -> list[tuple[Owned, str, bool]]:
        """(copy, its pressing in a line, whether to part with it first)."""
        return [(one, self.lines[one.pk], one.pk == self.worst) for one in self.copies]


_ORDER = {code: place for place, (code, _word) in enumerate(GRADE_CHOICES)}


def doubled(person: User) -> Any:
    """Copies of albums that stand on the shelf more than once, but where all are meant. One
    query."""
    copies = Owned.objects.filter(user=person).annotate(standing_id=present())
    of_album = {"partition_by": "standing_id"}
    return copies.annotate(
        number=Window(Count("pk"), **cast(Any, of_album)),
        open=Window(Count("pk", filter=Q(double_is_meant=False)), **cast(Any, of_album)),
    ).filter(number__gt=1, open__gt=0)


def doubles_of(person: User) -> list[Double]:
    """The doubles, those of one pressing first. One query."""
    groups: dict[int, list[Any]] = defaultdict(list)
    rows = doubled(person).select_related("album__merged_into", "release")
    for row in rows.order_by("standing_id", "pk"):
        groups[row.standing_id].append(row)
    found = []
    for album_id, copies in groups.items():
        releases = [one.release_id for one in copies if one.release_id is not None]
        album = copies[0].album.merged_into or copies[0].album
        found.append(
            Double(
                album_id=album_id,
                title=album.title,
                artist_line=album.artist_line,
                copies=tuple(copies),
                same=len(set(releases)) < len(releases),
                worst=_worst(copies),
                lines={one.pk: pressing_line(one.release) for one in copies},
            )
        )
    return sorted(found, key=lambda one: (not one.same, one.artist_line.casefold(), one.title))


def _worst(copies: list[Owned]) -> int | None:
    """Of several copies of one pressing the one in the worst condition."""
    by_release: dict[int | None, list[Owned]] = defaultdict(list)
    for one in copies:
        by_release[one.release_id].append(one)
    for release_id, same in by_release.items():
        ranks = {one.pk: _ORDER[one.grade] for one in same if one.grade in _ORDER}
        if release_id is not None and len(ranks) > 1 and len(set(ranks.values())) > 1:
            return max(ranks, key=lambda pk: ranks[pk])
    return None


@never_cache
@login_required
@require_safe
def doubles(request: HttpRequest) -> HttpResponse:
    """Records that stand on the shelf more than once, and what to do with them."""
    found = doubles_of(cast(User, request.user))
    context = {"doubles": found[:100], "more": max(0, len(found) - 100)}
    return render(request, "pricing/doubles.html", context)


@login_required
@require_POST
def doubles_meant(request: HttpRequest) -> HttpResponse:
    """{album_id}: these copies all stand there on purpose."""
    text = request.POST.get("album_id", "")
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    if not mean_doubles(cast(User, request.user), int(text)):
        raise Http404
    return redirect("pricing:doubles")
