"""The catalogue for curators: find it, see how complete it is."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Album, Artist, Release, SimilarArtist
from catalog.queries import search

NUMBERS_SHOWN = 100


@admin.register(Artist)
class ArtistAdmin(admin.ModelAdmin):
    list_display = ("name", "disambiguation", "country", "popularity", "source", "generated")
    search_fields = ("name", "normalised")
    list_filter = ("source", "generated", "is_placeholder")
    readonly_fields = ("created_at", "updated_at", "albums_synced_at", "similar_synced_at")
    show_full_result_count = False
    ordering: ClassVar = ("-popularity",)


@admin.register(Album)
class AlbumAdmin(admin.ModelAdmin):
    list_display = (
        "title", "artist_line", "year", "kind", "demand", "upstream_release_count",
        "releases_synced_at",
    )  # fmt: skip
    search_fields = ("title", "artist_line", "normalised")
    list_filter = ("kind", "source", "generated")
    raw_id_fields = ("merged_into",)
    readonly_fields = ("created_at", "updated_at", "releases_synced_at", "rating_at", "demand_at")
    show_full_result_count = False
    ordering: ClassVar = ("-demand", "-popularity")


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):
    list_display = (
        "title", "country", "year", "label", "catalogue_number", "format", "is_unofficial",
        "generated",
    )  # fmt: skip
    search_fields = ("=discogs_id", "title")
    search_help_text = _("Discogs number, title, or the start of a catalogue number or barcode")
    list_filter = ("medium", "is_unofficial", "generated")
    raw_id_fields = ("album",)
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Release], search_term: str
    ) -> tuple[QuerySet[Release], bool]:
        """By number where one with these signs is printed on a record, else by title."""
        printed = [hit.release_id for hit in search(search_term, NUMBERS_SHOWN).numbers]
        if printed:
            return queryset.filter(pk__in=printed), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(SimilarArtist)
class SimilarArtistAdmin(admin.ModelAdmin):
    list_display = ("artist", "other", "score", "source", "seen_at")
    list_select_related = ("artist", "other")
    raw_id_fields = ("artist", "other")
    list_filter = ("source",)
    show_full_result_count = False
