"""The catalogue for programs: artists, albums with every pressing, a refresh of one artist."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, Artist, Release
from vinyl.api import JobSerializer, Pages
from vinyl.jobs.services import enqueue


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    class Meta:
        model = Release
        fields = (
            "id", "discogs_id", "album", "title", "country", "released", "year", "label",
            "catalogue_number", "barcode", "medium", "discs", "format", "is_unofficial",
            "generated",
        )  # fmt: skip


class AlbumSerializer(serializers.ModelSerializer[Album]):
    artist = serializers.CharField(source="artist_line")

    class Meta:
        model = Album
        fields = (
            "id", "title", "artist", "year", "kind", "genres", "styles", "generated",
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
        fields = ("id", "name", "disambiguation", "country", "genres", "generated")


class AlbumList(generics.ListAPIView[Album]):
    """Albums, most popular first; ``?q=`` searches titles, ``?artist=`` is an artist's id."""

    serializer_class = AlbumSerializer
    pagination_class = Pages
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Album]:
        albums = Album.objects.order_by("-popularity", "id")
        query = self.request.query_params.get("q", "").strip()
        artist = self.request.query_params.get("artist", "")
        if query:
            albums = albums.filter(normalised__startswith=normalise_title(query))
        if artist.isdecimal():
            albums = albums.filter(credits__artist_id=int(artist)).distinct()
        return albums

    @extend_schema(parameters=[OpenApiParameter("q", str), OpenApiParameter("artist", int)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class AlbumDetail(generics.RetrieveAPIView[Album]):
    """One album with all of its vinyl pressings."""

    serializer_class = AlbumDetailSerializer
    permission_classes = [AllowAny]
    queryset = Album.objects.prefetch_related("releases")


class ArtistList(generics.ListAPIView[Artist]):
    """Artists, most popular first; ``?q=`` searches names."""

    serializer_class = ArtistSerializer
    pagination_class = Pages
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Artist]:
        artists = Artist.objects.filter(is_placeholder=False).order_by("-popularity", "id")
        query = self.request.query_params.get("q", "").strip()
        return artists.filter(normalised__startswith=normalise_name(query)) if query else artists

    @extend_schema(parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ReleaseDetail(generics.RetrieveAPIView[Release]):
    """One pressing."""

    serializer_class = ReleaseSerializer
    permission_classes = [AllowAny]
    queryset = Release.objects.all()


class RefreshArtist(APIView):
    """Ask the services for an artist's albums again; answers with the job to watch."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, artist_id: int) -> Response:
        person: Any = request.user
        artist = generics.get_object_or_404(Artist, pk=artist_id, is_placeholder=False)
        job = enqueue(
            "catalog.sync_artist_albums",
            owner=person,
            payload={"artist_id": artist.pk},
            dedupe_key=f"artist:{artist.pk}",
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
