"""What was merged, which dumps were read, and which pictures are held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.admin.quick import FOUND_AT_MOST, ReadOnlyAdmin, by_either, by_number
from catalog.dumps.records import unreadable
from catalog.models import Cover, DumpImport, MergeRecord
from catalog.services.merging import CannotSplit, split


@admin.register(MergeRecord)
class MergeRecordAdmin(ReadOnlyAdmin):
    """The trail. Undoing one is a split, and says so in the same row."""

    list_display = (
        "id", "kind", "from_id", "into_id", "why", "done_by", "done_at", "undone_by", "undone_at",
    )  # fmt: skip
    list_select_related = ("done_by", "undone_by")
    search_help_text = _("Number of the merge, or of either artist or album")
    actions = ("split_chosen",)

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(MergeRecord, "pk", term)
        yield from by_either(MergeRecord, MergeRecord.Kind.values, ("from_id", "into_id"), term)

    def has_split_permission(self, request: HttpRequest) -> bool:
        """Splitting is no editing of the trail, so it asks for the permission by name."""
        user: Any = request.user
        return bool(user.has_perm("catalog.change_mergerecord"))

    @admin.action(description=_("Split: give back what was moved"), permissions=["split"])
    def split_chosen(self, request: HttpRequest, chosen: QuerySet[MergeRecord]) -> None:
        user: Any = request.user
        done = 0
        # The last one first, so that a chain comes apart as it was made.
        for record in chosen.order_by("-pk")[:FOUND_AT_MOST]:
            try:
                split(record, by=user)
                done += 1
            except CannotSplit as error:
                self.message_user(request, f"{record}: {error}", messages.WARNING)
        if done:
            words = ngettext("%(n)d merge was undone.", "%(n)d merges were undone.", done)
            self.message_user(request, words % {"n": done}, messages.SUCCESS)


@admin.register(DumpImport)
class DumpImportAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "kind", "file_name", "state", "verified", "counted", "started_at", "finished_at",
    )  # fmt: skip
    list_filter = ("state",)  # a row a file: the table stays small
    # What went wrong stands before the long counts.
    fields = (
        "kind", "file_name", "state", "error", "started_at", "finished_at", "verified", "sha256",
        "chunk_bytes", "counts",
    )  # fmt: skip

    @admin.display(description=_("counted"))
    def counted(self, dump: DumpImport) -> str:
        told = ("read", "stored", "updated", "unchanged", "passed over")
        found = [f"{name} {dump.counts[name]}" for name in told if dump.counts.get(name)]
        if records := unreadable(dump.counts):
            found.append(f"damaged {records}")
        return ", ".join(found)


@admin.register(Cover)
class CoverAdmin(ReadOnlyAdmin):
    list_display = ("id", "album_id", "state", "source", "width", "height", "checked_at")
    search_help_text = _("Number of the picture, or of the album")

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(Cover, "pk", term)
        yield from by_number(Cover, "album_id", term)
