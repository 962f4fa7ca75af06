"""The list as a file: CSV for a spreadsheet, JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.csv.neutral import neutralised
from accounts.models import User
from recommendations.told import told_rows

COLUMNS = (
    "position", "artist", "title", "year", "score", "listening", "taste", "community", "price",
    "kept", "why", "url",
)  # fmt: skip


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """`?format=csv` (else JSON), with the tab and filters of the page: everything that the tab
    holds, not only its first page."""
    user = cast(User, request.user)
    query = request.GET.dict()
    rows = told_rows(user, query)
    name = f"vinilogy-{query.get('tab') or 'own'}"[:40]
    if query.get("format") == "csv":
        body, kind, end = _csv(request, rows), "text/csv; charset=utf-8", "csv"
    else:
        body = json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        kind, end = "application/json", "json"
    safe = "".join(sign for sign in name if sign.isalnum() or sign == "-")
    disposition = f'attachment; filename="{safe}.{end}"'
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": disposition})


def _csv(request: HttpRequest, rows: Iterable[Mapping[str, Any]]) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    for place, row in enumerate(rows, start=1):
        points = {part["key"]: part["points"] for part in row["parts"]}
        cells = [
            place, row["artist"], row["title"], row["year"], row["score"], points.get("listening"),
            points.get("taste"), points.get("community"), points.get("price"),
            "yes" if row["kept"] else "", " ".join(row["reasons"]),
            request.build_absolute_uri(row["url"]),
        ]  # fmt: skip
        writer.writerow("" if cell is None else neutralised(str(cell)) for cell in cells)
    return sheet.getvalue()
