"""Shelf and wants, changed by hand: added, described, taken off, put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Owned, User, Want
from accounts.models.shelf import MOST_COUNTRIES
from accounts.queries import wants_of
from accounts.services.copy_sending import note_copy
from accounts.services.shelf_sending import note_want
from catalog.models import Release
from catalog.queries import of_albums, present_id
from vinyl.money import CURRENCIES

# What only a want of an album can say: one pressing is what it is.
ALBUM_OPTIONS = ("originals_only", "no_unofficial", "countries", "colour")
WANT_OPTIONS = frozenset(
    {*ALBUM_OPTIONS, "least_grade", "max_price", "currency", "priority", "notes"}
)
COPY_DETAILS = frozenset(
    {"grade", "sleeve_grade", "folder", "rating", "notes", "paid", "paid_currency"}
)
# What Discogs tells of its own copies, and would write over at the next reading.
TOLD_BY_DISCOGS = frozenset({"grade", "sleeve_grade", "folder", "rating", "notes"})
LONGEST_NOTES = 5000


def add_want(
    user: User, *, album_id: int | None = None, release_id: int | None = None, **options: Any
) -> Want:
    """Want an album in any pressing that fits the options, or one pressing. Wanted already: the
    same want, with the options that are given. ValidationError for options that make no sense."""
    want, _made = add_or_find_want(user, album_id=album_id, release_id=release_id, **options)
    return want


def add_or_find_want(
    user: User, *, album_id: int | None = None, release_id: int | None = None, **options: Any
) -> tuple[Want, bool]:
    """As `add_want`, and whether it is new."""
    what: dict[str, Any] = _exactly_one(album_id, release_id)
    with transaction.atomic():
        # A want of what was merged into the album is a want of the album; of two the one that is
        # told.
        want = wants_of(user).filter(_rows_of(what)).first()
        made = want is None
        if want is None:
            want, made = Want.objects.get_or_create(user=user, **what)
        if options:
            _describe(want, options, WANT_OPTIONS)
            _no_options_of_one_pressing(want)
            want.save()
        if made or "notes" in options:
            note_want(want, wanted=True)
    return want, made


def change_want(user: User, want_id: int, **options: Any) -> Want:
    """Change what a want of the person's own asks for; names are WANT_OPTIONS.

    Want.DoesNotExist for anybody else's, ValidationError (by field) for what makes no sense,
    TypeError for a name that is no option.
    """
    with transaction.atomic():
        want = Want.objects.select_for_update().get(pk=want_id, user=user)
        before = want.notes
        _describe(want, options, WANT_OPTIONS)
        _no_options_of_one_pressing(want)
        want.save(update_fields=sorted(WANT_OPTIONS))
        if want.notes != before:
            note_want(want, wanted=True)
    return want


def remove_want(user: User, *, album_id: int | None = None, release_id: int | None = None) -> bool:
    """No longer want it; False when it was not wanted. For an album, wants of single pressings
    stay."""
    wanted = wants_like(user, album_id=album_id, release_id=release_id)
    with transaction.atomic():
        found = list(wanted.select_for_update())
        for want in found:
            take_off(want)
    return bool(found)


def add_owned(user: User, *, album_id: int | None = None, release_id: int | None = None) -> Owned:
    """Put a copy on the shelf, by its pressing where known. Standing there already: that copy.

    Further copies come from Discogs, where each has an instance of its own, or from a file.
    """
    what = _exactly_one(album_id, release_id)
    if release_id is not None:
        what["album_id"] = Release.objects.values_list("album_id", flat=True).get(pk=release_id)
    with transaction.atomic():
        # Two clicks at once must not make two copies: there is no constraint to stop them.
        User.objects.select_for_update().get(pk=user.pk)
        copies = Owned.objects.filter(_rows_of(what), user=user)
        standing = copies.first()
        if standing is not None:
            return standing
        copy = Owned.objects.create(user=user, added_at=timezone.now(), **what)
        note_copy(copy, wanted=True)
        return copy


def change_copy(user: User, copy_id: int, **details: Any) -> Owned:
    """Change what is noted of a copy of the person's own; names are COPY_DETAILS.

    What Discogs tells of a copy is changed there: ValidationError("follows") here. Else as
    `change_want`.
    """
    with transaction.atomic():
        copy = Owned.objects.select_for_update().get(pk=copy_id, user=user)
        told = TOLD_BY_DISCOGS & set(details)
        if copy.discogs_instance_id is not None and told:
            text = _("This copy is read from Discogs: change it there, then read it again.")
            raise ValidationError(dict.fromkeys(sorted(told), text), code="follows")
        _describe(copy, details, COPY_DETAILS)
        copy.save(update_fields=sorted(COPY_DETAILS))
    return copy


def remove_owned(user: User, *, album_id: int | None = None, release_id: int | None = None) -> int:
    """Take all copies of an album, or of one pressing, off the shelf; how many there were."""
    copies = copies_like(user, album_id=album_id, release_id=release_id)
    with transaction.atomic():
        found = list(copies.select_for_update())
        for copy in found:
            take_off(copy)
    return len(found)


def wants_like(
    user: User, *, album_id: int | None = None, release_id: int | None = None
) -> models.QuerySet[Want]:
    """The person's wants of an album in any pressing, or of one pressing."""
    return Want.objects.filter(_rows_of(_exactly_one(album_id, release_id)), user=user)


def copies_like(
    user: User, *, album_id: int | None = None, release_id: int | None = None
) -> models.QuerySet[Owned]:
    """The person's copies of an album, or of one pressing."""
    return Owned.objects.filter(_rows_of(_exactly_one(album_id, release_id)), user=user)


def mean_doubles(user: User, album_id: int) -> int:
    """Say that all copies of this album stand on the shelf on purpose; how many there are."""
    copies = Owned.objects.filter(of_albums([present_id(album_id)]), user=user)
    return copies.update(double_is_meant=True)


def take_off(row: Want | Owned) -> None:
    """Delete a want or a copy, and remember it where Discogs has it too."""
    with transaction.atomic():
        if isinstance(row, Want):
            note_want(row, wanted=False)
        else:
            note_copy(row, wanted=False)
        row.delete()


def put_back(
    user: User, model: type[Want] | type[Owned], values: Mapping[str, Any]
) -> Want | Owned:
    """Make a want or a copy again that was taken off, with all that it said. IntegrityError where
    it was wanted again meanwhile."""
    with transaction.atomic():
        row = model.objects.create(user=user, **values)
        if isinstance(row, Want):
            if values.get("created_at") is not None:
                Want.objects.filter(pk=row.pk).update(created_at=values["created_at"])
            note_want(row, wanted=True)
        else:
            note_copy(row, wanted=True)
    return row


def _describe(row: Any, values: Mapping[str, Any], known: frozenset[str]) -> None:
    """Set the values; ValidationError by field for what the row does not take."""
    if unknown := set(values) - known:
        raise TypeError(f"not to be changed: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(row, name, value)
    # What is not changed is not judged either; the database's own rules come last.
    row.clean_fields(exclude=[one.name for one in row._meta.fields if one.name not in values])
    _whole_prices(row, "max_price", "currency")
    _whole_prices(row, "paid", "paid_currency")
    if isinstance(row, Want):
        row.countries = sorted({one.strip() for one in row.countries if one.strip()})
    if problems := _problems(row):
        raise ValidationError(problems)


def _problems(row: Want | Owned) -> dict[str, str]:
    """What makes no sense, by field, in words."""
    found: dict[str, str] = {}
    if len(row.notes) > LONGEST_NOTES:
        found["notes"] = _("Keep it shorter: 5,000 letters at most.")
    if row.rating is not None and not 1 <= row.rating <= 5:
        found["rating"] = _("A rating is 1 to 5.")
    if isinstance(row, Owned):
        if row.paid is not None and row.paid < 0:
            found["paid"] = _("What you paid is not negative.")
        return found
    if len(row.countries) > MOST_COUNTRIES:
        found["countries"] = _("At most 20 countries.")
    if row.max_price is not None and row.max_price <= 0:
        found["max_price"] = _("A price is more than nothing.")
    return found


def _whole_prices(row: models.Model, amount: str, currency: str) -> None:
    """An amount without a known currency is none, and a currency alone says nothing."""
    if not hasattr(row, amount):
        return
    if getattr(row, amount) is None:
        setattr(row, currency, "")
    elif getattr(row, currency) not in CURRENCIES:
        raise ValidationError({currency: _("Choose a currency.")})


def _no_options_of_one_pressing(want: Want) -> None:
    if want.release_id is None:
        return
    chosen = [name for name in ALBUM_OPTIONS if getattr(want, name)]
    if chosen:
        text = _("This want is one pressing: there is nothing to choose.")
        raise ValidationError(dict.fromkeys(chosen, text))


def _exactly_one(album_id: int | None, release_id: int | None) -> dict[str, int]:
    """The one that is given, as fields of a row; ValueError for none or both."""
    given = {"album_id": album_id, "release_id": release_id}
    found = {name: number for name, number in given.items() if number is not None}
    if len(found) != 1:
        raise ValueError("exactly one of album_id and release_id is needed")
    if "album_id" in found:
        found["album_id"] = present_id(found["album_id"])
    return found


def _rows_of(what: dict[str, Any]) -> Q:
    """A person's rows of this album, whatever was merged into it, or of this pressing."""
    return (
        Q(release_id=what["release_id"]) if "release_id" in what else of_albums([what["album_id"]])
    )
