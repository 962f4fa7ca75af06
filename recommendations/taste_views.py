"""What the list is made from: sources to switch off, the dial, and whether it may teach."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.queries import sources_of
from recommendations import profile, queries, services
from recommendations.ranking import DIALS
from recommendations.source_names import source_names


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def taste(request: HttpRequest) -> HttpResponse:
    """POST {part: "sources", on: names of sources}, {part: "dial", dial} or {part: "teaches",
    teaches}."""
    user = cast(User, request.user)
    if request.method == "POST":
        _change(request, user)
        messages.success(request, _("Saved."))
        there = request.POST.get("next", "")
        return redirect(
            "recommendations:records" if there == "records" else "recommendations:taste"
        )
    found = queries.taste_of(user)
    read = {one.source: one for one in sources_of(user)}
    context = {
        "rows": [
            (name, words, name not in found.off, read.get(name))
            for name, words in source_names().items()
        ],
        "dials": [(dial, words, dial == found.dial) for dial, words in _dials().items()],
        "leans": queries.leans_of(user),
        "teaches": found.teaches,
        "teaches_since": found.teaches_since,
    }
    return render(request, "recommendations/taste.html", context)


@login_required
@require_POST
def lean_back(request: HttpRequest, artist_id: int) -> HttpResponse:
    """Take back that more or less like this artist was asked for. Nothing, where it was not."""
    user = cast(User, request.user)
    for one in queries.leans_of(user):
        if one.artist.pk == artist_id:
            services.undo_lean(user, one.artist)
            text = _("Neither more nor less like {artist} from now on.")
            messages.success(request, text.format(artist=one.artist.name))
    return redirect(reverse("recommendations:taste") + "#leans")


def _change(request: HttpRequest, user: User) -> None:
    part = request.POST.get("part", "")
    if part == "sources":
        on = frozenset(request.POST.getlist("on"))
        services.set_taste(user, off=[name for name in profile.SOURCES if name not in on])
    elif part == "dial":
        dial = request.POST.get("dial", "")
        if dial in map(str, DIALS):
            services.set_taste(user, dial=int(dial))
    elif part == "teaches":
        services.set_taste(user, teaches=request.POST.get("teaches") == "yes")


def _dials() -> dict[int, str]:
    words = (
        _("Safe"), _("Rather safe"), _("In between"), _("Rather adventurous"), _("Adventurous"),
    )  # fmt: skip
    return dict(zip(DIALS, words, strict=True))
