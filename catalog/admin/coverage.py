"""How much of what matters is known, for curators: the same shares as on the status page."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.admin.quick import ReadOnlyAdmin
from catalog.models import Coverage
from catalog.status import names


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    list_display = ("what", "share", "part", "whole", "wanted", "measured_at")
    ordering: ClassVar = ("key",)

    @admin.display(description=_("What"))
    def what(self, row: Coverage) -> str:
        return names().get(row.key, row.key)

    @admin.display(description=_("Share"))
    def share(self, row: Coverage) -> str:
        return "-" if row.percent is None else f"{row.percent:.0f} %"

    @admin.display(description=_("Wanted"))
    def wanted(self, row: Coverage) -> str:
        return f"{row.target} %"
