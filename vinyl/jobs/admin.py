"""Jobs for curators: find one, see what broke, stop it, run it again, alone or many."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from vinyl.jobs import (
    queries,
    schedule_admin,  # noqa: F401 - registers beat's schedule
    services,
)
from vinyl.jobs.models import DeadLetter, Job

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

    change_form_template = "admin/jobs/job_change_form.html"

    list_display = [
        "id",
        "kind",
        "subject",
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
        if match is not None and (match.url_name or "").endswith("_changelist"):
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

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """For the actions and buttons only. A form that saves one row, even without a field in it,
        would write back what it read over the runner's newer state."""
        return obj is None and super().has_change_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return [one.name for one in Job._meta.fields if one.name != "lease_token"]

    # --- the buttons on one job's page ----------------------------------------------------

    def get_urls(self) -> list[Any]:
        name = self.model._meta.model_name
        return [
            path(
                "<int:job_id>/again/",
                self.admin_site.admin_view(self.again_view),
                name=f"jobs_{name}_again",
            ),
            path(
                "<int:job_id>/stop/",
                self.admin_site.admin_view(self.stop_view),
                name=f"jobs_{name}_stop",
            ),
            *super().get_urls(),
        ]

    def again_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Run this one again."""
        return self._press(request, job_id, self.run_again)

    def stop_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Stop this one."""
        return self._press(request, job_id, self.stop)

    def _press(self, request: HttpRequest, job_id: int, action: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = Job.objects.filter(pk=job_id)
        if not self.has_change_permission(request) or not chosen:
            raise Http404
        action(request, chosen)
        # By way of all jobs: one that runs again is no dead letter any more.
        return redirect("admin:jobs_job_change", job_id)


@admin.register(DeadLetter)
class DeadLetterAdmin(JobAdmin):
    """The jobs that gave up, with what broke them; run again one by one or all at once."""

    list_display = ["id", "kind", "queue", "owner_id", "attempts", "why", "finished_at"]
    list_filter = ["queue", KindFilter]
    ordering = ["-finished_at"]
    actions = ["run_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).filter(dead=True)
