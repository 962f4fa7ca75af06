"""Recommendations for curators: what was recommended, what people said to it, how versions do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from recommendations import report
from recommendations.models import Dismissal, RecommendationSet, Shown, SimilarityModel
from recommendations.similarity.admin import SimilarityModelAdmin

admin.site.register(SimilarityModel, SimilarityModelAdmin)


@admin.register(RecommendationSet)
class RecommendationSetAdmin(admin.ModelAdmin):
    list_display = ("user", "made_at", "expires_at", "score_version", "dial", "plays", "records")
    list_select_related = ("user",)
    list_filter = ("score_version",)
    raw_id_fields = ("user",)


@admin.register(Dismissal)
class DismissalAdmin(admin.ModelAdmin):
    list_display = ("album", "reason", "created_at")
    list_select_related = ("album",)
    list_filter = ("reason",)
    raw_id_fields = ("user", "album")


@admin.register(Shown)
class ShownAdmin(admin.ModelAdmin):
    """What was shown, album by album; above it the versions of the score side by side."""

    change_list_template = "admin/recommendations/shown_change_list.html"
    list_display = ("album", "score_version", "times", "last_at", "locked_at", "dismissed_at")
    list_select_related = ("album",)
    list_filter = ("score_version",)
    raw_id_fields = ("user", "album")
    ordering = ("-last_at",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list with the figures of each version."""
        context = (extra_context or {}) | {
            "versions": [(one, one.holds) for one in report.reports()],
            "locked_over": report.LOCKED_OVER,
            "dismissed_under": report.DISMISSED_UNDER,
            "euros_under": report.EUROS_UNDER,
            "helped_by": report.HELPED_BY,
        }
        return super().changelist_view(request, context)
