"""A person's own things for programs: profile, wants, collection."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Owned, User, Want
from accounts.queries import shelf_of, wants_of
from accounts.services import add_owned, add_want
from accounts.signed_in import signed_in
from catalog.api import StandingAlbum
from catalog.models import Album, Release
from vinyl.api import Pages


class MeSerializer(serializers.ModelSerializer[User]):
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
        )
        read_only_fields = ("id", "email")


class Me(APIView):
    """Who this token speaks for."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(signed_in(request)).data)


class IdOf(serializers.PrimaryKeyRelatedField[Any]):
    """The id of something that is there. JSON has numbers (1e400) that become no whole one."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("does_not_exist", pk_value=data)


class AlbumOrRelease(serializers.Serializer[Any]):
    """Exactly one of the two ids."""

    album = IdOf(queryset=Album.objects.all(), required=False)
    release = IdOf(queryset=Release.objects.all(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give exactly one of album and release."))
        return {f"{name}_id": thing.pk for name, thing in attrs.items()}


class WantSerializer(serializers.ModelSerializer[Want]):
    album = StandingAlbum()

    class Meta:
        model = Want
        fields = ("id", "album", "release", "max_price", "currency", "notes", "created_at")


class OwnedSerializer(serializers.ModelSerializer[Owned]):
    album = StandingAlbum()

    class Meta:
        model = Owned
        fields = ("id", "album", "release", "grade", "sleeve_grade", "notes", "added_at")


class Wants(generics.ListAPIView[Want]):
    """Your want list; POST adds an album or a pressing."""

    serializer_class = WantSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Want]:
        if getattr(self, "swagger_fake_view", False):
            return Want.objects.none()
        return wants_of(signed_in(self.request))

    @extend_schema(request=AlbumOrRelease, responses={201: WantSerializer})
    def post(self, request: Request) -> Response:
        asked = AlbumOrRelease(data=request.data)
        asked.is_valid(raise_exception=True)
        want = add_want(signed_in(request), **asked.validated_data)
        return Response(WantSerializer(want).data, status=status.HTTP_201_CREATED)


class WantDetail(generics.DestroyAPIView[Want]):
    """DELETE takes one want off the list."""

    serializer_class = WantSerializer

    def get_queryset(self) -> QuerySet[Want]:
        return Want.objects.filter(user_id=self.request.user.pk or 0)


class Collection(generics.ListAPIView[Owned]):
    """Your shelf, one row per copy; POST adds a copy."""

    serializer_class = OwnedSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Owned]:
        if getattr(self, "swagger_fake_view", False):
            return Owned.objects.none()
        return shelf_of(signed_in(self.request))

    @extend_schema(request=AlbumOrRelease, responses={201: OwnedSerializer})
    @transaction.atomic
    def post(self, request: Request) -> Response:
        asked = AlbumOrRelease(data=request.data)
        asked.is_valid(raise_exception=True)
        copy = add_owned(signed_in(request), **asked.validated_data)
        return Response(OwnedSerializer(copy).data, status=status.HTTP_201_CREATED)


class CopyDetail(generics.DestroyAPIView[Owned]):
    """DELETE takes one copy off the shelf."""

    serializer_class = OwnedSerializer

    def get_queryset(self) -> QuerySet[Owned]:
        return Owned.objects.filter(user_id=self.request.user.pk or 0)
