"""The page of followed sellers: add by pasting names, favourites, remove with undo."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from pricing.labels import pressing_label
from pricing.models import FollowedSeller, Seller
from pricing.parts import rate_line, rate_of
from pricing.sellers import consignments, queries, services
from pricing.viewer import viewer_for
from vinyl.jobs.access import remember

LONGEST_PASTE = 5_000
# What was no name comes back in the address.
LONGEST_KEPT = 1_000
PER_PAGE = 50


def _list_context(request: HttpRequest) -> dict[str, Any]:
    person = cast(User, request.user)
    lines = queries.sellers_of(person, viewer_for(request))
    running = [
        line.seller.job_id
        for line in lines
        if line.seller.job_id and line.seller.state in (Seller.State.NEW, Seller.State.READING)
    ]
    return {
        "lines": lines,
        "shops": queries.followable_shops(person),
        "job_topics": ",".join(f"job:{number}" for number in running[:20]),
        "listen": ", ".join(f"sse:job-{number} throttle:2s" for number in running[:20]),
    }


@never_cache
@login_required
@require_safe
def sellers(request: HttpRequest) -> HttpResponse:
    """The sellers whom the person follows. `?part=list` is the list alone."""
    context = _list_context(request)
    if request.GET.get("part") == "list":
        return render(request, "pricing/_sellers.html", context)
    context["names"] = request.GET.get("names", "")[:LONGEST_KEPT]
    token = request.GET.get("removed", "")
    if token:
        name = services.removed_name(cast(User, request.user), token)
        context |= {"removed_title": name} | _undo(token)
    return render(request, "pricing/sellers.html", context)


def _undo(token: str) -> dict[str, Any]:
    return {"undo_url": reverse("pricing:sellers_undo"), "undo_fields": [("removed", token)]}


@login_required
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow all sellers that the pasted text names; back to the list with what became of it."""
    text = request.POST.get("names", "").replace("\0", "")[:LONGEST_PASTE]
    found = services.follow(cast(User, request.user), text)
    if found.added:
        messages.success(
            request,
            ngettext(
                "%(count)s seller added. The stock is read in the background.",
                "%(count)s sellers added. Their stock is read in the background.",
                found.added,
            )
            % {"count": found.added},
        )
    if found.known:
        given = {"names": ", ".join(found.known[:5])}
        messages.info(request, _("You follow them already: %(names)s.") % given)
    if found.unclear:
        given = {"words": ", ".join(f"“{one}”" for one in found.unclear[:5])}
        text = _(
            "No seller's name: %(words)s. It stays in the field. Names at Discogs have no blanks."
        )
        messages.warning(request, text % given)
    if found.not_read:
        given = {"names": ", ".join(found.not_read[:5])}
        text = _(
            "Shops whose stock this site does not read: %(names)s. Albums' pages lead to them."
        )
        messages.warning(request, text % given)
    if found.no_room:
        most = _("At most %(most)s sellers can be followed; the others wait.")
        messages.warning(request, most % {"most": services.MOST_FOLLOWED})
    if not any((found.added, found.known, found.unclear, found.no_room, found.not_read)):
        messages.warning(request, _("Paste the name of at least one seller."))
    there = reverse("pricing:sellers")
    left = "\n".join(found.unclear)[:LONGEST_KEPT]
    return redirect(f"{there}?{urlencode({'names': left})}" if left else there)


@login_required
@require_POST
def favourite(request: HttpRequest, followed_id: int) -> HttpResponse:
    """Make a seller a favourite, or none any more: `on` says which."""
    on = request.POST.get("on") == "1"
    if not services.set_favourite(cast(User, request.user), followed_id, favourite=on):
        raise Http404
    if request.headers.get("HX-Request") == "true":
        return render(request, "pricing/_sellers.html", _list_context(request))
    return redirect("pricing:sellers")


@login_required
@require_POST
def read_again(request: HttpRequest, followed_id: int) -> HttpResponse:
    """Queue the reading of one seller's stock now."""
    person = cast(User, request.user)
    found = get_object_or_404(FollowedSeller, pk=followed_id, user=person)
    if found.seller.source != "discogs":
        raise Http404
    remember(request, services.read_stock(found.seller, owner=person))
    if request.headers.get("HX-Request") == "true":
        return render(request, "pricing/_sellers.html", _list_context(request))
    return redirect("pricing:sellers")


@login_required
@require_POST
def unfollow(request: HttpRequest, followed_id: int) -> HttpResponse:
    """Stop following; a toast offers Undo, without script the list comes back with it."""
    gone = services.unfollow(cast(User, request.user), followed_id)
    if gone is None:
        raise Http404
    back = f"{reverse('pricing:sellers')}?{urlencode({'removed': gone.token})}"
    if request.headers.get("HX-Request") != "true":
        return redirect(back)
    context = _list_context(request) | {"removed_title": gone.name} | _undo(gone.token)
    return render(request, "pricing/_seller_removed.html", context)


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Follow again whom `removed` names."""
    name = services.follow_again(cast(User, request.user), request.POST.get("removed", ""))
    if not name:
        raise Http404
    there = reverse("pricing:sellers")
    messages.success(request, _("%(title)s is back.") % {"title": name})
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": there})
    return redirect(there)


@never_cache
@login_required
@require_safe
def seller(request: HttpRequest, followed_id: int) -> HttpResponse:
    """What one followed seller has of the person's wants."""
    person = cast(User, request.user)
    found = get_object_or_404(
        FollowedSeller.objects.select_related("seller"), pk=followed_id, user=person
    )
    viewer = viewer_for(request)
    quotes = queries.offers_for_wants(person, found.seller, viewer)
    page = Paginator(quotes, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "album": quote.album,
            "pressing": pressing_label(quote.release) if quote.release else "",
            "grade": quote.grade,
            "money": viewer.money(quote.amount_eur),
            "url": quote.url if quote.url.startswith(("https://", "http://")) else "",
            "seen_at": quote.observed_at,
        }
        for quote in page.object_list
    ]
    rate = rate_line(rate_of(viewer, *page.object_list))
    context = {"followed": found, "seller": found.seller, "rows": rows, "page": page, "rate": rate}
    here = consignments.wants_here(person, viewer, queries.offers_of(found.seller, viewer))
    if here is not None:
        context["together"] = {
            "heading": consignments.heading(here),
            "rows": consignments.rows_of(here),
            "notes": consignments.notes_of(here),
            "copies": here.copies,
            "shipping_told": here.together.shipping is not None,
        }
    return render(request, "pricing/seller.html", context)
