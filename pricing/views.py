"""Asking for prices, and the parts of pages that show what came. Pages never call out."""

from __future__ import annotations

import re
import time
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.queries import wants_of
from catalog.models import Album, Release
from catalog.queries import present_id
from pricing import queries, services
from pricing.block_facts import Facts, read_facts
from pricing.blocks import blocks_of, source_of
from pricing.checking import checkable
from pricing.models import Quote
from pricing.pages.lists import wanted_row
from pricing.pages.shapes import ListRow
from pricing.viewer import Viewer
from vinyl.jobs.access import remember
from vinyl.prepared import Ready
from vinyl.row_ids import LARGEST_ID

BLOCKS = "blocks"
ARRIVED = "prices-arrived"
# How a list names its lines; one about a single pressing that shows its album's price says so, and
# one of a want that asks for more than any copy.
ANY_PRESSING, CHOOSING = "a", "w"
_LINE = re.compile(r"\d{1,18}[aw]?")


_ALBUM = Ready(lambda album: Album.objects.filter(pk=album), album=int)


def _is_part(request: HttpRequest) -> bool:
    """htmx wants a part of a page, not a page."""
    return request.headers.get("HX-Request") == "true"


def _album(album_id: int) -> Album:
    """The album, or the one that it was merged into; 404 where there is none."""
    album = _ALBUM.first(album=album_id) if album_id <= LARGEST_ID else None
    if album is None:
        raise Http404
    if album.merged_into_id is None:
        return album
    return get_object_or_404(Album, pk=present_id(album.pk))


def _all_of(request: HttpRequest) -> str:
    """The source all of whose offers the address wants to see; "" for none."""
    return source_of(request.GET.get("offers", ""))


def _facts(album_id: int, viewer: Viewer, release_id: int | None, *, full: str, only: str) -> Facts:
    """What is known of the price of the album, or of the one that it was merged into, from one
    source; 404 where there is none."""
    try:
        facts = read_facts(min(album_id, LARGEST_ID), viewer, release_id, full=full, only=only)
    except Album.DoesNotExist:
        raise Http404 from None
    if facts.album.merged_into_id is None:
        return facts
    return read_facts(_album(album_id).pk, viewer, release_id, full=full, only=only)


def _sign_in(request: HttpRequest, onward: str) -> HttpResponse:
    """To sign-in and then to a page, not back to an address that only takes POST."""
    answer = redirect_to_login(onward)
    if not _is_part(request):
        return answer
    return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})


def _asked(request: HttpRequest, album: Album, release_id: int | None) -> HttpResponse:
    """After a question: the part that waits for the answers, or the page the person was on."""
    if _is_part(request):
        if request.GET.get("part") == BLOCKS:
            return _blocks(request, album, release_id)
        return _tag(request, album, release_id)
    return HttpResponseRedirect(_came_from(request) or resolve_url(album))


def _came_from(request: HttpRequest) -> str:
    """The page of ours that the person was on, "" where that is not known."""
    named = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        named, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return named if safe else ""


@require_POST
def ask_album(request: HttpRequest, album_id: int) -> HttpResponse:
    """Ask all sources what the album costs. `?part=blocks` answers htmx with the blocks."""
    album = _album(album_id)
    if not request.user.is_authenticated:
        return _sign_in(request, resolve_url(album))
    for job in services.ask_prices(request.user, read=album):
        remember(request, job)
    return _asked(request, album, None)


@require_POST
def ask_release(request: HttpRequest, album_id: int, release_id: int) -> HttpResponse:
    """Ask all sources what one pressing costs."""
    release = get_object_or_404(
        Release.objects.select_related("album"), pk=release_id, album_id=present_id(album_id)
    )
    if not request.user.is_authenticated:
        return _sign_in(request, resolve_url(release.album))
    for job in services.ask_prices(request.user, release_id=release.pk):
        remember(request, job)
    return _asked(request, release.album, release.pk)


def _release_id(request: HttpRequest, album: Album) -> int | None:
    """The pressing that `?release=` names; 404 unless it is the album's."""
    given = request.GET.get("release", "")
    if not given:
        return None
    if not given.isdecimal() or len(given) > 18:
        raise Http404
    return get_object_or_404(Release.objects.only("pk"), pk=int(given), album=album).pk


def _line(request: HttpRequest) -> str:
    """Which line of a list the tag stands in, as the page named it; "" for none or nonsense."""
    line = request.GET.get("line", "")
    return line if _LINE.fullmatch(line) else ""


def _tag(request: HttpRequest, album: Album, release_id: int | None) -> HttpResponse:
    viewer = queries.viewer_for(request)
    row = _wanted_row(request, album, viewer)
    if row is not None:
        tag = row.tag
    elif release_id is None:
        tag = queries.price_tags([album.pk], viewer)[album.pk]
    else:
        tags = queries.release_prices(album.pk, viewer)
        tag = tags.get(release_id, queries.PriceTag(album_id=album.pk, release_id=release_id))
    context: dict[str, Any] = {
        "tag": tag,
        "album": album,
        "release_id": release_id,
        "line": _line(request),
        "any_pressing": _line(request).endswith(ANY_PRESSING) if row is None else row.any_pressing,
        "unfit": row is not None and row.unfit,
    }
    return render(request, "pricing/_tag.html", context)


def _wanted_row(request: HttpRequest, album: Album, viewer: Viewer) -> ListRow | None:
    """The line of the person's own want that the tag stands in, where that asks for more than any
    copy: its tag is of what fits."""
    line = _line(request)
    if not line.endswith(CHOOSING) or not request.user.is_authenticated:
        return None
    want = wants_of(request.user).filter(pk=int(line.removesuffix(CHOOSING))).first()
    row = None if want is None else wanted_row(want, viewer)
    return row if row is not None and row.album.id == album.pk else None


def _blocks(request: HttpRequest, album: Album, release_id: int | None) -> HttpResponse:
    context = blocks_context(request, album, release_id)
    return render(request, "pricing/_provider_blocks.html", context)


def _city(request: HttpRequest) -> str:
    """Where the person looks for shops, as the address says."""
    return request.GET.get("city", "").strip()[:100]


def blocks_context(
    request: HttpRequest, album: Album, release_id: int | None = None
) -> dict[str, Any]:
    """What templates/pricing/_provider_blocks.html wants; for pages that include it."""
    viewer = queries.viewer_for(request)
    drawn = str(int(time.time() * 1000))  # before it is read: what comes afterwards is an event
    facts = read_facts(album.pk, viewer, release_id, full=_all_of(request))
    blocks = blocks_of(facts, viewer, city=_city(request))
    best = {} if release_id else {"best": queries.album_tag(facts, viewer)}
    return best | {
        "album": album,
        "release_id": release_id,
        "blocks": blocks,
        "job_topics": ",".join(f"news:{one.job_id}" for one in blocks if one.job_id),
        "drawn": drawn,
        "discogs_master": facts.master,
    }


@never_cache
@require_safe
@login_required
def album_prices(request: HttpRequest, album_id: int) -> HttpResponse:
    """The blocks of all sources. `?release=` narrows them to one pressing."""
    album = _album(album_id)
    return _blocks(request, album, _release_id(request, album))


@never_cache
@require_safe
@login_required
def block(request: HttpRequest, album_id: int, provider: str) -> HttpResponse:
    """The block of one source, fetched again while it is asked."""
    release_id = _release_id(request, _album(album_id)) if "release" in request.GET else None
    viewer = queries.viewer_for(request)
    # Pages fetch this several times while a source is asked: the other blocks stay undone, and what
    # other sources told unread.
    only = source_of(provider)
    facts = _facts(album_id, viewer, release_id, full=_all_of(request), only=only)
    found = next(iter(blocks_of(facts, viewer, city=_city(request), only=provider)), None)
    if found is None:
        raise Http404
    context = {"album": facts.album, "release_id": release_id, "block": found}
    answer = render(request, "pricing/_provider_block.html", context)
    if found.state != "asking":
        # The block itself goes, and with it what it listened to. Other parts of the page show what
        # this source's answer changed.
        answer["HX-Reswap"], answer["HX-Reselect"] = "outerHTML", "unset"
        if "offers" not in request.GET:  # only more of what is here is wanted
            answer["HX-Trigger"] = ARRIVED
    return answer


def _is_gone(request: HttpRequest) -> HttpResponse:
    """The page that still showed an offer that is gone, anew and with a sentence; 404 for whoever
    comes from nowhere."""
    back = _came_from(request)
    if not back:
        raise Http404
    messages.info(request, _("This offer is gone: it was taken off the page."))
    if _is_part(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(back)


@require_POST
@login_required
def check_offer(request: HttpRequest, quote_id: int) -> HttpResponse:
    """Ask the source whether one offer still stands. htmx: what waits for the answer and then
    fetches the source's block again; without script back to the page."""
    quote = queries.offers_for(request).filter(pk=quote_id).first()
    if quote is None and not Quote.objects.filter(pk=quote_id).exists():
        return _is_gone(request)
    if quote is None or not checkable(quote):
        raise Http404
    job = services.check_offer(cast(User, request.user), quote.pk)
    remember(request, job)
    album = _album(quote.album_id)
    if not _is_part(request):
        return _asked(request, album, None)
    provider = quote.source.partition(":")[0]
    context = {"album": album, "job": job, "provider": provider, "release_id": None}
    if request.GET.get("release"):
        context["release_id"] = _release_id(request, album)
    return render(request, "pricing/_checking.html", context)


@never_cache
@require_safe
@login_required
def tag(request: HttpRequest, album_id: int) -> HttpResponse:
    """The price tag of an album, or with `?release=` of one pressing."""
    album = _album(album_id)
    return _tag(request, album, _release_id(request, album))
