"""Whose the ids of outside services are, for many questions at once.

Questions tell ids as {"discogs": "45467", "musicbrainz": "83d91898-..."}; of two that are known the
first one decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q

from catalog.models import ExternalId

Ids = Mapping[str, str]


class Owners:
    """Whose the ids of some questions are: in the database, and by what was answered since. Rows
    that are not saved yet have negative numbers."""

    def __init__(self, kind: ExternalId.Kind, told: Iterable[Ids]) -> None:
        self._kind = kind
        self._owner = _stored(kind, told)
        self._given: dict[tuple[str, str], int] = {}
        self._on_discogs: set[int] = set()

    def owner(self, ids: Ids) -> int | None:
        """The row that has one of these ids."""
        return next((self._owner[one] for one in ids.items() if one in self._owner), None)

    def look_at(self, numbers: Collection[int]) -> None:
        """Find out which of these rows have an id of Discogs. One query, none for no rows."""
        if numbers:
            held = ExternalId.objects.filter(
                kind=self._kind, source="discogs", entity_id__in=set(numbers)
            )
            self._on_discogs.update(held.values_list("entity_id", flat=True))

    def is_on_discogs(self, number: int) -> bool:
        """Whether a row that was looked at, or was given an id since, has one of Discogs."""
        return number in self._on_discogs

    def give(self, number: int, ids: Ids) -> None:
        """Ids that are nobody's are this row's from now on."""
        for one in ids.items():
            if one not in self._owner:
                self._owner[one] = self._given[one] = number
                if one[0] == "discogs":
                    self._on_discogs.add(number)

    def remember(self, saved: Mapping[int, int]) -> None:
        """Write what was given; `saved` are the ids of new rows by their negative numbers. One that
        somebody else has taken meanwhile stays there."""
        # In one order everywhere, so that two who add the same ones do not wait in a circle.
        given = sorted(self._given.items())
        if given:
            ExternalId.objects.bulk_create(
                [
                    ExternalId(
                        kind=self._kind,
                        source=source,
                        value=value,
                        entity_id=saved.get(number, number),
                    )
                    for (source, value), number in given
                ],
                ignore_conflicts=True,
            )


def _stored(kind: ExternalId.Kind, told: Iterable[Ids]) -> dict[tuple[str, str], int]:
    """Our id of every one of these ids that is known. One query, none for no ids."""
    values: dict[str, set[str]] = {}
    for ids in told:
        for source, value in ids.items():
            values.setdefault(source, set()).add(value)
    if not values:
        return {}
    meant = Q()
    for source, some in values.items():
        meant |= Q(source=source, value__in=some)
    rows = ExternalId.objects.filter(meant, kind=kind)
    found = rows.values_list("source", "value", "entity_id")
    return {(source, value): entity_id for source, value, entity_id in found}
