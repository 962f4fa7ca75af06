"""What all of the API shares: one shape for errors, one shape for pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.exceptions import PermissionDenied as Refused
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from vinyl.jobs.models import Job
from vinyl.jobs.queries import fill
from vinyl.row_ids import row_id

NOT_FOUND = {"code": "not_found", "message": _("There is no such thing, or it is not yours.")}


def number_asked(request: Request, name: str) -> int | None:
    """The number that the address gives under this name; None where it gives none. What is no
    number from 1 on raises ValidationError: left out, it would answer another question."""
    given = request.query_params.get(name, "").strip()
    number = row_id(given)
    if given and not number:
        raise ValidationError({name: [_("This is not a whole number from 1 on.")]})
    return number


def choice_asked(request: Request, name: str, known: Collection[Any]) -> str:
    """What the address chooses under this name, "" for nothing; ValidationError for what is none of
    the `known`."""
    given = request.query_params.get(name, "")
    if given and given not in map(str, known):
        raise ValidationError({name: [_("There is no such choice.")]})
    return given


class Asked(serializers.Serializer[Any]):
    """What a program sends in: a name that is no field, or a field that cannot be changed, is told
    by name. Dropped without a word, the program would believe it stored."""

    def to_internal_value(self, data: Any) -> Any:
        wrong = self._not_taken(data) if isinstance(data, Mapping) else {}
        try:
            found = super().to_internal_value(data)
        except ValidationError as error:
            if not wrong or not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **wrong}) from error
        if wrong:
            raise ValidationError(wrong)
        return found

    def _not_taken(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        wrong: dict[str, list[Any]] = {}
        now = self.to_representation(self.instance) if self.instance is not None else {}
        for name in data:
            field = self.fields.get(name)
            if field is None:
                wrong[str(name)[:80]] = [_("There is no such field.")]
            # Told back as it was read it asks for nothing.
            elif field.read_only and str(now.get(name)) != str(data[name]):
                wrong[name] = [_("This cannot be changed here.")]
        return wrong


def nothing_asked(request: Request) -> None:
    """For calls that take no fields: ValidationError where some are sent."""
    Asked(data=request.data).is_valid(raise_exception=True)


class Pages(PageNumberPagination):
    """``?page=`` and ``?page_size=`` (at most 200): {count, next, previous, results}."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        asked = number_asked(request, self.page_size_query_param)
        return min(asked or self.page_size, self.max_page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int | str:
        if request.query_params.get(self.page_query_param) not in self.last_page_strings:
            number_asked(request, self.page_query_param)
        return super().get_page_number(request, paginator)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error is ``{"error": {"code", "message", "fields"?}}`` with its HTTP status."""
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"code": "error", "message": ""}
    if isinstance(error, ValidationError):
        message = _("Some fields are not right.")
        body = {"code": "invalid", "message": message, "fields": response.data}
    elif isinstance(error, Http404):
        body = dict(NOT_FOUND)
    elif isinstance(error, PermissionDenied):  # Django's own, which has no words
        body = {"code": Refused.default_code, "message": Refused.default_detail}
    elif isinstance(error, APIException):
        body = {"code": error.default_code, "message": str(error.detail)}
    # Said in the person's language now: not every renderer waits for words.
    response.data = {"error": {**body, "message": str(body["message"])}}
    return response


class JobSerializer(serializers.ModelSerializer[Job]):
    """Long work as its owner sees it; ``error`` is empty unless it failed."""

    error = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "state", "progress_done", "progress_total", "error", "created_at",
            "finished_at",
        )  # fmt: skip

    def get_error(self, job: Job) -> str:
        return fill(job.error_message, job.error_params)


class JobList(generics.ListAPIView[Job]):
    """Your jobs, newest first."""

    serializer_class = JobSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return Job.objects.filter(owner_id=self.request.user.pk).order_by("-pk")


class JobDetail(generics.RetrieveAPIView[Job]):
    """One of your jobs."""

    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return Job.objects.filter(owner_id=self.request.user.pk)
