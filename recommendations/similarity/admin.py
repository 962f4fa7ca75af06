"""Versions of the model for curators: what each learned from, how it did, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.models import SimilarityModel
from recommendations.similarity import store
from recommendations.similarity.model import ModelFileError


class SimilarityModelAdmin(admin.ModelAdmin):
    list_display = (
        "version", "state", "people", "artists", "recall", "ndcg", "before_recall", "before_ndcg",
        "held_out", "used_at",
    )  # fmt: skip
    list_filter = ("state",)
    actions = ("let_serve",)

    @admin.action(description=gettext_lazy("Let this version serve"))
    def let_serve(self, request: HttpRequest, chosen: QuerySet[SimilarityModel]) -> None:
        """The way back, and forth, to any version whose file is there."""
        rows = list(chosen[:2])
        if len(rows) != 1:
            self.message_user(request, _("Choose one version."), messages.ERROR)
            return
        try:
            store.put_in_use(rows[0])
        except ModelFileError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.message_user(request, _("%(version)s serves now.") % {"version": rows[0].version})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) if obj is None else False
