"""Who looks at a price: where it is delivered to, in which currency it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from pricing.best import DEFAULT_TERRITORY
from pricing.rates import EURO, NoRate, rate_on
from pricing.territories import territory_of
from vinyl.money import Money

DEFAULT_COUNTRY, DEFAULT_GRADE = DEFAULT_TERRITORY, "VG+"


@dataclass(frozen=True, slots=True)
class Viewer:
    """`rate` is how many units of `currency` one euro buys, on `rate_day` (None for the euro)."""

    territory: str = DEFAULT_COUNTRY
    country: str = DEFAULT_COUNTRY
    postcode: str = ""
    currency: str = EURO
    least_grade: str = DEFAULT_GRADE
    language: str = "en"
    user_id: int | None = None
    rate: Decimal = Decimal(1)
    rate_day: date | None = None

    def money(self, euros: Decimal) -> Money:
        """An amount in euros as this person sees it."""
        return Money(euros * self.rate, self.currency).rounded()

    @property
    def territories(self) -> tuple[str, str]:
        """Territories whose quotes hold here: those that hold everywhere, and their own."""
        return ("", self.territory)


def viewer_for(who: Any) -> Viewer:
    """The viewer of a request, or a person as viewer. Anonymous people see prices for Spain, in
    euros. One query, and none for the euro."""
    user = getattr(who, "user", who)
    language = get_language() or "en"
    if user is None or not user.is_authenticated:
        return Viewer(language=language)
    currency, rate, rate_day = user.currency, Decimal(1), None
    try:
        rate, rate_day = rate_on(currency, timezone.now().date())
    except NoRate:
        currency = EURO  # better in euros than not at all; the sign says which it is
    return Viewer(
        territory=territory_of(user.country, user.postcode),
        country=user.country,
        postcode=user.postcode,
        currency=currency,
        least_grade=user.least_grade or DEFAULT_GRADE,
        language=language,
        user_id=user.pk,
        rate=rate,
        rate_day=rate_day,
    )
