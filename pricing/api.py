"""Prices for programs: what may leave by the API, of one album."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.signed_in import signed_in
from catalog.models import Album, Release
from catalog.queries import of_albums, present_id
from pricing.models import PriceSuggestion, Quote
from pricing.services import ask_prices
from pricing.viewer import viewer_for
from vinyl.api import JobSerializer, nothing_asked
from vinyl.upstreams.terms import SOURCES, terms_for, withheld


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """``shipping`` is null where it is not known."""

    class Meta:
        model = Quote
        fields: tuple[str, ...] = (
            "source", "kind", "release", "amount", "currency", "shipping", "shipping_currency",
            "grade", "seller_country", "url", "for_sale", "observed_at", "valid_until",
        )  # fmt: skip


def _may_leave(quote: Quote, now: datetime) -> bool:
    source = quote.source.partition(":")[0]
    return terms_for(source).via_api and not withheld(source, quote.observed_at, now)


def leaving(rows: QuerySet[Quote]) -> QuerySet[Quote]:
    """Those of these offers that may leave by the API now."""
    now = timezone.now()
    allowed = Q(pk__in=[])
    for source in (*SOURCES, "shop"):
        terms = terms_for(source)
        if terms.via_api:
            told = Q(source=source) | Q(source__startswith=f"{source}:")
            if terms.max_age is not None:
                told &= Q(observed_at__gt=now - terms.max_age)
            allowed |= told
    return rows.filter(allowed)


def _live(request: Request, which: Q) -> Response:
    now = timezone.now()
    live = Quote.objects.filter(
        which, valid_until__gt=now, territory__in=viewer_for(request).territories
    )
    rows = [quote for quote in live.order_by("amount_eur", "pk") if _may_leave(quote, now)]
    return Response(QuoteSerializer(rows, many=True).data)


class AlbumPrices(APIView):
    """Live quotes for an album as they hold where you live, cheapest first.

    POST asks all sources and answers with jobs.
    """

    @extend_schema(responses=QuoteSerializer(many=True))
    def get(self, request: Request, album_id: int) -> Response:
        get_object_or_404(Album, pk=album_id)
        return _live(request, of_albums([present_id(album_id)]))

    @extend_schema(request=None, responses={202: JobSerializer(many=True)})
    def post(self, request: Request, album_id: int) -> Response:
        nothing_asked(request)
        get_object_or_404(Album, pk=album_id)
        jobs = ask_prices(signed_in(request), album_id=album_id)
        return Response(JobSerializer(jobs, many=True).data, status=status.HTTP_202_ACCEPTED)


class ReleasePrices(APIView):
    """Live quotes for one pressing as they hold where you live, cheapest first.

    POST asks all sources about it and answers with jobs.
    """

    @extend_schema(responses=QuoteSerializer(many=True))
    def get(self, request: Request, release_id: int) -> Response:
        get_object_or_404(Release, pk=release_id)
        return _live(request, Q(release_id=release_id))

    @extend_schema(request=None, responses={202: JobSerializer(many=True)})
    def post(self, request: Request, release_id: int) -> Response:
        nothing_asked(request)
        get_object_or_404(Release, pk=release_id)
        jobs = ask_prices(signed_in(request), release_id=release_id)
        return Response(JobSerializer(jobs, many=True).data, status=status.HTTP_202_ACCEPTED)


class SuggestionSerializer(serializers.ModelSerializer[PriceSuggestion]):
    """What Discogs suggests to you by grade: ``by_grade`` are amounts in ``currency``. ``error``
    says why there is none."""

    by_grade = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = PriceSuggestion
        fields = ("release", "by_grade", "currency", "error", "observed_at")


class ReleaseSuggestion(APIView):
    """What Discogs suggests for one pressing, by grade, to you alone. 404 where nothing may be told
    now; POST on its prices asks again."""

    @extend_schema(responses=SuggestionSerializer)
    def get(self, request: Request, release_id: int) -> Response:
        found = get_object_or_404(PriceSuggestion, user=signed_in(request), release_id=release_id)
        if not terms_for("discogs").via_api or withheld(
            "discogs", found.observed_at, timezone.now()
        ):
            raise Http404
        return Response(SuggestionSerializer(found).data)
