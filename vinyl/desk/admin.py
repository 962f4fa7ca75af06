"""The keys of the services in the admin: written, tested, never shown."""

from __future__ import annotations

from typing import Any, cast

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from vinyl.desk import services
from vinyl.desk.forms import KeysForm
from vinyl.desk.panel import come_again, job_report
from vinyl.jobs.models import Job
from vinyl.row_ids import row_id
from vinyl.upstreams import health
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.credentials.models import ServiceKeys
from vinyl.upstreams.registry import UPSTREAMS, upstream

# The sign-in library's own tables would hold keys and tokens in plain text: this site's are here.
for model in (SocialApp, SocialToken, SocialAccount):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(ServiceKeys)
class ServiceKeysAdmin(admin.ModelAdmin):
    """One row per service that needs keys; rows come with the service and stay with it."""

    form = KeysForm
    change_form_template = "desk/keys.html"
    list_display = ["service", "configured", "where", "state", "changed_at", "changed_by"]
    list_select_related = ("changed_by",)
    readonly_fields = ["instructions", "state", "changed_at", "changed_by"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        names = [name for name, one in UPSTREAMS.items() if one.keys]
        return super().get_queryset(request).filter(upstream__in=names)

    @admin.display(description=_("service"), ordering="upstream")
    def service(self, row: ServiceKeys) -> str:
        return upstream(row.upstream).label

    @admin.display(description=_("configured"), boolean=True)
    def configured(self, row: ServiceKeys) -> bool:
        return upstream(row.upstream).configured

    @admin.display(description=_("keys"))
    def where(self, row: ServiceKeys) -> str:
        names = upstream(row.upstream).key_names
        return ", ".join(f"{name}: {_ORIGINS[keys.origin(name)]}" for name in names)

    @admin.display(description=_("how it is doing"))
    def state(self, row: ServiceKeys) -> str:
        return str(health.health(row.upstream).state)

    @admin.display(description=_("how to get them"))
    def instructions(self, row: ServiceKeys) -> str:
        of = upstream(row.upstream)
        return f"{of.how} ({of.docs})"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return KeysForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(KeysForm(instance=obj).fields) if self.has_change_permission(request) else []
        return [(None, {"fields": [*fields, *self.readonly_fields]})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only the keys that were typed or taken away; the others stay."""
        changes = form.changes()
        if changes:
            keys.store(obj.upstream, changes, by=request.user)

    def get_urls(self) -> list[Any]:
        test = self.admin_site.admin_view(self.test)
        own = [path("<int:row_id>/test/", test, name="credentials_servicekeys_test")]
        return [*own, *super().get_urls()]

    def test(self, request: HttpRequest, row_id: int) -> HttpResponse:
        """POST queues a test of the keys as they are stored."""
        row = get_object_or_404(ServiceKeys, pk=row_id)
        there = reverse("admin:credentials_servicekeys_change", args=[row.pk])
        if request.method != "POST":
            return redirect(there)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        services.start_key_test(cast(User, request.user), row)
        self.message_user(request, _("The test is on its way."), messages.INFO)
        return redirect(there)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = _row(object_id)
        number = row.test_job_id if row else None
        job = Job.objects.filter(pk=number).first() if number else None
        # A form that somebody types into must not come anew under their hands.
        waits = job if request.method == "GET" else None
        context = (extra_context or {}) | (job_report(job) if job else {})
        context["test_url"] = (
            reverse("admin:credentials_servicekeys_test", args=[row.pk]) if row else ""
        )
        answer = super().changeform_view(request, object_id, form_url, context)
        return come_again(answer, waits) if isinstance(answer, HttpResponse) else answer


def _row(number: str | None) -> ServiceKeys | None:
    key = row_id(number or "")
    return ServiceKeys.objects.filter(pk=key).first() if key is not None else None


_ORIGINS = {
    keys.Origin.NONE: _("not set"),
    keys.Origin.ENVIRONMENT: _("environment"),
    keys.Origin.ADMIN: _("set here"),
    keys.Origin.SANDBOX: _("sandbox"),
}
