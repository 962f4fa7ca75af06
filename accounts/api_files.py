"""Files of the shelf and of the wants for programs: brought, looked at row by row, stored, taken.

Every row of a file is in one of three groups: rows = stored + skipped + failed.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.csv.words import why_not
from accounts.models import CsvImport, CsvRow
from accounts.services import shelf_files as services
from accounts.services.shelf_lines import shelf_file, wants_file
from accounts.signed_in import signed_in
from vinyl.api import Asked, JobSerializer, Pages, choice_asked, nothing_asked

CSV = "text/csv; charset=utf-8"


class FileSerializer(serializers.ModelSerializer[CsvImport]):
    """A file that you brought: ``state`` is reading, read, storing, stored or failed; the counts
    are of its rows."""

    rows = serializers.IntegerField(source="tally.rows")
    stored = serializers.IntegerField(source="tally.stored")
    skipped = serializers.IntegerField(source="tally.skipped")
    failed = serializers.IntegerField(source="tally.failed")

    class Meta:
        model = CsvImport
        fields = ("id", "list", "name", "state", "rows", "stored", "skipped", "failed",
                  "created_at")  # fmt: skip


class RowSerializer(serializers.ModelSerializer[CsvRow]):
    """A row of a file and what becomes of it; ``why`` says it in a sentence where it is not
    stored."""

    why = serializers.SerializerMethodField()

    class Meta:
        model = CsvRow
        fields = ("line", "status", "why", "album_id", "release_id")

    def get_why(self, row: CsvRow) -> str:
        return str(why_not(row.reason))


class FileWithJobSerializer(serializers.Serializer[Any]):
    """A file and the job that looks it through."""

    file = FileSerializer()
    job = JobSerializer()


class UploadSerializer(Asked):
    file = serializers.FileField()


class LineSerializer(Asked):
    line = serializers.IntegerField(min_value=1, max_value=10**8)


def _with_tally(file: CsvImport) -> CsvImport:
    return _with_tallies([file])[0]


def _with_tallies(files: list[CsvImport]) -> list[CsvImport]:
    counted = services.tallies(files)
    for file in files:
        vars(file)["tally"] = counted[file.pk]
    return files


def _refused(wrong: DjangoValidationError) -> serializers.ValidationError:
    return serializers.ValidationError({"file": wrong.messages})


class _ListFile(APIView):
    parser_classes = (MultiPartParser,)
    list = ""

    def _take(self, request: Request) -> str:
        raise NotImplementedError

    def get(self, request: Request) -> HttpResponse:
        # In a browser the password is asked first, see accounts.views.files.export.
        if request.auth is None:
            raise exceptions.PermissionDenied(_("A file is given to a token only."))
        answer = HttpResponse(self._take(request), content_type=CSV)
        answer["Content-Disposition"] = f'attachment; filename="{self.list}.csv"'
        return answer

    def post(self, request: Request) -> Response:
        given = request.FILES.get("file")
        if not isinstance(given, UploadedFile):
            raise serializers.ValidationError({"file": [_("Send a CSV file as `file`.")]})
        UploadSerializer(data=request.data).is_valid(raise_exception=True)
        try:
            file, job = services.bring_file(signed_in(request), self.list, given)
        except DjangoValidationError as wrong:
            raise _refused(wrong) from wrong
        told = {"file": _with_tally(file), "job": job}
        return Response(FileWithJobSerializer(told).data, status=status.HTTP_202_ACCEPTED)


class ShelfFile(_ListFile):
    """The collection as CSV in Discogs' own columns; POST brings one, to be looked through."""

    list = CsvImport.List.SHELF

    def _take(self, request: Request) -> str:
        return shelf_file(signed_in(request))

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        return super().get(request)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={202: FileWithJobSerializer}
    )
    def post(self, request: Request) -> Response:
        return super().post(request)


class WantsFile(_ListFile):
    """The want list as CSV in Discogs' own columns; POST brings one, to be looked through."""

    list = CsvImport.List.WANTS

    def _take(self, request: Request) -> str:
        return wants_file(signed_in(request))

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        return super().get(request)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={202: FileWithJobSerializer}
    )
    def post(self, request: Request) -> Response:
        return super().post(request)


class Files(generics.ListAPIView[CsvImport]):
    """The files that you brought lately, newest first."""

    serializer_class = FileSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[CsvImport]:
        return CsvImport.objects.filter(user_id=self.request.user.pk or 0).order_by("-pk")

    def paginate_queryset(self, queryset: Any) -> Any:
        return _with_tallies(super().paginate_queryset(queryset) or [])


def _own(request: Request, file_id: int) -> CsvImport:
    return get_object_or_404(CsvImport, pk=file_id, user_id=request.user.pk or 0)


class FileDetail(APIView):
    """One file; DELETE forgets its report, what was stored stays."""

    @extend_schema(responses=FileSerializer)
    def get(self, request: Request, file_id: int) -> Response:
        return Response(FileSerializer(_with_tally(_own(request, file_id))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, file_id: int) -> Response:
        services.forget_file(_own(request, file_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(parameters=[OpenApiParameter("status", str, enum=list(CsvRow.Status.values))])
class FileRows(generics.ListAPIView[CsvRow]):
    """The rows of one file, in its order; ``?status=`` narrows them."""

    serializer_class = RowSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[CsvRow]:
        if getattr(self, "swagger_fake_view", False):
            return CsvRow.objects.none()
        rows = CsvRow.objects.filter(file=_own(self.request, self.kwargs["file_id"]))
        shown = choice_asked(self.request, "status", CsvRow.Status.values)
        return (rows.filter(status=shown) if shown else rows).order_by("line")


class StoreFile(APIView):
    """Store what a file brings, once it was looked through."""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, file_id: int) -> Response:
        nothing_asked(request)
        try:
            job = services.store_file(_own(request, file_id))
        except DjangoValidationError as wrong:
            raise _refused(wrong) from wrong
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class TakeRow(APIView):
    """The doubtful row is the album that was found."""

    @extend_schema(request=LineSerializer, responses=RowSerializer)
    def post(self, request: Request, file_id: int) -> Response:
        file, asked = _own(request, file_id), LineSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            row = services.take_doubtful(file, asked.validated_data["line"])
        except CsvRow.DoesNotExist:
            raise serializers.ValidationError({"line": [_("That row is not in doubt.")]}) from None
        return Response(RowSerializer(row).data)
