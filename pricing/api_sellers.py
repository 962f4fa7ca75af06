"""Followed sellers for programs: who they are, what they have of your wants."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.signed_in import signed_in
from pricing.api import QuoteSerializer, leaving
from pricing.models import FollowedSeller, Quote
from pricing.sellers import consignments, queries, services
from pricing.sellers.consignments import WantsHere
from pricing.viewer import viewer_for
from vinyl.api import Asked, JobSerializer, Pages, nothing_asked

LONGEST_PASTE = 5_000


class SellerSerializer(serializers.Serializer[Any]):
    """``site`` is discogs or a shop. ``wants``: how many of your wants the seller holds now; null
    where that is not known yet, or was read too long ago to be told (``too_old``)."""

    id = serializers.IntegerField(source="followed.pk")
    name = serializers.CharField(source="seller.username")
    site = serializers.CharField(source="seller.source")
    favourite = serializers.BooleanField(source="followed.favourite")
    state = serializers.CharField(source="seller.state")
    wants = serializers.IntegerField(allow_null=True)
    too_old = serializers.BooleanField()
    items_read = serializers.IntegerField(source="seller.items_read")
    items_total = serializers.IntegerField(source="seller.items_total", allow_null=True)
    read_at = serializers.DateTimeField(source="seller.read_at", allow_null=True)


class SpanSerializer(serializers.Serializer[Any]):
    """From ``low`` to ``high``; ``high`` is null where nobody knows how much more it may be."""

    low = serializers.DecimalField(max_digits=14, decimal_places=2, source="low.amount")
    high = serializers.DecimalField(
        max_digits=14, decimal_places=2, source="high.amount", allow_null=True, default=None
    )


class SendingSerializer(serializers.Serializer[Any]):
    """One way to send the copies. ``shipping`` is null where it is not told, ``charges`` where it
    is not known what the border takes. ``before_shipping`` are goods and charges, null with the
    charges; ``delivered`` is all, null where a part of it is."""

    parcels = serializers.IntegerField()
    shipping = SpanSerializer(allow_null=True)
    charges = SpanSerializer(source="charged", allow_null=True)
    before_shipping = SpanSerializer(allow_null=True)
    delivered = SpanSerializer(source="total", allow_null=True)


class WantsHereSerializer(serializers.Serializer[Any]):
    """The cheapest fitting copy of each of your wants here: ``copies`` of them for ``wants``, sent
    to ``territory`` in one parcel or each in its own. Amounts are in your ``currency``. What one
    parcel's shipping costs is an estimate; where no shipping is told, charges are those that
    follow from the goods. ``passes_threshold``: in one parcel the goods are worth enough for other
    rules."""

    wants = serializers.IntegerField()
    copies = serializers.IntegerField()
    territory = serializers.CharField()
    currency = serializers.CharField(source="goods.currency")
    goods = serializers.DecimalField(max_digits=14, decimal_places=2, source="goods.amount")
    one_parcel = SendingSerializer(source="together")
    several_parcels = SendingSerializer(source="apart")
    passes_threshold = serializers.BooleanField()


class SellerDetailSerializer(SellerSerializer):
    """A seller with what its copies of your wants cost together; null where it has none that may
    be told."""

    together = serializers.SerializerMethodField()

    @extend_schema_field(WantsHereSerializer(allow_null=True))
    def get_together(self, _line: queries.SellerLine) -> Any:
        here: WantsHere | None = self.context["together"]
        return None if here is None else WantsHereSerializer(here).data


class NamesSerializer(Asked):
    """Names or addresses of sellers, one a line or with commas between them."""

    names = serializers.CharField(max_length=LONGEST_PASTE)


class FollowedSerializer(serializers.Serializer[Any]):
    """What became of the names: ``unclear`` are no sellers' names, ``no_room`` did not fit your
    list, ``not_read`` are shops whose stock is not read here."""

    added = serializers.IntegerField()
    known = serializers.ListField(child=serializers.CharField())
    unclear = serializers.ListField(child=serializers.CharField())
    no_room = serializers.IntegerField()
    not_read = serializers.ListField(child=serializers.CharField())


class FavouriteSerializer(Asked):
    favourite = serializers.BooleanField()


class SellerOfferSerializer(QuoteSerializer):
    """A copy that one seller has of what you want."""

    class Meta(QuoteSerializer.Meta):
        fields: tuple[str, ...] = ("album", *QuoteSerializer.Meta.fields)


class Sellers(APIView):
    """The sellers whom you follow, favourites first; POST follows more."""

    @extend_schema(responses=SellerSerializer(many=True))
    def get(self, request: Request) -> Response:
        lines = queries.sellers_of(signed_in(request), viewer_for(request))
        return Response(SellerSerializer(lines, many=True).data)

    @extend_schema(request=NamesSerializer, responses={201: FollowedSerializer})
    def post(self, request: Request) -> Response:
        asked = NamesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = services.follow(signed_in(request), asked.validated_data["names"])
        return Response(FollowedSerializer(found).data, status=status.HTTP_201_CREATED)


def _own(request: Request, followed_id: int) -> FollowedSeller:
    rows = FollowedSeller.objects.select_related("seller")
    return get_object_or_404(rows, pk=followed_id, user_id=request.user.pk or 0)


class FollowedSellerDetail(APIView):
    """One followed seller, and what its copies of your wants cost together: PATCH makes it a
    favourite or none any more, DELETE follows it no longer."""

    @extend_schema(responses=SellerDetailSerializer)
    def get(self, request: Request, followed_id: int) -> Response:
        return self._told(request, _own(request, followed_id))

    @extend_schema(request=FavouriteSerializer, responses=SellerDetailSerializer)
    def patch(self, request: Request, followed_id: int) -> Response:
        followed = _own(request, followed_id)
        asked = FavouriteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.set_favourite(signed_in(request), followed.pk, **asked.validated_data)
        return self._told(request, _own(request, followed_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, followed_id: int) -> Response:
        services.unfollow(signed_in(request), _own(request, followed_id).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _told(self, request: Request, followed: FollowedSeller) -> Response:
        person, viewer = signed_in(request), viewer_for(request)
        lines = queries.sellers_of(person, viewer)
        line = next(one for one in lines if one.followed.pk == followed.pk)
        offers = leaving(queries.offers_of(followed.seller, viewer))
        together = {"together": consignments.wants_here(person, viewer, offers)}
        return Response(SellerDetailSerializer(line, context=together).data)


class SellerOffers(generics.ListAPIView[Quote]):
    """What one followed seller has of your wants, the cheapest first."""

    serializer_class = SellerOfferSerializer
    pagination_class = Pages

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "viewer": viewer_for(self.request)}

    def get_queryset(self) -> QuerySet[Quote]:
        if getattr(self, "swagger_fake_view", False):
            return Quote.objects.none()
        followed = _own(self.request, self.kwargs["followed_id"])
        viewer = viewer_for(self.request)
        rows = queries.offers_for_wants(signed_in(self.request), followed.seller, viewer)
        return leaving(rows)


class ReadSeller(APIView):
    """Read a followed seller's stock now."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, followed_id: int) -> Response:
        nothing_asked(request)
        followed = _own(request, followed_id)
        if followed.seller.source != "discogs":
            raise serializers.ValidationError({"id": ["Shops are read with each price."]})
        job = services.read_stock(followed.seller, owner=signed_in(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
