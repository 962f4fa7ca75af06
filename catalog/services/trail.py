"""What goes along with a merge in the catalogue itself, noted so that a split gives it back.

Ids of outside services move to the row that stands, so that every look-up by id ends there. Rows of
higher apps (wants, copies, quotes, plays, locks, dismissals, seeds) are never moved: whoever reads
them follows `merged_into`. Thus nothing of theirs can be lost or doubled, and a split has nothing
to guess.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from catalog import corrections
from catalog.models import ExternalId, MatchReview, MergeRecord

Moved = dict[str, list[Any]]
# What goes on with a row that is merged itself, under the same ids.
_PASSED_ON = ("ids", "led_here", "releases", "credits", "names", "edges", "edges_here")


def attach(
    kind: str, gone: Collection[int], into_id: int, led_there: Collection[tuple[int, int]]
) -> dict[int, Moved]:
    """Move the ids of these artists or albums to that one and answer open questions between them.

    `kind` is "artist" or "album", `led_there` are (id, the gone one that it was merged into).
    Returns, by id of the gone, what a split needs. The caller holds a transaction and the rows.
    """
    trail: dict[int, Moved] = {pk: {} for pk in gone}
    ids = ExternalId.objects.filter(kind=kind, entity_id__in=gone)
    for pk, entity_id in ids.order_by("pk").values_list("pk", "entity_id"):
        trail[entity_id].setdefault("ids", []).append(pk)
    ids.update(entity_id=into_id)
    for pk, was_in in sorted(led_there):
        trail[was_in].setdefault("led_here", []).append(pk)
    for pk in gone:
        answered = _answered(kind, {pk, *trail[pk].get("led_here", ())}, into_id)
        if answered:
            trail[pk]["reviews"] = answered
    with connection.cursor() as cursor:
        moved = corrections.move(cursor, kind, dict.fromkeys(gone, into_id))
    for pk, corrected in moved.items():
        trail[pk]["corrections"] = corrected
    return trail


def detach(kind: str, rows: type[models.Model], from_id: int, target_id: int, moved: Moved) -> None:
    """Undo `attach` for one row, as far as what moved is still where it was moved to."""
    here = ExternalId.objects.filter(pk__in=moved.get("ids", ()), entity_id=target_id)
    here.update(entity_id=from_id)
    led = rows._default_manager.filter(pk__in=moved.get("led_here", ()), merged_into=target_id)
    led.update(merged_into=from_id)
    answered = MatchReview.objects.filter(
        pk__in=moved.get("reviews", ()), verdict=MatchReview.Verdict.SAME, decided_by=None
    )
    answered.update(verdict=MatchReview.Verdict.OPEN, decided_at=None)
    if corrected := moved.get("corrections"):
        with connection.cursor() as cursor:
            corrections.give_back(cursor, kind, from_id, target_id, corrected)


def forget(record: MergeRecord, rows: type[models.Model], target_id: int) -> None:
    """What a split has given back to the row of `record` may have come to `target_id` through
    another row that was merged there: its trail has it no longer, else that one would take it along
    when it is split, where the two were merged a second time."""
    back = {key: _rows(record.moved.get(key, ())) for key in _PASSED_ON}
    back["led_here"].add(record.from_id)
    led = rows._default_manager.filter(merged_into=target_id).values("pk")
    others = MergeRecord.objects.filter(
        kind=record.kind, undone_at__isnull=True, from_id__in=led
    ).order_by("pk")
    through = [
        other.pk
        for other in others
        if any(back[key] & _rows(other.moved.get(key, ())) for key in _PASSED_ON)
    ]
    # Only those that change: an import holds one after the other, too.
    for other in others.filter(pk__in=through).select_for_update():
        for key in back.keys() & other.moved.keys():
            other.moved[key] = [one for one in other.moved[key] if not back[key] & _rows([one])]
        other.save(update_fields=["moved"])


def _rows(moved: Collection[Any]) -> set[Any]:
    """Ids, or places of credits."""
    return {tuple(one) if isinstance(one, list) else one for one in moved}


def _answered(kind: str, gone: set[int], into_id: int) -> list[int]:
    """Open questions that the merge itself answers."""
    between = MatchReview.objects.filter(kind=kind, verdict=MatchReview.Verdict.OPEN).filter(
        Q(left_id__in=gone, right_id=into_id) | Q(right_id__in=gone, left_id=into_id)
    )
    found = sorted(between.values_list("pk", flat=True))
    MatchReview.objects.filter(pk__in=found).update(
        verdict=MatchReview.Verdict.SAME, decided_at=timezone.now()
    )
    return found
