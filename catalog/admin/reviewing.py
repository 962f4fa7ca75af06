"""Doubtful matches: two rows side by side, and one key for each answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from catalog.admin.quick import ReadOnlyAdmin, by_either, by_number
from catalog.models import MatchReview
from catalog.queries import reviews as queries
from catalog.services import reviews
from catalog.services.merging import CannotMerge, CannotSplit
from vinyl.row_ids import row_id

PAGE = "admin:catalog_matchreview_decide"


@admin.register(MatchReview)
class MatchReviewAdmin(ReadOnlyAdmin):
    """The list of all questions; they are answered one by one on a page of their own."""

    change_list_template = "admin/catalog/matchreview/change_list.html"
    list_display = (
        "id", "kind", "left_id", "right_id", "confidence", "verdict", "decided_by", "decided_at",
    )  # fmt: skip
    list_select_related = ("decided_by",)
    list_filter = ("verdict",)
    search_help_text = gettext_lazy("Number of the question, or of either artist or album")
    actions = ("ask_again",)

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(MatchReview, "pk", term)
        yield from by_either(MatchReview, MatchReview.Kind.values, ("left_id", "right_id"), term)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_staff and user.has_perm("catalog.change_matchreview"))

    @admin.action(description=gettext_lazy("Ask again what was put aside"), permissions=["decide"])
    def ask_again(self, request: HttpRequest, chosen: QuerySet[MatchReview]) -> None:
        again = reviews.reopen(list(chosen.values_list("pk", flat=True)))
        words = ngettext(
            "%(n)d question is asked again.", "%(n)d questions are asked again.", again
        )
        self.message_user(request, words % {"n": again}, messages.SUCCESS)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("decide/", view(self.decide_view), name="catalog_matchreview_decide"),
            path("undo/", view(require_POST(self.undo_view)), name="catalog_matchreview_undo"),
            *super().get_urls(),
        ]

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """The next question; a POST answers one and leads to the next."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._answer(request)
        question = reviews.next_question()
        both = question and queries.sides(question.review.kind, question.left, question.right)
        user: Any = request.user
        context = {
            **self.admin_site.each_context(request),
            "title": _("Are these two one thing?") if both else _("No open questions"),
            "opts": self.model._meta,
            "question": question,
            "both": both,
            "pieces": queries.pieces(question.review) if question else (),
            "percent": round(100 * question.review.confidence) if question else None,
            "progress": queries.progress(),
            "last": reviews.last_of(user),
        }
        return TemplateResponse(request, "admin/catalog/matchreview/decide.html", context)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back the person's last answer and ask it again."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        user: Any = request.user
        try:
            review = reviews.undo_last(user)
        except CannotSplit as error:
            messages.error(request, str(error))
        else:
            said = _("Your last answer is taken back.") if review else _("There is no answer yet.")
            messages.info(request, said)
        return redirect(PAGE)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        number = row_id(request.POST.get("review", ""))
        user: Any = request.user
        if number is None:
            return HttpResponseBadRequest()
        try:
            reviews.decide(number, request.POST.get("verdict", ""), by=user)
        except reviews.AlreadyDecided as error:
            said = _answered_before(error, user.pk, request.POST.get("verdict", ""))
            if said:
                messages.info(request, said)
        except CannotMerge as error:
            messages.error(request, str(error))
        except (ValueError, MatchReview.DoesNotExist):
            return HttpResponseBadRequest()
        return redirect(PAGE)


def _answered_before(error: reviews.AlreadyDecided, person_id: int, verdict: str) -> str:
    """What a person hears whose answer comes too late; "" for the same answer twice."""
    if error.by_id is None:
        return _("Another answer has settled this one.")
    if error.by_id != person_id:
        return _("Somebody else has answered this one.")
    return "" if error.verdict == verdict else _("You have answered this one already.")
