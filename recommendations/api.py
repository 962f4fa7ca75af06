"""Recommendations for programs: read, make again, keep, dismiss."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Snapshot
from catalog.models import Album
from recommendations import services
from recommendations.models import Dismissal
from recommendations.queries import cards
from vinyl.api import JobSerializer
from vinyl.look import Card, ScorePart
from vinyl.upstreams.terms import may_leave, terms_for


class PartSerializer(serializers.Serializer[Any]):
    """One part of a score; ``points`` is null where it is not known."""

    key = serializers.CharField()
    points = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    limit = serializers.IntegerField()
    sentence = serializers.CharField()


class RecommendationSerializer(serializers.Serializer[Any]):
    """An album with its score out of 100 and the parts that add up to it."""

    album = serializers.IntegerField()
    title = serializers.CharField()
    artist = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    kept = serializers.BooleanField()
    score = serializers.DecimalField(max_digits=5, decimal_places=2)
    parts = PartSerializer(many=True)


# Parts whose sentences tell what somebody listens to.
_HEARD = frozenset({"listening", "taste"})


def _part(part: ScorePart, card: Card, *, heard_may_leave: bool) -> dict[str, Any]:
    """A part without its sentence where that would send out what a source keeps in this site:
    the points are ours, what Last.fm counted or eBay asks is not."""
    told = asdict(part)
    source = str(getattr(card.tag, "source", "") or "").partition(":")[0]
    if part.key in _HEARD and not heard_may_leave:
        told["sentence"] = ""
    if part.key == "price" and source and not terms_for(source).via_api:
        told |= {"sentence": "", "points": None}
    return told


def _heard_may_leave(user: Any) -> bool:
    sources = Snapshot.objects.filter(user=user).values_list("source", flat=True).distinct()
    return all(may_leave(source) for source in sources)


def _row(card: Card, *, heard_may_leave: bool) -> dict[str, Any]:
    album: Any = card.album
    return {
        "album": album.pk,
        "title": album.title,
        "artist": album.artist_line,
        "year": album.year,
        "kept": card.kept,
        "score": card.score.total if card.score else 0,
        "parts": [
            _part(part, card, heard_may_leave=heard_may_leave)
            for part in (card.score.parts if card.score else ())
        ],
    }


class Recs(APIView):
    """Your current recommendations, best first."""

    @extend_schema(responses=RecommendationSerializer(many=True))
    def get(self, request: Request) -> Response:
        user: Any = request.user
        told = _heard_may_leave(user)
        found = [_row(card, heard_may_leave=told) for card in cards(user).cards]
        return Response(RecommendationSerializer(found, many=True).data)


class RefreshRecs(APIView):
    """Make the list again; answers with the job to watch."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        user: Any = request.user
        job = services.request_refresh(user)
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class LockRec(APIView):
    """PUT keeps an album on the list; DELETE lets it go."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        services.lock(user, get_object_or_404(Album, pk=album_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        services.unlock(user, get_object_or_404(Album, pk=album_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DismissRequest(serializers.Serializer[Any]):
    """Why an album goes; without a word it goes as well."""

    reason = serializers.ChoiceField(
        choices=Dismissal.Reason.values, allow_blank=True, required=False, default=""
    )


class DismissRec(APIView):
    """PUT takes an album off the list (``reason`` is optional); DELETE undoes it."""

    @extend_schema(
        request=DismissRequest,
        responses={204: None},
    )
    def put(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        asked = DismissRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = asked.validated_data["reason"]
        try:
            services.dismiss(user, get_object_or_404(Album, pk=album_id), reason=reason)
        except services.TooManyDismissals as error:
            raise serializers.ValidationError({"reason": [str(error)]}) from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        services.undo_dismiss(user, get_object_or_404(Album, pk=album_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
