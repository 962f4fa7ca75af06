"""Prices for programs: what may leave by the API, of one album."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.signed_in import signed_in
from catalog.models import Album, Release
from catalog.queries import of_albums, present_id
from pricing import best
from pricing.labels import doubt_line
from pricing.models import PriceSuggestion, Quote
from pricing.parts import MISSING, least_price, missing, rate_of, shown_price
from pricing.rates import is_old
from pricing.services import ask_prices
from pricing.viewer import Viewer, viewer_for
from vinyl.api import JobSerializer, nothing_asked
from vinyl.upstreams.terms import SOURCES, terms_for, withheld


class DeliveredSerializer(serializers.Serializer[Any]):
    """At your door, in your currency: item, shipping and what the border takes, between ``low`` and
    ``high``. Both are null where one of these is not known: ``missing`` says which."""

    low = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    high = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    currency = serializers.CharField()


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """``provider`` is discogs, ebay or shop, ``source`` says which part or shop of it. Of an
    ``auction`` the amount is the present bid, else it can be bought for it now. ``doubt`` is low or
    high where the amount is so far from all others that it may be a mistake, and
    ``doubt_reason`` says it in words. ``grade`` is the condition of the record; ``shipping`` is
    null where it is not known; ``missing`` is what keeps ``delivered`` from being told, as far as
    it is to be expected: the shipping, import charges, both; "" where nothing is. ``observed_at``
    is as of when this holds. ``rate_day`` is the day of the exchange rate that ``delivered`` was
    converted with, the older one of two; null where none was, and ``rate_is_old`` where that is
    older than a week."""

    provider = serializers.SerializerMethodField()
    auction = serializers.BooleanField(source="is_auction")
    doubt_reason = serializers.SerializerMethodField()
    delivered = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    rate_day = serializers.SerializerMethodField()
    rate_is_old = serializers.SerializerMethodField()

    class Meta:
        model = Quote
        fields: tuple[str, ...] = (
            "provider", "source", "kind", "auction", "title", "release", "amount", "currency",
            "shipping", "shipping_currency", "delivered", "missing", "rate_day", "rate_is_old",
            "doubt", "doubt_reason", "grade", "seller_country", "url", "for_sale", "observed_at",
            "valid_until",
        )  # fmt: skip

    def get_provider(self, quote: Quote) -> str:
        return quote.source.partition(":")[0]

    def get_doubt_reason(self, quote: Quote) -> str:
        return doubt_line(quote)

    @extend_schema_field(serializers.ChoiceField(MISSING, allow_blank=True))
    def get_missing(self, quote: Quote) -> str:
        return missing(quote, self.context["viewer"])

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_rate_day(self, quote: Quote) -> date | None:
        return rate_of(self.context["viewer"], quote)

    def get_rate_is_old(self, quote: Quote) -> bool:
        return is_old(rate_of(self.context["viewer"], quote), timezone.now().date())

    @extend_schema_field(DeliveredSerializer)
    def get_delivered(self, quote: Quote) -> Any:
        viewer: Viewer = self.context["viewer"]
        low = high = None
        if quote.total_eur is not None:
            high = shown_price(quote, viewer).amount
            least = least_price(quote, viewer)
            low = high if least is None else least.amount
        told = {"low": low, "high": high, "currency": viewer.currency}
        return DeliveredSerializer(told).data


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
    viewer = viewer_for(request)
    live = Quote.objects.filter(which, valid_until__gt=now, territory__in=viewer.territories)
    rows = sorted((quote for quote in live if _may_leave(quote, now)), key=_order)
    return Response(QuoteSerializer(rows, many=True, context={"viewer": viewer}).data)


def _order(quote: Quote) -> tuple[bool, bool, tuple[bool, Decimal, int]]:
    """As the page: what can be bought, then bids, then what is not believed; each the cheapest
    delivered first, unknown shipping behind known."""
    return (bool(quote.doubt), quote.is_auction, best.order(quote))


class AlbumPrices(APIView):
    """Live quotes for an album as they hold where you live, the cheapest delivered first; bids
    and what is perhaps a mistake stand behind.

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
    """Live quotes for one pressing as they hold where you live, the cheapest delivered first; bids
    and what is perhaps a mistake stand behind.

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
        get_object_or_404(Release.objects.only("pk"), pk=release_id)
        found = PriceSuggestion.objects.filter(
            user=signed_in(request), release_id=release_id
        ).first()
        if found is None:
            raise NotFound(_("Nothing is known of this yet. POST on its prices asks Discogs."))
        if not terms_for("discogs").via_api or withheld(
            "discogs", found.observed_at, timezone.now()
        ):
            raise NotFound(_("What was suggested may not be told now. POST asks Discogs again."))
        return Response(SuggestionSerializer(found).data)
