"""The address that eBay sends account-deletion notices to."""

from __future__ import annotations

import asyncio
import time

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pricing import account_deletions
from pricing.models import AccountDeletion
from vinyl.upstreams import ebay_notices
from vinyl.upstreams.errors import NotConfigured

BIGGEST = 64 * 1024
# How long an answer may wait for a worker to fetch eBay's key, and how often it looks.
PATIENCE_S, LOOK_EVERY_S = 2.0, 0.1
COME_BACK_S = 60
State = AccountDeletion.State


@csrf_exempt  # eBay has no session here: its signature says who speaks
@never_cache
@require_http_methods(["GET", "POST"])
async def account_deletion(request: HttpRequest) -> HttpResponse:
    """GET answers eBay's challenge. POST takes a notice: 200 when eBay signed it, 412 when not,
    503 while that cannot be told yet (it is kept and looked at again; eBay repeats it)."""
    if request.method == "GET":
        return await sync_to_async(_challenge)(request.GET.get("challenge_code", ""))
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > BIGGEST:
        return HttpResponse(status=413)
    header = request.headers.get("X-EBAY-SIGNATURE", "")
    try:
        row = await sync_to_async(account_deletions.receive)(request.body, header)
    except ebay_notices.BadNotice:
        return HttpResponse(status=412)
    except account_deletions.TooMany:
        return _later()
    state = State(row.state)
    if state == State.WAITING:
        state = await _verdict(row.pk)
    if state == State.REFUSED:
        return HttpResponse(status=412)
    return _later() if state == State.WAITING else HttpResponse(status=200)


def _challenge(code: str) -> HttpResponse:
    if not code or len(code) > ebay_notices.LONGEST_CHALLENGE:
        return JsonResponse({"error": "challenge_code is missing"}, status=400)
    try:
        return JsonResponse({"challengeResponse": ebay_notices.challenge_response(code)})
    except NotConfigured:
        return JsonResponse({"error": "not configured"}, status=503)


async def _verdict(number: int) -> State:
    """What a worker finds out about a notice, waited for without holding a thread."""
    until = time.monotonic() + PATIENCE_S
    while True:
        row = await AccountDeletion.objects.only("state").filter(pk=number).afirst()
        state = State(row.state) if row is not None else State.WAITING
        if state != State.WAITING or time.monotonic() >= until:
            return state
        await asyncio.sleep(LOOK_EVERY_S)


def _later() -> HttpResponse:
    return HttpResponse(status=503, headers={"Retry-After": str(COME_BACK_S)})
