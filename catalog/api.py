"""The catalogue for programs: artists, albums with every pressing, a refresh of one artist."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, IntegerField, Model, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import generics, serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.finder_hints import wrong_barcode
from catalog.models import Album, Artist, Release, ReleaseIdentifier, ReleaseLabel
from catalog.queries import Reason, album_ids, artist_ids, find_pressings
from catalog.queries.withholding import text_is_withheld, without_text
from catalog.runouts import LONGEST
from catalog.services.refreshing import ReadLately, queue_refresh
from catalog.words import iso_date
from vinyl.api import JobSerializer, Pages, number_asked

_Row = TypeVar("_Row", bound=Model)


class StandingAlbum(serializers.PrimaryKeyRelatedField[Album]):
    """The id of a row's album, or of the one that it was merged into: what `present` is in queries.
    Querysets bring the album along (`select_related`), or each row asks for its own."""

    def __init__(self, **how: Any) -> None:
        super().__init__(read_only=True, **how)

    def use_pk_only_optimization(self) -> bool:
        return False

    def to_representation(self, value: Any) -> Any:
        return value.merged_into_id or value.pk


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """`withheld`: Discogs lets what its API told be shown for hours, and these are over: the ids
    are left."""

    album = StandingAlbum()
    released = serializers.SerializerMethodField(
        help_text="ISO 8601, cut to what is known: 2023-03-12, 2023-03 or 2023; empty if nothing."
    )
    withheld = serializers.SerializerMethodField()

    class Meta:
        model = Release
        fields = (
            "id", "discogs_id", "album", "title", "country", "released", "year", "label",
            "catalogue_number", "barcode", "medium", "discs", "format", "is_unofficial",
            "generated", "withheld",
        )  # fmt: skip

    def get_released(self, release: Release) -> str:
        return iso_date(release.released, release.year)

    def get_withheld(self, release: Release) -> bool:
        return text_is_withheld(release)

    def to_representation(self, instance: Release) -> dict[str, Any]:
        return super().to_representation(
            without_text(instance) if text_is_withheld(instance) else instance
        )


class AlbumSerializer(serializers.ModelSerializer[Album]):
    artist = serializers.CharField(source="artist_line")

    class Meta:
        model = Album
        fields = (
            "id", "title", "artist", "year", "kind", "is_studio", "genres", "styles", "generated",
            "upstream_release_count", "releases_synced_at",
        )  # fmt: skip


class AlbumDetailSerializer(AlbumSerializer):
    releases = ReleaseSerializer(many=True)

    class Meta(AlbumSerializer.Meta):
        # One more field than the tuple that is inherited, which mypy takes for another type.
        fields = (*AlbumSerializer.Meta.fields, "releases")  # type: ignore[assignment]


class ArtistSerializer(serializers.ModelSerializer[Artist]):
    class Meta:
        model = Artist
        fields = (
            "id", "name", "disambiguation", "country", "genres", "generated", "albums_synced_at",
        )  # fmt: skip


def _in_order(rows: QuerySet[_Row], ids: list[int]) -> QuerySet[_Row]:
    """Those of these rows, in the order of the ids."""
    listed = Value(ids, output_field=ArrayField(BigIntegerField()))
    place = Func(listed, F("pk"), function="array_position", output_field=IntegerField())
    return rows.filter(pk__in=ids).order_by(place)


class AlbumList(generics.ListAPIView[Album]):
    """Albums, most popular first; ``?artist=`` is an artist's id. ``?q=`` searches as the box on
    the pages does, words of artists and titles in any order, with mistakes, a year or an edition
    beside them: what fits best comes first, at most 500."""

    serializer_class = AlbumSerializer
    pagination_class = Pages
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Album]:
        albums = Album.objects.filter(merged_into__isnull=True).order_by("-popularity", "id")
        query = self.request.query_params.get("q", "").strip()
        artist = number_asked(self.request, "artist")
        if query:
            albums = _in_order(albums, album_ids(query))
        if artist is not None:
            asked = Artist.objects.filter(pk=artist)
            standing = asked.values(standing=Coalesce("merged_into_id", "pk"))
            albums = albums.filter(credits__artist_id__in=standing).distinct()
        return albums

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str),
            OpenApiParameter("artist", int, description="An artist's id; 400 for what is no id."),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class AlbumDetail(generics.RetrieveAPIView[Album]):
    """One album with all of its vinyl pressings. The id of an album that was merged into another
    answers with that one, whose id differs from the one that was asked for."""

    serializer_class = AlbumDetailSerializer
    permission_classes = [AllowAny]
    queryset = Album.objects.prefetch_related("releases")

    def get_object(self) -> Album:
        asked = Album.objects.filter(pk=self.kwargs["pk"])
        standing = asked.values(standing=Coalesce("merged_into_id", "pk"))
        return generics.get_object_or_404(self.get_queryset(), pk__in=standing)


class ArtistList(generics.ListAPIView[Artist]):
    """Artists, most popular first; ``?q=`` searches names as the box on the pages does, also with
    mistakes: who fits best comes first, at most 500."""

    serializer_class = ArtistSerializer
    pagination_class = Pages
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Artist]:
        standing = Artist.objects.filter(is_placeholder=False, merged_into__isnull=True)
        artists = standing.order_by("-popularity", "id")
        query = self.request.query_params.get("q", "").strip()
        return _in_order(artists, artist_ids(query)) if query else artists

    @extend_schema(parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ReasonSerializer(serializers.Serializer[Reason]):
    code = serializers.CharField()
    value = serializers.CharField()
    place = serializers.CharField()
    equal = serializers.IntegerField()
    of = serializers.IntegerField()


class CandidateSerializer(serializers.Serializer[Any]):
    score = serializers.FloatField()
    reasons = ReasonSerializer(many=True)
    release = ReleaseSerializer()


class FindReleases(APIView):
    """Pressings by what is printed and scratched on them, the likeliest first, with the reasons.

    ``?find=`` holds barcodes, catalogue numbers and runouts, one a line, whole or begun, and words
    for label and country. At most 30; an empty list for what has no number of three signs in it.
    400 with a sentence where nothing is found and a number as long as a barcode has a wrong check
    digit, for it was misread.
    """

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("find", str, required=True)],
        responses={
            200: CandidateSerializer(many=True),
            400: OpenApiResponse(description="Nothing asked for, or a wrong check digit."),
        },
    )
    def get(self, request: Request) -> Response:
        text = request.query_params.get("find", "").strip()
        if not text:
            raise serializers.ValidationError({"find": [_("Say what is printed on the record.")]})
        found = find_pressings(text[:LONGEST])
        if not found.candidates and (wrong := wrong_barcode(found)):
            raise serializers.ValidationError({"find": [wrong]})
        return Response(CandidateSerializer(list(found.candidates), many=True).data)


class LabelLineSerializer(serializers.ModelSerializer[ReleaseLabel]):
    class Meta:
        model = ReleaseLabel
        fields = ("name", "catno")


class IdentifierSerializer(serializers.ModelSerializer[ReleaseIdentifier]):
    """``kind`` as Discogs writes it: Barcode, Matrix / Runout and others."""

    class Meta:
        model = ReleaseIdentifier
        fields = ("kind", "value", "description")


class TrackSerializer(serializers.Serializer[Any]):
    """``kind`` is track, heading or index, which has ``parts``."""

    position = serializers.CharField(default="")
    title = serializers.CharField(default="")
    duration = serializers.CharField(default="")
    kind = serializers.CharField(default="track")
    artist = serializers.CharField(default="")
    parts = serializers.ListField(child=serializers.DictField(), default=list)


class CompanySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(default="")
    catno = serializers.CharField(default="")
    role = serializers.CharField(default="")


class ReleaseDetailSerializer(ReleaseSerializer):
    """All that is printed on it; empty where the text is withheld."""

    labels = serializers.SerializerMethodField()
    identifiers = serializers.SerializerMethodField()
    tracklist = TrackSerializer(many=True)
    companies = CompanySerializer(many=True)

    class Meta(ReleaseSerializer.Meta):
        # More fields than the tuple that is inherited, which mypy takes for another type.
        fields = (  # type: ignore[assignment]
            *ReleaseSerializer.Meta.fields, "genres", "styles", "labels", "identifiers",
            "tracklist", "companies",
        )  # fmt: skip

    @extend_schema_field(LabelLineSerializer(many=True))
    def get_labels(self, release: Release) -> Any:
        rows = ReleaseLabel.objects.filter(release_id=self._told(release))
        return LabelLineSerializer(rows.order_by("position", "pk"), many=True).data

    @extend_schema_field(IdentifierSerializer(many=True))
    def get_identifiers(self, release: Release) -> Any:
        rows = ReleaseIdentifier.objects.filter(release_id=self._told(release))
        return IdentifierSerializer(rows.order_by("position", "pk"), many=True).data

    def _told(self, release: Release) -> int:
        """Whose rows may be told: those of none where the text is withheld."""
        return 0 if text_is_withheld(release) else release.pk


class ReleaseDetail(generics.RetrieveAPIView[Release]):
    """One pressing with all that is printed on it."""

    serializer_class = ReleaseDetailSerializer
    permission_classes = [AllowAny]
    queryset = Release.objects.select_related("album")


class RefreshArtist(APIView):
    """Read an artist's albums, and the pressings of those that somebody looked at, again from the
    services; answers with the job to watch. What was read within the hour is refused with 429 and
    ``Retry-After`` in seconds, as on the pages: the calls are everybody's."""

    @extend_schema(
        request=None,
        responses={202: JobSerializer, 429: OpenApiResponse(description="Read within the hour.")},
    )
    def post(self, request: Request, artist_id: int) -> Response:
        person: Any = request.user
        artist = generics.get_object_or_404(Artist, pk=artist_id, is_placeholder=False)
        try:
            job = queue_refresh(artist.pk, by=person)
        except ReadLately as pause:
            raise Throttled(
                pause.seconds, _("This was read within the hour. Ask again later.")
            ) from pause
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
