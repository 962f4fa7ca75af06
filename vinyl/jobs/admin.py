"""Jobs for curators: find one, see what broke, run it again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from vinyl.jobs import queries, services
from vinyl.jobs.models import Job

COUNT_EXACTLY_UP_TO = 10_000


class EstimatingPaginator(Paginator):
    """Pages without counting a big table: an unfiltered list takes PostgreSQL's own estimate."""

    @cached_property
    def count(self) -> int:
        listed: Any = self.object_list
        if isinstance(listed, QuerySet) and not listed.query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                    [listed.model._meta.db_table],
                )
                row = cursor.fetchone()
            if row is not None and row[0] > COUNT_EXACTLY_UP_TO:
                return int(row[0])
        return super().count


class KindFilter(admin.SimpleListFilter):
    """Kinds from the registry: no DISTINCT over the table."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, kind.name) for kind in queries.known_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """Read-only but for its actions: a job's row belongs to its runner."""

    list_display = [
        "id",
        "kind",
        "state",
        "dead",
        "owner_id",
        "progress",
        "attempts",
        "why",
        "created_at",
    ]
    list_filter = ["state", "dead", "queue", KindFilter]
    search_fields = ["=id", "dedupe_key", "error_code"]
    search_help_text = _("Number, key or error code")
    ordering = ["-id"]
    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = ["run_again", "stop"]
    exclude = ["lease_token"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        found = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "jobs_job_changelist":
            return found.defer("payload", "checkpoint", "result", "figures", "error_detail")
        return found

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        if job.progress_total is None:
            return str(job.progress_done or "")
        return f"{job.progress_done} / {job.progress_total}"

    @admin.display(description=_("error"))
    def why(self, job: Job) -> str:
        return (
            f"{job.error_code}: {queries.fill(job.error_message, job.error_params)}"
            if job.error_code
            else ""
        )

    @admin.action(description=_("Run again from where they stopped"), permissions=["change"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        going = [job for job in chosen if not job.is_active and services.run_again(job).is_active]
        words = ngettext("%(n)d job is queued again.", "%(n)d jobs are queued again.", len(going))
        self.message_user(request, words % {"n": len(going)}, messages.SUCCESS)

    @admin.action(description=_("Stop"), permissions=["change"])
    def stop(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        stopped = [services.cancel(job) for job in chosen if job.is_active]
        words = ngettext(
            "%(n)d job was told to stop.", "%(n)d jobs were told to stop.", len(stopped)
        )
        self.message_user(request, words % {"n": len(stopped)}, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return [one.name for one in Job._meta.fields if one.name != "lease_token"]
