"""Shelves and want lists as files: brought, looked at row by row, stored, taken away."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.csv.rows import ARTIST, RELEASE, TITLE
from accounts.csv.words import why_not
from accounts.models import CsvImport, CsvRow
from accounts.services import shelf_files as services
from accounts.services.shelf_lines import shelf_file, wants_file
from accounts.signed_in import SignedInRequest
from vinyl.jobs.models import Job
from vinyl.row_ids import row_id

ROWS_A_PAGE = 100
EXPORTS = {"shelf": shelf_file, "wants": wants_file}
STATUS_WORDS = {
    "new": gettext_lazy("to store"),
    "changed": gettext_lazy("changes what stands here"),
    "ask": gettext_lazy("new here"),
    "stored": gettext_lazy("stored"),
    "same": gettext_lazy("stands here"),
    "skipped": gettext_lazy("skipped"),
    "doubtful": gettext_lazy("doubtful"),
    "failed": gettext_lazy("failed"),
}


@never_cache
@login_required
@require_safe
def files(request: SignedInRequest) -> HttpResponse:
    """Bring a file, take one, and the reports of those brought lately."""
    context = {"files": CsvImport.objects.filter(user=request.user)[:20]}
    return render(request, "accounts/files.html", context)


@login_required
@require_POST
def bring(request: SignedInRequest) -> HttpResponse:
    """{list, file}: look the file through."""
    name, file = request.POST.get("list", ""), request.FILES.get("file")
    if name not in CsvImport.List.values:
        raise Http404
    if not isinstance(file, UploadedFile):
        messages.error(request, _("Choose a CSV file first."))
        return redirect("accounts:files")
    try:
        made, _job = services.bring_file(request.user, name, file)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("accounts:files")
    return redirect("accounts:file", made.pk)


def _own(request: SignedInRequest, file_id: int) -> CsvImport:
    found = CsvImport.objects.filter(pk=file_id, user=request.user).first()
    if found is None:
        raise Http404
    return found


@never_cache
@login_required
@require_safe
def file(request: SignedInRequest, file_id: int) -> HttpResponse:
    """What becomes of every row; `?show=` narrows to one status."""
    found = _own(request, file_id)
    counted = services.tally(found)
    show = request.GET.get("show", "")
    show = show if show in STATUS_WORDS else ""
    rows = found.rows.filter(status=show) if show else found.rows.all()
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    jobs = Job.objects.filter(
        owner=request.user,
        kind__in=(services.READ, services.STORE),
        payload__file=found.pk,
    )
    job = jobs.order_by("-pk").first()
    context = {
        "file": found,
        "tally": counted,
        "job": job if job is not None and job.state != Job.State.DONE else None,
        "page": page,
        "rows": [_shown(row) for row in page],
        "show": show,
        "tabs": [
            (word, status, counted.by_status[status])
            for status, word in STATUS_WORDS.items()
            if counted.by_status.get(status)
        ],
    }
    return render(request, "accounts/file.html", context)


def _shown(row: CsvRow) -> dict[str, Any]:
    cells = row.values.get("cells", {})
    name = " – ".join(one for one in (cells.get(ARTIST, ""), cells.get(TITLE, "")) if one)
    return {
        "line": row.line,
        "name": name or cells.get(RELEASE, ""),
        "status": STATUS_WORDS[row.status],
        "why": why_not(row.reason),
        "album_id": row.album_id,
        "release_id": row.release_id,
        "may_take": row.status == CsvRow.Status.DOUBTFUL and row.album_id is not None,
    }


@login_required
@require_POST
def store(request: SignedInRequest, file_id: int) -> HttpResponse:
    """Store what the file brings."""
    found = _own(request, file_id)
    try:
        services.store_file(found)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect("accounts:file", found.pk)


@login_required
@require_POST
def take(request: SignedInRequest, file_id: int) -> HttpResponse:
    """{line}: the doubtful row is the album that was found."""
    found = _own(request, file_id)
    try:
        services.take_doubtful(found, row_id(request.POST.get("line", "")) or 0)
    except CsvRow.DoesNotExist:
        messages.error(request, _("That row is not in doubt."))
    return redirect("accounts:file", found.pk)


@login_required
@require_POST
def forget(request: SignedInRequest, file_id: int) -> HttpResponse:
    """Delete the report; what was stored stays."""
    services.forget_file(_own(request, file_id))
    messages.success(request, _("The report is deleted. What was stored stays."))
    return redirect("accounts:files")


@never_cache
@login_required
@require_safe
@reauthentication_required
def export(request: SignedInRequest, name: str) -> HttpResponse:
    """The shelf or the wants as a file, after the password was asked lately."""
    if name not in EXPORTS:
        raise Http404
    answer = HttpResponse(EXPORTS[name](request.user), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
