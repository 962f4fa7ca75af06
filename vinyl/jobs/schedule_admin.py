"""Beat's schedule in the admin: when each entry runs, when it ran, and a switch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_celery_beat import models as beat

from vinyl.jobs import schedule

# The library's pages let a person change what the code writes back at the next start.
for _model in (
    beat.PeriodicTask,
    beat.IntervalSchedule,
    beat.CrontabSchedule,
    beat.SolarSchedule,
    beat.ClockedSchedule,
):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(beat.PeriodicTask)
class ScheduleAdmin(admin.ModelAdmin):
    """Read-only but for the switch."""

    list_display = ["does", "name", "every", "enabled", "last_run_at", "total_run_count"]
    list_display_links = ["does"]
    list_filter = ["enabled"]
    list_select_related = ["interval", "crontab"]
    ordering = ["name"]
    actions = ["switch_on", "switch_off"]
    fields = ["name", "does", "every", "enabled", "last_run_at", "total_run_count", "date_changed"]

    @admin.display(description=_("what"))
    def does(self, entry: beat.PeriodicTask) -> str:
        return schedule.what_it_does(entry)

    @admin.display(description=_("when"))
    def every(self, entry: beat.PeriodicTask) -> str:
        return str(entry.scheduler or "")

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[beat.PeriodicTask]) -> None:
        self._switch(request, chosen, on=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[beat.PeriodicTask]) -> None:
        self._switch(request, chosen, on=False)
        if chosen.filter(name__in=schedule.ALWAYS_ON).exists():
            words = _("Taking up dropped work stays on: without it nothing recovers.")
            self.message_user(request, words, messages.WARNING)

    def _switch(
        self, request: HttpRequest, chosen: QuerySet[beat.PeriodicTask], *, on: bool
    ) -> None:
        changed = schedule.switch(list(chosen), on=on)
        words = ngettext("%(n)d entry was switched.", "%(n)d entries were switched.", changed)
        self.message_user(request, words % {"n": changed}, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For the switches only: one entry's page has nothing to save."""
        return obj is None and super().has_change_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [one.name for one in beat.PeriodicTask._meta.fields] + ["does", "every"]
