"""Recommendations for curators: what was recommended and what people said to it."""

from __future__ import annotations

from django.contrib import admin

from recommendations.models import Dismissal, RecommendationSet


@admin.register(RecommendationSet)
class RecommendationSetAdmin(admin.ModelAdmin):
    list_display = ("user", "made_at", "expires_at", "score_version", "plays", "records")
    list_select_related = ("user",)
    list_filter = ("score_version",)
    raw_id_fields = ("user",)


@admin.register(Dismissal)
class DismissalAdmin(admin.ModelAdmin):
    list_display = ("album", "reason", "created_at")
    list_select_related = ("album",)
    list_filter = ("reason",)
    raw_id_fields = ("user", "album")
