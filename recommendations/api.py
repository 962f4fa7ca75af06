"""Recommendations for programs: read, make again, keep, dismiss."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from catalog.models import Album
from pricing.viewer import viewer_for
from recommendations import services
from recommendations.candidates import TABS
from recommendations.cards import DECADE, EDITIONS, PRICE_STEPS
from recommendations.models import Dismissal
from recommendations.profile import SOURCES
from recommendations.queries import album_or_none, cards_for, first_artist, taste_of
from recommendations.ranking import DIALS
from recommendations.reasons import kept_after_all
from recommendations.scoring import PAGE
from recommendations.services.playlists import match_text, records_from
from recommendations.told import MOST_ROWS, heard_may_leave, told_card, told_rows
from vinyl.api import Asked, JobSerializer, choice_asked, nothing_asked, number_asked

LOOK_PARAMETERS = [
    OpenApiParameter("tab", str, enum=TABS, description="Which list; `own` where none is named."),
    OpenApiParameter(
        "price", int, enum=PRICE_STEPS, description="Delivered, at most: no unknown shipping."
    ),
    OpenApiParameter("genre", str),
    OpenApiParameter("decade", str, description="Its first year: 1970."),
    OpenApiParameter("country", str, description="There is a pressing from there."),
    OpenApiParameter("edition", str, enum=EDITIONS),
    OpenApiParameter("start", int, description="An album of which you want records like it."),
    OpenApiParameter("dial", int, enum=DIALS, description="0 safe to 100 adventurous, a look."),
    OpenApiParameter("limit", int, description=f"At most so many: 1 to {MOST_ROWS}, else {PAGE}."),
]
# A list is not cut in pages. Whoever asks for the second would take the first for it.
PAGED = ("page", "page_size", "offset")


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
    wanted = serializers.BooleanField()
    score = serializers.DecimalField(max_digits=5, decimal_places=2)
    parts = PartSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField(help_text="Address of the album's page on this site.")


def _check_look(request: Request) -> None:
    """ValidationError, by name, for what a page would pass over, a name that there is not among it:
    a program that is not told would take the whole list for what it asked for."""
    there = {one.name for one in LOOK_PARAMETERS} | {*PAGED, api_settings.URL_FORMAT_OVERRIDE}
    strange = [name for name in request.query_params if name not in there]
    if strange:
        words = [_("There is no such parameter.")]
        raise serializers.ValidationError({name[:80]: words for name in strange})
    known = {"tab": TABS, "price": PRICE_STEPS, "edition": EDITIONS, "dial": DIALS}
    for name, choices in known.items():
        choice_asked(request, name, choices)
    decade = request.query_params.get("decade", "")
    if decade and not DECADE.fullmatch(decade):
        raise serializers.ValidationError({"decade": [_("This is no decade: its first year.")]})
    start = number_asked(request, "start")
    if start and album_or_none(start) is None:
        raise serializers.ValidationError({"start": [_("There is no such album.")]})


def _limit(request: Request) -> int:
    """How many albums are asked for. ValidationError, by name, for too many and for pages."""
    for name in PAGED:
        if name in request.query_params:
            words = _("The list has no pages: ask for a limit of up to {most}.")
            raise serializers.ValidationError({name: [words.format(most=MOST_ROWS)]})
    limit = number_asked(request, "limit")
    if limit is not None and limit > MOST_ROWS:
        words = _("At most {most}.")
        raise serializers.ValidationError({"limit": [words.format(most=MOST_ROWS)]})
    return limit or PAGE


class Recs(APIView):
    """Your current recommendations, best first."""

    @extend_schema(parameters=LOOK_PARAMETERS, responses=RecommendationSerializer(many=True))
    def get(self, request: Request) -> Response:
        user: Any = request.user
        _check_look(request)
        found = told_rows(user, request.query_params.dict(), limit=_limit(request))
        return Response(RecommendationSerializer(found, many=True).data)


class TracksRequest(Asked):
    """A playlist: lines of "artist - track", a CSV with a head, or an M3U."""

    tracks = serializers.CharField(max_length=500_000)


class PlaylistSerializer(serializers.Serializer[Any]):
    """What became of the lines, and the records. lines = used + the sum of skipped."""

    lines = serializers.IntegerField()
    used = serializers.IntegerField()
    skipped = serializers.DictField(child=serializers.IntegerField())
    unknown = serializers.ListField(child=serializers.CharField())
    records = RecommendationSerializer(many=True)


class PlaylistRecs(APIView):
    """Records from a playlist: those it names, by its artists, near to them. Nothing is kept."""

    @extend_schema(request=TracksRequest, responses=PlaylistSerializer)
    def post(self, request: Request) -> Response:
        user: Any = request.user
        asked = TracksRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        matched = match_text(asked.validated_data["tracks"])
        found = cards_for(
            records_from(user, matched), viewer_for(user), signed_in=True, limit=2 * PAGE
        )
        told = heard_may_leave(user)
        answer = {
            "lines": matched.read,
            "used": matched.used,
            "skipped": matched.skipped,
            "unknown": matched.unknown,
            "records": [told_card(card, heard=told) for card in found],
        }
        return Response(PlaylistSerializer(answer).data)


class TasteSerializer(Asked):
    """What the list is made from. `dial` 0 is safe, 100 adventurous; `off` are the sources that are
    switched off; `teaches`: the site may learn from your shelf and your Spotify history file."""

    dial = serializers.IntegerField(min_value=0, max_value=100, required=False)
    off = serializers.ListField(child=serializers.ChoiceField(SOURCES), required=False)
    teaches = serializers.BooleanField(required=False)


class Taste(APIView):
    """Read and change what your list is made from."""

    @extend_schema(responses=TasteSerializer)
    def get(self, request: Request) -> Response:
        user: Any = request.user
        return Response(TasteSerializer(taste_of(user)).data)

    @extend_schema(request=TasteSerializer, responses=TasteSerializer)
    def patch(self, request: Request) -> Response:
        user: Any = request.user
        asked = TasteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(TasteSerializer(services.set_taste(user, **asked.validated_data)).data)


class RefreshRecs(APIView):
    """Make the list again; answers with the job to watch."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        nothing_asked(request)
        user: Any = request.user
        job = services.request_refresh(user)
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class UndismissedSerializer(serializers.Serializer[Any]):
    """Keeping an album took its dismissal back: `reason` is what that was for, `detail` says what
    follows from it."""

    reason = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()


class LockRec(APIView):
    """PUT keeps an album on the list; DELETE lets it go. The last word counts: keeping what was
    dismissed takes that back, which is answered with 200."""

    @extend_schema(request=None, responses={204: None, 200: UndismissedSerializer})
    def put(self, request: Request, album_id: int) -> Response:
        nothing_asked(request)
        user: Any = request.user
        album = get_object_or_404(Album, pk=album_id)
        reason = services.lock(user, album)
        if reason is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        told = {"reason": reason, "detail": kept_after_all(album.title, album.artist_line, reason)}
        return Response(UndismissedSerializer(told).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        services.unlock(user, get_object_or_404(Album, pk=album_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LeanRequest(Asked):
    """More (1) or less (-1) like this."""

    direction = serializers.ChoiceField([1, -1])


class LeanRec(APIView):
    """PUT `{"direction": 1}` for more like this album's artist, -1 for less; DELETE takes it
    back."""

    @extend_schema(request=LeanRequest, responses={204: None})
    def put(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        asked = LeanRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        album = get_object_or_404(Album, pk=album_id)
        for artist in first_artist(album.pk):
            services.lean(user, artist, asked.validated_data["direction"])
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, album_id: int) -> Response:
        user: Any = request.user
        for artist in first_artist(get_object_or_404(Album, pk=album_id).pk):
            services.undo_lean(user, artist)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DismissRequest(Asked):
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
