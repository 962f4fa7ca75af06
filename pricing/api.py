"""Prices for programs: what may leave by the API, of one album."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Album
from catalog.queries import of_albums, present_id
from pricing.models import Quote
from pricing.services import ask_prices
from pricing.viewer import viewer_for
from vinyl.api import JobSerializer
from vinyl.upstreams.terms import terms_for, withheld


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """``shipping`` is null where it is not known."""

    class Meta:
        model = Quote
        fields = (
            "source", "kind", "release", "amount", "currency", "shipping", "shipping_currency",
            "grade", "seller_country", "url", "for_sale", "observed_at", "valid_until",
        )  # fmt: skip


def _may_leave(quote: Quote, now: datetime) -> bool:
    source = quote.source.partition(":")[0]
    return terms_for(source).via_api and not withheld(source, quote.observed_at, now)


class AlbumPrices(APIView):
    """Live quotes for an album as they hold where you live, cheapest first.

    POST asks all sources and answers with jobs.
    """

    @extend_schema(responses=QuoteSerializer(many=True))
    def get(self, request: Request, album_id: int) -> Response:
        get_object_or_404(Album, pk=album_id)
        now = timezone.now()
        live = Quote.objects.filter(
            of_albums([present_id(album_id)]),
            valid_until__gt=now,
            territory__in=viewer_for(request).territories,
        )
        rows = [quote for quote in live.order_by("amount_eur", "pk") if _may_leave(quote, now)]
        return Response(QuoteSerializer(rows, many=True).data)

    @extend_schema(request=None, responses={202: JobSerializer(many=True)})
    def post(self, request: Request, album_id: int) -> Response:
        get_object_or_404(Album, pk=album_id)
        user: Any = request.user
        jobs = ask_prices(user, album_id=album_id)
        return Response(JobSerializer(jobs, many=True).data, status=status.HTTP_202_ACCEPTED)
