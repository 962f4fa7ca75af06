"""A person's own things for programs: profile, wants, collection."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import model_to_dict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.forms import ProfileForm
from accounts.models import GRADES, SLEEVE_CHOICES, Owned, User, Want
from accounts.models.shelf import MOST_COUNTRIES
from accounts.queries import shelf_of, wants_of
from accounts.services import add_owned, update_profile
from accounts.services.shelf import (
    add_or_find_want,
    change_copy,
    change_want,
    remove_want,
    take_off,
)
from accounts.signed_in import signed_in
from catalog.api import StandingAlbum
from catalog.models import Album, Release
from catalog.words import country_named
from vinyl.api import Asked, Pages
from vinyl.money import CURRENCIES


class MeSerializer(Asked, serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "country",
            "postcode",
            "currency",
            "least_grade",
            "language",
            "time_zone",
            "theme",
        )
        read_only_fields = ("id", "email")


class Me(APIView):
    """Who this token speaks for."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(signed_in(request)).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Changes what is given, by the rules of the settings page."""
        person = signed_in(request)
        sent = MeSerializer(person, data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        now = model_to_dict(person, fields=ProfileForm.Meta.fields)
        # The form writes into its object while it checks: not into the one that is answered with.
        form = ProfileForm(now | given, instance=User.objects.get(pk=person.pk))
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(one) for one in said] for name, said in form.errors.items()}
            )
        update_profile(person, **{name: form.cleaned_data[name] for name in given})
        return Response(MeSerializer(person).data)


class IdOf(serializers.PrimaryKeyRelatedField[Any]):
    """The id of something that is there. JSON has numbers (1e400) that become no whole one."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("does_not_exist", pk_value=data)


class AlbumOrRelease(Asked):
    """Exactly one of the two ids."""

    album = IdOf(queryset=Album.objects.all(), required=False)
    release = IdOf(queryset=Release.objects.all(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = {name: attrs.pop(name) for name in ("album", "release") if name in attrs}
        if len(named) != 1:
            raise serializers.ValidationError(_("Give exactly one of album and release."))
        return {**attrs, **{f"{name}_id": thing.pk for name, thing in named.items()}}


class WantSerializer(serializers.ModelSerializer[Want]):
    album = StandingAlbum()

    class Meta:
        model = Want
        fields = (
            "id", "album", "release", "originals_only", "no_unofficial", "countries", "colour",
            "least_grade", "max_price", "currency", "priority", "notes", "created_at",
        )  # fmt: skip


class Spelt(serializers.CharField):
    """Text without the characters that the database cannot hold."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and "\x00" in data:
            raise serializers.ValidationError(_("This holds a character that is no text."))
        return super().run_validation(data)


class CountryName(Spelt):
    """A country or region as the catalogue names it; its English name or two letters will do."""

    def to_internal_value(self, data: Any) -> str:
        name = country_named(super().to_internal_value(data))
        if not name:
            raise serializers.ValidationError(_("This is no country or region that we know."))
        return name


class WantOptionsSerializer(Asked):
    """What a want asks for; what is left out stays as it is. A want of one pressing takes neither
    originals_only, no_unofficial, countries nor colour."""

    originals_only = serializers.BooleanField(required=False)
    no_unofficial = serializers.BooleanField(required=False)
    countries = serializers.ListField(
        child=CountryName(max_length=80), required=False, max_length=MOST_COUNTRIES
    )
    colour = Spelt(required=False, allow_blank=True, max_length=40)
    least_grade = serializers.ChoiceField(GRADES, required=False, allow_blank=True)
    max_price = serializers.DecimalField(
        max_digits=10, decimal_places=2, required=False, allow_null=True,
        min_value=Decimal("0.01"),
    )  # fmt: skip
    currency = serializers.ChoiceField(CURRENCIES, required=False, allow_blank=True)
    priority = serializers.ChoiceField(Want.Priority.choices, required=False)
    notes = Spelt(required=False, allow_blank=True, max_length=5000, trim_whitespace=False)


class CopyDetailsSerializer(Asked):
    """What is noted of a copy; what is left out stays as it is. Of a copy that is read from
    Discogs only paid and paid_currency can be changed here."""

    grade = serializers.ChoiceField(GRADES, required=False, allow_blank=True)
    sleeve_grade = serializers.ChoiceField(SLEEVE_CHOICES, required=False, allow_blank=True)
    folder = Spelt(required=False, allow_blank=True, max_length=200)
    rating = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    paid = serializers.DecimalField(
        max_digits=10, decimal_places=2, required=False, allow_null=True, min_value=Decimal(0)
    )
    paid_currency = serializers.ChoiceField(CURRENCIES, required=False, allow_blank=True)
    notes = Spelt(required=False, allow_blank=True, max_length=5000, trim_whitespace=False)


class NewWantSerializer(AlbumOrRelease, WantOptionsSerializer):
    """What is wanted, exactly one of album and release, and what is asked of it. A want of one
    pressing takes neither originals_only, no_unofficial, countries nor colour."""


class NewCopySerializer(AlbumOrRelease, CopyDetailsSerializer):
    """Which record it is, exactly one of album and release, and what is noted of the copy."""


def _told(wrong: DjangoValidationError) -> serializers.ValidationError:
    """A service's refusal as the API tells one."""
    return serializers.ValidationError(wrong.message_dict)


class OwnedSerializer(serializers.ModelSerializer[Owned]):
    album = StandingAlbum()

    class Meta:
        model = Owned
        fields = (
            "id", "album", "release", "grade", "sleeve_grade", "folder", "rating", "notes", "paid",
            "paid_currency", "added_at",
        )  # fmt: skip


class Wants(generics.ListAPIView[Want]):
    """Your want list; POST adds an album or a pressing."""

    serializer_class = WantSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Want]:
        if getattr(self, "swagger_fake_view", False):
            return Want.objects.none()
        return wants_of(signed_in(self.request))

    @extend_schema(request=NewWantSerializer, responses={200: WantSerializer, 201: WantSerializer})
    def post(self, request: Request) -> Response:
        """Wanted already: the same want with the options that are given, and 200 instead of 201."""
        asked = NewWantSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            want, made = add_or_find_want(signed_in(request), **asked.validated_data)
        except DjangoValidationError as wrong:
            raise _told(wrong) from wrong
        told = status.HTTP_201_CREATED if made else status.HTTP_200_OK
        return Response(WantSerializer(want).data, status=told)


class WantDetail(generics.RetrieveDestroyAPIView[Want]):
    """One want: PATCH changes what it asks for, DELETE takes it off the list."""

    serializer_class = WantSerializer

    def get_queryset(self) -> QuerySet[Want]:
        return Want.objects.filter(user_id=self.request.user.pk or 0)

    @extend_schema(request=WantOptionsSerializer, responses=WantSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        want = self.get_object()
        asked = WantOptionsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            changed = change_want(signed_in(request), want.pk, **asked.validated_data)
        except DjangoValidationError as wrong:
            raise _told(wrong) from wrong
        return Response(WantSerializer(changed).data)

    def perform_destroy(self, instance: Want) -> None:
        remove_want(instance.user, album_id=instance.album_id, release_id=instance.release_id)


class Collection(generics.ListAPIView[Owned]):
    """Your shelf, one row per copy; POST adds a copy."""

    serializer_class = OwnedSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Owned]:
        if getattr(self, "swagger_fake_view", False):
            return Owned.objects.none()
        return shelf_of(signed_in(self.request))

    @extend_schema(request=NewCopySerializer, responses={201: OwnedSerializer})
    @transaction.atomic
    def post(self, request: Request) -> Response:
        """Standing there already: that copy, with the details that are given."""
        asked = NewCopySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        details = dict(asked.validated_data)
        what = {name: details.pop(name) for name in ("album_id", "release_id") if name in details}
        copy = add_owned(signed_in(request), **what)
        try:
            copy = change_copy(signed_in(request), copy.pk, **details) if details else copy
        except DjangoValidationError as wrong:
            raise _told(wrong) from wrong
        return Response(OwnedSerializer(copy).data, status=status.HTTP_201_CREATED)


class CopyDetail(generics.RetrieveDestroyAPIView[Owned]):
    """One copy: PATCH changes what is noted of it, DELETE takes it off the shelf."""

    serializer_class = OwnedSerializer

    def get_queryset(self) -> QuerySet[Owned]:
        return Owned.objects.filter(user_id=self.request.user.pk or 0)

    @extend_schema(request=CopyDetailsSerializer, responses=OwnedSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        copy = self.get_object()
        told = CopyDetailsSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        try:
            changed = change_copy(signed_in(request), copy.pk, **told.validated_data)
        except DjangoValidationError as wrong:
            raise _told(wrong) from wrong
        return Response(OwnedSerializer(changed).data)

    def perform_destroy(self, instance: Owned) -> None:
        take_off(instance)
