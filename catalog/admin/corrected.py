"""Rows whose fields curators correct: what they write is kept, shown, and can be let go."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, display_for_value
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.admin.quick import QuickAdmin, ReadOnlyAdmin, by_number
from catalog.corrections import CREDITS, FIELDS
from catalog.matching import normalise_number
from catalog.models import Album, Artist, Correction, Label, Release
from catalog.services import correcting
from vinyl.row_ids import row_id

MODELS: dict[str, type[Model]] = {
    "artist": Artist, "album": Album, "release": Release, "label": Label,
}  # fmt: skip
LET_GO, KEEP_AGAIN = "let-go", "keep-again"


class CorrectedAdmin(QuickAdmin):
    """Whatever a curator changes in the form is a correction, which no source writes over."""

    kind = ""
    change_form_template = "admin/catalog/corrected_change_form.html"

    def credits(self, row: Any) -> list[list[Any]] | None:
        """The credits that the page lets correct; None where it has none."""
        return None

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """What the page showed and nobody touched is not written: an import may have changed it
        while the form lay open, and would be corrected back for ever."""
        row = super().save_form(request, form, change)
        seen = _seen(request.POST.get("seen", ""))
        for name, (before, after) in _changed(self.kind, form).items():
            if name in seen and _alike(name, seen[name], after):
                setattr(row, _attribute(self.kind, name), before)
                form.changed_data.remove(name)
        return row

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """What the log keeps: what was corrected, from what and to what."""
        message = super().construct_change_message(request, form, formsets, add)
        told = [
            f"{field_name(self.kind, name)}: {shown(self.kind, name, before)}"
            f" → {shown(self.kind, name, after)}"
            for name, (before, after) in _changed(self.kind, form).items()
        ]
        return [*message, {"changed": {"fields": told}}] if told else message

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After all is written: keep what was corrected, and have the search box find it."""
        row: Any = form.instance
        user: Any = request.user
        before = self.credits(row)
        super().save_related(request, form, formsets, change)
        changed = _changed(self.kind, form)
        after = self.credits(row)
        if after != before:
            changed[CREDITS] = (before, after)
        correcting.note(self.kind, row.pk, changed, by=user)
        correcting.find_anew(self.kind, row.pk, renamed="name" in form.changed_data)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **more: Any
    ) -> Any:
        row = context.get("original")
        if row is not None:
            form = context["adminform"].form
            context["seen"] = request.POST.get("seen") or json.dumps(
                {name: form.initial.get(name) for name in FIELDS[self.kind] if name in form.fields}
            )
            rows = Correction.objects.filter(kind=self.kind, row_id=row.pk)
            held = list(rows.select_related("corrected_by", "let_go_by").order_by("pk"))
            context["corrections"] = [told(one) for one in held]
            context["correction_url"] = reverse(
                f"admin:catalog_{self.kind}_correction", args=[row.pk]
            )
            context["may_correct"] = self.has_change_permission(request, row)
            for one in held:
                if one.let_go_at is None and one.field in form.fields:
                    form.fields[one.field].help_text = _(
                        "Corrected by hand: no source writes over it."
                    )
        return super().render_change_form(request, context, *args, **more)

    def get_urls(self) -> list[Any]:
        name = f"catalog_{self.kind}_correction"
        view = self.admin_site.admin_view(require_POST(self.correction_view))
        return [path("<path:object_id>/correction/", view, name=name), *super().get_urls()]

    def correction_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let one of the row's corrections go, or keep it again; leads back to the row."""
        row: Any = self.get_object(request, object_id)
        number = row_id(request.POST.get("correction", ""))
        action = request.POST.get("action", "")
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if action not in (LET_GO, KEEP_AGAIN) or number is None:
            return HttpResponseBadRequest()
        if not Correction.objects.filter(kind=self.kind, row_id=row.pk, pk=number).exists():
            return HttpResponseBadRequest()
        user: Any = request.user
        do = correcting.let_go if action == LET_GO else correcting.keep_again
        one = do(number, by=user)
        row = self.get_object(request, object_id)
        words = {"field": field_name(self.kind, one.field), "value": _now(self, row, one.field)}
        if action == LET_GO:
            log = _("%(field)s let go: %(value)s")
            said = _(
                "“%(field)s” is let go and says %(value)s. The next import or sync may change it."
                " Your correction can be kept again below."
            )
        else:
            log = _("%(field)s kept again: %(value)s")
            said = _("“%(field)s” says %(value)s again, and no source writes over it.")
        self.log_change(request, row, [{"changed": {"fields": [log % words]}}])
        messages.success(request, said % words)
        return redirect(reverse(f"admin:catalog_{self.kind}_change", args=[row.pk]))


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    """All of them, the newest first; they are let go on the page of their row."""

    list_display = (
        "row", "what", "kept", "told", "corrected_by", "corrected_at", "let_go_by", "let_go_at",
    )  # fmt: skip
    list_display_links = None
    list_select_related = ("corrected_by", "let_go_by")
    search_help_text = gettext_lazy("Number of the artist, album, pressing or label")
    ordering: ClassVar = ("-id",)

    def find(self, term: str) -> Iterable[int]:
        number = row_id(term)
        if number is not None:
            rows = Correction.objects.filter(kind__in=Correction.Kind.values, row_id=number)
            yield from rows.values_list("pk", flat=True)
        yield from by_number(Correction, "pk", term)

    @admin.display(description=gettext_lazy("Row"))
    def row(self, one: Correction) -> SafeString:
        address = reverse(f"admin:catalog_{one.kind}_change", args=[one.row_id])
        return format_html('<a href="{}">{} {}</a>', address, one.get_kind_display(), one.row_id)

    @admin.display(description=gettext_lazy("Field"))
    def what(self, one: Correction) -> str:
        return field_name(one.kind, one.field)

    @admin.display(description=gettext_lazy("Corrected to"))
    def kept(self, one: Correction) -> str:
        return shown(one.kind, one.field, one.value)

    @admin.display(description=gettext_lazy("The source told last"))
    def told(self, one: Correction) -> str:
        return shown(one.kind, one.field, one.before)


def told(one: Correction) -> dict[str, Any]:
    """A correction as its row's page shows it."""
    return {
        "pk": one.pk,
        "field": field_name(one.kind, one.field),
        "value": shown(one.kind, one.field, one.value),
        "before": shown(one.kind, one.field, one.before),
        "by": one.corrected_by,
        "at": one.corrected_at,
        "let_go_by": one.let_go_by,
        "let_go_at": one.let_go_at,
        "action": LET_GO if one.let_go_at is None else KEEP_AGAIN,
        "button": _("Let go") if one.let_go_at is None else _("Keep again"),
    }


def field_name(kind: str, field: str) -> str:
    """As the form calls it."""
    if field == CREDITS:
        return _("Credits")
    column: Any = MODELS[kind]._meta.get_field(field)
    name = str(column.verbose_name)
    return name[:1].upper() + name[1:]


def shown(kind: str, field: str, value: Any) -> str:
    """A field's value in words."""
    if value in (None, "", []):
        return _("(empty)")
    if field == CREDITS:
        credits = (f"{name or f'#{artist}'} {join}".strip() for artist, _at, name, join in value)
        return " ".join(credits)
    if field == "album":
        return str(value)
    column: Any = MODELS[kind]._meta.get_field(field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.flatchoices:
        return str(display_for_field(value, column, ""))
    return str(value) if isinstance(value, int) else str(display_for_value(value, ""))


def _now(page: CorrectedAdmin, row: Any, field: str) -> str:
    value = page.credits(row) if field == CREDITS else getattr(row, _attribute(page.kind, field))
    return shown(page.kind, field, value)


def _attribute(kind: str, field: str) -> str:
    column: Any = MODELS[kind]._meta.get_field(field)
    return str(column.attname)


def _changed(kind: str, form: Any) -> dict[str, tuple[Any, Any]]:
    """(what stood there, what the curator wrote) of each field that a correction keeps."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in form.changed_data:
        if name not in FIELDS[kind]:
            continue
        before, after = form.initial.get(name), form.cleaned_data.get(name)
        after = after.pk if isinstance(after, Model) else after
        if not _alike(name, before, after):
            found[name] = (before, after)
    return found


def _seen(text: str) -> dict[str, Any]:
    """What the page showed, as it sent it along; {} where nothing sensible came back."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _alike(field: str, before: Any, after: Any) -> bool:
    """Whether only blanks differ: the form takes those at the ends away, and a barcode's are no
    part of the number."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return bool(before == after)
    if field == "barcode":
        return normalise_number(before) == normalise_number(after)
    return before.strip() == after
