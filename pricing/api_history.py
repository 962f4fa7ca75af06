"""What prices were, for programs: the story that the pages of albums and pressings tell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Album, Release
from catalog.queries import present_id
from pricing.grades import GRADES
from pricing.history_queries import DEFAULT_RANGE, RANGES, price_story
from pricing.viewer import viewer_for
from vinyl.api import choice_asked

PRICE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}
ASKED = (
    OpenApiParameter("range", str, enum=list(RANGES), default=DEFAULT_RANGE),
    OpenApiParameter(
        "grade", str, enum=list(GRADES),
        description="Copies in this condition alone; without it your least grade or better.",
    ),
)  # fmt: skip


class Cents(serializers.DecimalField):
    """Euro cents as euros."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**(PRICE | given))

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(Decimal(value) / 100)


class BucketSerializer(serializers.Serializer[Any]):
    """A day or a week; ``count`` observations: a price on a day is one."""

    first = serializers.DateField()
    last = serializers.DateField()
    low = Cents()
    median = Cents()
    count = serializers.IntegerField()


class GapSerializer(serializers.Serializer[Any]):
    """Nothing was seen between the two days."""

    after = serializers.DateField()
    before = serializers.DateField()


class NotKeptSerializer(serializers.Serializer[Any]):
    """A source whose past prices are not kept here, and the setting that would keep them."""

    name = serializers.CharField()
    setting = serializers.CharField()


class StorySerializer(serializers.Serializer[Any]):
    """Prices of items without shipping, in euros.

    ``days`` and ``observations`` are of the last year: a day counts where something was seen on it.
    ``cheaper_than``: of the days that are ``compared`` with the last one, the percent on which
    everything was dearer, like with like (pressings that were told of on both). Null where fewer
    than 14 are compared or nothing was seen within the last week. It is said of ``compared_now``,
    the least price of pressings that were seen before; ``now`` is the least of all.
    """

    range = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    currency = serializers.CharField()
    now = Cents(allow_null=True)
    compared_now = Cents(allow_null=True)
    cheaper_than = serializers.IntegerField(allow_null=True)
    compared = serializers.IntegerField()
    days = serializers.IntegerField()
    observations = serializers.IntegerField()
    enough = serializers.BooleanField()
    generated = serializers.BooleanField()
    grades = serializers.ListField(child=serializers.CharField())
    buckets = BucketSerializer(many=True)
    gaps = GapSerializer(many=True)
    not_kept = NotKeptSerializer(many=True)


def _story(request: Request, album_id: int, release_id: int | None) -> Response:
    grade = choice_asked(request, "grade", GRADES)
    asked = choice_asked(request, "range", RANGES) or DEFAULT_RANGE
    today: date = timezone.now().date()
    story = price_story(
        album_id=album_id,
        release_id=release_id,
        least_grade=viewer_for(request).least_grade,
        grade=grade,
        asked=asked,
        today=today,
        via_api=True,
    )
    told = {
        name: getattr(story, name)
        for name in (
            "range", "start", "end", "now", "compared_now", "cheaper_than", "compared", "days",
            "observations", "enough", "generated", "grades", "buckets",
        )
    }  # fmt: skip
    told["currency"] = "EUR"
    told["gaps"] = [{"after": after, "before": before} for after, before in story.gaps]
    told["not_kept"] = [{"name": name, "setting": setting} for name, setting in story.off]
    return Response(StorySerializer(told).data)


class AlbumHistory(APIView):
    """What an album's pressings cost over time, as far as that may be kept."""

    @extend_schema(parameters=[*ASKED], responses=StorySerializer)
    def get(self, request: Request, album_id: int) -> Response:
        get_object_or_404(Album, pk=album_id)
        return _story(request, present_id(album_id), None)


class ReleaseHistory(APIView):
    """What one pressing cost over time, as far as that may be kept."""

    @extend_schema(
        parameters=[OpenApiParameter("release_id", OpenApiTypes.INT, "path"), *ASKED],
        responses=StorySerializer,
    )
    def get(self, request: Request, release_id: int) -> Response:
        release = get_object_or_404(Release, pk=release_id)
        return _story(request, release.album_id, release.pk)
