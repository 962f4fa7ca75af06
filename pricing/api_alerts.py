"""Price alerts for programs: when to tell you of a want."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Want
from pricing.alerts import set_alert
from pricing.models import PriceAlert
from vinyl.api import Asked, Pages
from vinyl.money import CURRENCIES


class AlertSerializer(serializers.ModelSerializer[PriceAlert]):
    """``armed`` is false after a message, until the price has clearly left its limit."""

    class Meta:
        model = PriceAlert
        fields = ("want", "below", "currency", "percent", "armed", "created_at")


class AlertWishSerializer(Asked):
    """At least one of the two: a price at or below which to tell you, delivered where the shipping
    is known, with its currency; and so many percent under the median."""

    below = serializers.DecimalField(
        max_digits=10, decimal_places=2, min_value=Decimal("0.01"), required=False, allow_null=True
    )
    currency = serializers.ChoiceField(CURRENCIES, required=False, allow_blank=True)
    percent = serializers.IntegerField(
        min_value=1, max_value=90, required=False, allow_null=True
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("below") is None and attrs.get("percent") is None:
            raise serializers.ValidationError("Give at least one of below and percent.")
        return attrs


class Alerts(generics.ListAPIView[PriceAlert]):
    """Your price alerts."""

    serializer_class = AlertSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[PriceAlert]:
        return PriceAlert.objects.filter(want__user_id=self.request.user.pk or 0).order_by("pk")


class WantAlert(APIView):
    """The alert of one want."""

    def _want(self, request: Request, want_id: int) -> Want:
        rows = Want.objects.select_related("album", "release")
        return get_object_or_404(rows, pk=want_id, user_id=request.user.pk or 0)

    @extend_schema(responses=AlertSerializer)
    def get(self, request: Request, want_id: int) -> Response:
        """404 where nothing is watched."""
        alert = get_object_or_404(PriceAlert, want=self._want(request, want_id))
        return Response(AlertSerializer(alert).data)

    @extend_schema(request=AlertWishSerializer, responses=AlertSerializer)
    def put(self, request: Request, want_id: int) -> Response:
        """Say when to tell you; a changed alert starts afresh."""
        want = self._want(request, want_id)
        asked = AlertWishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            alert = set_alert(want, **asked.validated_data)
        except DjangoValidationError as wrong:
            raise serializers.ValidationError(wrong.message_dict) from wrong
        return Response(AlertSerializer(alert).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, want_id: int) -> Response:
        """Watch no more."""
        set_alert(self._want(request, want_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
