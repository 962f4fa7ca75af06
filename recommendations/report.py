"""How the versions of the score do, for curators: what was kept, dismissed, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from accounts.models import Owned, Want
from pricing.models import AlbumBestPrice
from recommendations.models import Recommendation, RecommendationSet, Shown
from recommendations.queries.sets import RESERVE
from recommendations.versions import shares

# What a version should reach.
LOCKED_OVER, DISMISSED_UNDER, EUROS_UNDER = 20, 50, Decimal(50)
# Somebody was helped when they kept, wanted or bought so many.
HELPED_BY = 5


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One version: albums shown to people, the percentages of them kept and dismissed, the mean
    of the best prices of what stands on lists now in euros, and how many of the people it was
    shown to kept, wanted or bought at least five. None where there is nothing to count. What was
    kept or dismissed and taken back one by one is not counted; a reset of all dismissals takes
    nothing back of what was said to these albums."""

    version: str
    share: int
    people: int
    shown: int
    locked: float | None
    dismissed: float | None
    euros: Decimal | None
    helped: int

    @property
    def helped_percent(self) -> float | None:
        return 100 * self.helped / self.people if self.people else None

    @property
    def holds(self) -> dict[str, bool | None]:
        """Whether each target is reached; None where nothing is known yet."""
        helped = self.helped_percent
        return {
            "locked": None if self.locked is None else self.locked > LOCKED_OVER,
            "dismissed": None if self.dismissed is None else self.dismissed < DISMISSED_UNDER,
            "euros": None if self.euros is None else self.euros < EUROS_UNDER,
            "helped": None if helped is None else self.helped == self.people,
        }


def reports() -> list[VersionReport]:
    """Every version that was shown or is in use. Four queries."""
    counted = {
        row["score_version"]: row
        for row in Shown.objects.order_by()
        .values("score_version")
        .annotate(
            people=Count("user_id", distinct=True),
            number=Count("pk"),
            locked=Count("pk", filter=Q(locked_at__isnull=False)),
            dismissed=Count("pk", filter=Q(dismissed_at__isnull=False)),
        )
    }
    prices, helped, in_use = _prices(), _helped(), shares()
    found = []
    for version in sorted({*counted, *in_use}):
        row = counted.get(version, {"people": 0, "number": 0, "locked": 0, "dismissed": 0})
        number = row["number"]
        found.append(
            VersionReport(
                version=version,
                share=in_use.get(version, 0),
                people=row["people"],
                shown=number,
                locked=100 * row["locked"] / number if number else None,
                dismissed=100 * row["dismissed"] / number if number else None,
                euros=prices.get(version),
                helped=helped.get(version, 0),
            )
        )
    return found


def _prices() -> dict[str, Decimal]:
    """The mean best price in euros of the albums on present lists, by version."""
    newest = RecommendationSet.objects.order_by().values("user_id").annotate(last=Max("pk"))
    shown = Recommendation.objects.filter(
        set_id__in=newest.values("last"), position__lt=RESERVE
    ).order_by()
    best = (
        AlbumBestPrice.objects.filter(album_id__in=shown.values("album_id"))
        .order_by()
        .values("album_id")
        .annotate(euros=Min("total_eur"))
    )
    euros = dict(best.values_list("album_id", "euros"))
    found: dict[str, list[Decimal]] = {}
    pairs: Iterable[tuple[str, int]] = shown.values_list("set__score_version", "album_id")
    for version, album_id in pairs:
        if album_id in euros:
            found.setdefault(version, []).append(euros[album_id])
    return {
        version: (sum(prices, Decimal(0)) / len(prices)).quantize(Decimal("0.01"))
        for version, prices in found.items()
    }


def _helped() -> dict[str, int]:
    """People who kept, wanted or bought at least five of what each version showed them."""
    wanted = Want.objects.filter(
        Q(album_id=OuterRef("album_id")) | Q(release__album_id=OuterRef("album_id")),
        user_id=OuterRef("user_id"), created_at__gte=OuterRef("first_at"),
    )  # fmt: skip
    bought = Owned.objects.filter(
        album_id=OuterRef("album_id"),
        user_id=OuterRef("user_id"),
        added_at__gte=OuterRef("first_at"),
    )
    rows = (
        Shown.objects.filter(Q(locked_at__isnull=False) | Exists(wanted) | Exists(bought))
        .order_by()
        .values("score_version", "user_id")
        .annotate(number=Count("album_id", distinct=True))
        .filter(number__gte=HELPED_BY)
    )
    found: dict[str, int] = {}
    for version in rows.values_list("score_version", flat=True):
        found[version] = found.get(version, 0) + 1
    return found
