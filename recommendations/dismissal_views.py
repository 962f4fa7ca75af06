"""What the person dismissed: one page of it, each brought back alone or all at once."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from recommendations import queries, services
from recommendations.reasons import dismissal_reasons
from vinyl.templatetags.vinyl_tags import format_number

# What the last reset forgot, for its Undo; it ends with the session.
SESSION_FORGOTTEN = "dismissals_forgotten"


@never_cache
@login_required
@require_safe
def dismissed(request: HttpRequest) -> HttpResponse:
    """The list, with what a reset means. Four queries for however many."""
    user = cast(User, request.user)
    found = queries.dismissed_of(user)
    counted = queries.counted_dismissals(user)
    forgotten: list[Any] = request.session.get(SESSION_FORGOTTEN, [])
    context = {
        "rows": [(one, _words(one.reason)) for one in found],
        "counted": counted,
        "most": queries.MOST_DISMISSALS,
        "full": counted >= queries.MOST_DISMISSALS,
        "forgotten": len(forgotten) if request.GET.get("reset") else 0,
    }
    return render(request, "recommendations/dismissed.html", context)


def _words(reason: str) -> str:
    """The reason as its button said it; "" where none was given."""
    return dict(dismissal_reasons()).get(reason, "") if reason else ""


@login_required
@require_POST
def bring_back(request: HttpRequest, album_id: int) -> HttpResponse:
    """One album may be recommended again."""
    album = queries.album_or_none(album_id)
    if album is None:
        raise Http404
    services.undo_dismiss(cast(User, request.user), album)
    messages.success(request, _("{title} may come again.").format(title=album.title))
    return redirect("recommendations:dismissed")


@login_required
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    """Forget all that was dismissed, and make the list again. Undo stands on the page after it."""
    user = cast(User, request.user)
    gone = services.reset_dismissals(user)
    if gone:
        request.session[SESSION_FORGOTTEN] = gone
        services.request_refresh(user)
    return redirect(f"{_page()}?reset=1" if gone else _page())


@login_required
@require_POST
def reset_undo(request: HttpRequest) -> HttpResponse:
    """Dismiss again what the last reset forgot."""
    user = cast(User, request.user)
    back = services.put_back_dismissals(user, request.session.pop(SESSION_FORGOTTEN, []))
    if back:
        services.request_refresh(user)
        text = ngettext(
            "{count} album is dismissed again.", "{count} albums are dismissed again.", back
        )
        messages.success(request, text.format(count=format_number(back)))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": _page()})
    return redirect(_page())


def _page() -> str:
    return reverse("recommendations:dismissed")
