"""What every page knows: the sandbox, the colours, and how much the person wants and owns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Message, Owned
from accounts.queries import listening_sources, told_wants
from vinyl.pages import THEME_COOKIE, THEMES
from vinyl.prepared import Prepared


@dataclass(frozen=True, slots=True)
class NavCounts:
    """Figures beside the names in the header, and where the person's listening came from."""

    wants: int = 0
    shelf: int = 0
    sources: Sequence[str] = ()
    unread: int = 0


def _how_many(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("user_id").annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _figures(person: int) -> QuerySet[Any, Any]:
    return (
        get_user_model()
        .objects.filter(pk=person)
        .values_list(
            _how_many(told_wants(person)),
            _how_many(Owned.objects.filter(user_id=person)),
            ArraySubquery(listening_sources(person)),
            _how_many(Message.objects.filter(user_id=person, read_at__isnull=True)),
        )
    )


_FIGURES = Prepared(_figures, person=int)


def _nav_counts(request: HttpRequest) -> NavCounts:
    """All in one query; nobody's header asks twice."""
    if not request.user.is_authenticated:
        return NavCounts()
    row = _FIGURES.first(person=request.user.pk)
    return NavCounts(*row) if row else NavCounts()


def _theme(request: HttpRequest) -> str:
    """Light or dark where the account says so, of strangers the cookie; empty follows the
    system."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        chosen = user.theme
    else:
        chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; what costs a query is asked only where it is shown."""
    return {
        "sandbox_mode": settings.SANDBOX,
        "mailbox_url": f"{settings.SANDBOX_URL}/mail/",
        "theme": _theme(request),
        "nav": SimpleLazyObject(lambda: _nav_counts(request)),
    }
