"""Questions that a person answers: are these two rows one thing? An answer is kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from catalog.models import Album, Artist, MatchReview, MergeRecord
from catalog.queries.albums import present_id
from catalog.queries.reviews import said_before
from catalog.services.identity import present_artist
from catalog.services.merging import CannotMerge, better_known, merge_albums, merge_artists, split

Verdict = MatchReview.Verdict
ANSWERS = (Verdict.SAME, Verdict.DIFFERENT, Verdict.SKIPPED)
# So many questions that answered themselves meanwhile are passed over in one request.
PASSED_OVER = 200


class AlreadyDecided(ValueError):
    """It is answered: by somebody else, by the same person with a key that was pressed twice, or by
    another answer, `by_id` being None."""

    def __init__(self, review: MatchReview) -> None:
        super().__init__(f"question {review.pk} is answered")
        self.verdict, self.by_id = review.verdict, review.decided_by_id


@dataclass(frozen=True)
class Question:
    """An open question with the rows that stand now for the two that it was asked about."""

    review: MatchReview
    left: int
    right: int


def ask(
    kind: str, one: int, other: int, *, confidence: float, evidence: list[dict[str, Any]]
) -> bool:
    """File the question whether two rows are one thing; False where it was ever asked, of these
    rows or of rows that were merged into them."""
    if one == other or said_before(kind, one, other):
        return False
    left, right = sorted((one, other))
    _review, new = MatchReview.objects.get_or_create(
        kind=kind,
        left_id=left,
        right_id=right,
        defaults={
            "confidence": Decimal(str(round(min(1.0, max(0.0, confidence)), 3))),
            "evidence": evidence,
        },
    )
    return new


def next_question() -> Question | None:
    """The open question that is most likely a yes; those that merges or earlier answers have
    settled are settled on the way."""
    waiting = MatchReview.objects.filter(verdict=Verdict.OPEN).order_by("-confidence", "pk")
    for review in waiting[:PASSED_OVER]:
        question = _standing(review)
        if question is not None:
            return question
    return None


def question(review_id: int) -> Question | None:
    """This question if it is open and still one."""
    review = MatchReview.objects.filter(pk=review_id, verdict=Verdict.OPEN).first()
    return None if review is None else _standing(review)


def decide(review_id: int, verdict: str, *, by: AbstractBaseUser) -> MatchReview:
    """Keep a person's answer ("same", "different", "skipped"); "same" merges the two.

    ValueError for another answer, AlreadyDecided when it is answered, CannotMerge where the rows
    cannot be one.
    """
    if verdict not in ANSWERS:
        raise ValueError(f"{verdict!r} is no answer.")
    with transaction.atomic():
        review = MatchReview.objects.select_for_update().get(pk=review_id)
        if review.verdict != Verdict.OPEN:
            raise AlreadyDecided(review)
        # First, so that the merge does not count the question as one that it answers itself.
        _answered(review, verdict, by=by)
        if verdict == Verdict.SAME:
            _merge(review, by)
    return review


def undo_last(by: AbstractBaseUser) -> MatchReview | None:
    """Take back this person's last answer, with the merge that it made; None where there is none.
    CannotSplit where the merge cannot be undone."""
    with transaction.atomic():
        mine = MatchReview.objects.select_for_update().filter(
            decided_by_id=by.pk, verdict__in=ANSWERS
        )
        review = mine.order_by("-decided_at", "-pk").first()
        if review is None:
            return None
        if review.verdict == Verdict.SAME:
            made = MergeRecord.objects.filter(
                kind=review.kind, why=_why(review), undone_at__isnull=True
            ).first()
            if made is not None:
                split(made, by=by, never_again=False)
        review.verdict, review.decided_by, review.decided_at = Verdict.OPEN, None, None
        review.save(update_fields=["verdict", "decided_by", "decided_at"])
    return review


def last_of(by: AbstractBaseUser) -> MatchReview | None:
    """This person's last answer, which `undo_last` would take back."""
    mine = MatchReview.objects.filter(decided_by_id=by.pk, verdict__in=ANSWERS)
    return mine.order_by("-decided_at", "-pk").first()


def reopen(review_ids: list[int]) -> int:
    """Ask these again that were put aside; how many."""
    aside = MatchReview.objects.filter(pk__in=review_ids, verdict=Verdict.SKIPPED)
    return aside.update(verdict=Verdict.OPEN, decided_by=None, decided_at=None)


def _merge(review: MatchReview, by: AbstractBaseUser) -> None:
    left, right = _present(review.kind, review.left_id), _present(review.kind, review.right_id)
    if left is None or right is None:
        raise CannotMerge("One of the two is gone.")
    if left == right:
        return
    stays, goes = better_known(review.kind, left, right)
    if review.kind == MatchReview.Kind.ARTIST:
        merge_artists([goes], Artist.objects.get(pk=stays), why=_why(review), by=by)
    else:
        merge_albums([goes], Album.objects.get(pk=stays), why=_why(review), by=by)


def _why(review: MatchReview) -> str:
    return f"answer to question {review.pk}"


def _standing(review: MatchReview) -> Question | None:
    left, right = _present(review.kind, review.left_id), _present(review.kind, review.right_id)
    if left is None or right is None:
        _answered(review, Verdict.DIFFERENT)  # one is gone
        return None
    if left == right:
        _answered(review, Verdict.SAME)
        return None
    said = said_before(review.kind, left, right)
    if said in (Verdict.DIFFERENT, Verdict.SKIPPED):
        _answered(review, said)
        return None
    return Question(review, left, right)


def _answered(review: MatchReview, verdict: str, by: AbstractBaseUser | None = None) -> None:
    review.verdict, review.decided_at = verdict, timezone.now()
    review.decided_by_id = None if by is None else by.pk
    review.save(update_fields=["verdict", "decided_by", "decided_at"])


def _present(kind: str, entity_id: int) -> int | None:
    """The row that stands for this one now, None when it is gone."""
    if kind == MatchReview.Kind.ARTIST:
        try:
            return present_artist(entity_id).pk
        except Artist.DoesNotExist:
            return None
    standing = present_id(entity_id)
    return standing if Album.objects.filter(pk=standing).exists() else None
