"""Lists of tables with millions of rows: never counted, searched and ordered by index only.

A list shows the newest rows; whoever looks for another one searches. A search asks a few indexes
for ids, at most FOUND_AT_MOST of them, and the list shows those, the surest first. Filters are
offered only where a column has an index or a table is small, and an address may ask for nothing
else: Django takes any lookup of any column from it, and any column to sort by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IS_FACETS_VAR, IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    PAGE_VAR,
    SEARCH_VAR,
    ChangeList,
)
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import BigIntegerField, F, Func, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.matching import normalise_name, normalise_title
from catalog.models import ExternalId, SearchEntry
from vinyl.row_ids import row_id

FOUND_AT_MOST = 200
COUNT_UP_TO = 2_000
MOST_PAGES = 100
SERVICES = ("discogs", "musicbrainz", "spotify")
# What Django itself puts into a list's address: search, page, window, error. Not the order, for no
# column is sorted by.
OF_EVERY_LIST = frozenset((
    SEARCH_VAR, PAGE_VAR, ALL_VAR, IS_FACETS_VAR, IS_POPUP_VAR, TO_FIELD_VAR, ERROR_FLAG,
))  # fmt: skip


class QuickPaginator(Paginator):
    """Pages without counting a big table: a whole one takes PostgreSQL's own estimate, a filtered
    one is counted up to COUNT_UP_TO. A page far behind is not offered, for it would be read from
    the first row on."""

    @cached_property
    def count(self) -> int:
        listed: Any = self.object_list
        if not isinstance(listed, QuerySet):
            return super().count
        if not listed.query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                    [listed.model._meta.db_table],
                )
                row = cursor.fetchone()
            if row is not None and row[0] > COUNT_UP_TO:
                return int(row[0])
        return listed.order_by()[:COUNT_UP_TO].count()

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, MOST_PAGES)


class QuickChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Without a search or a filter all is what stands there: nothing else is to be shown."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class QuickAdmin(admin.ModelAdmin):
    """A list of the newest rows, and a search that `find` answers with ids."""

    paginator = QuickPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    ordering: ClassVar = ("-id",)
    sortable_by = ()
    search_fields = ("=id",)

    def find(self, term: str) -> Iterable[int]:
        """Ids of the rows that somebody who types this may mean, the surest first."""
        return by_number(self.model, "pk", term)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuickChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What the list does not offer is taken out of the address, and said."""
        refused = [name for name in request.GET if not self._may_ask(name, request)]
        if not refused or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        words = _(
            "This list cannot be asked for %(names)s in the address: every row would have to be"
            " read. Use its search box and its filters."
        )
        names = ", ".join(name[:80] for name in refused[:5])
        self.message_user(request, words % {"names": names}, messages.ERROR)
        kept = request.GET.copy()
        for name in refused:
            del kept[name]
        return redirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only those of the filters that stand beside the list."""
        return lookup in {f"{name}__exact" for name in self.list_filter}

    def _may_ask(self, name: str, request: HttpRequest) -> bool:
        return name in OF_EVERY_LIST or self.lookup_allowed(name, "", request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        found = list(dict.fromkeys(self.find(term)))[:FOUND_AT_MOST]
        return queryset.filter(pk__in=found).order_by(_place_in(found)), False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted by hand: people's rows hang on it. What is double is merged."""
        return False


class ReadOnlyAdmin(QuickAdmin):
    """Rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _place_in(ids: list[int]) -> Func:
    """Where the row's id stands in this list."""
    listed = Cast(Value(ids), ArrayField(BigIntegerField()))
    return Func(listed, F("pk"), function="array_position")


def by_numbers(model: type[Model], term: str) -> list[int]:
    """Those of several numbers that are rows' own, with commas or blanks between them, in their
    order; none where anything else is among the words."""
    numbers = [row_id(word) for word in re.split(r"[\s,;]+", term) if word][:FOUND_AT_MOST]
    wanted = [number for number in numbers if number is not None]
    if len(numbers) < 2 or len(wanted) < len(numbers):
        return []
    there = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))
    return [number for number in wanted if number in there]


def by_number(model: type[Model], field: str, term: str) -> list[int]:
    """Ids of rows whose indexed whole-number column is this number."""
    number = row_id(term)
    if number is None:
        return []
    rows = model._default_manager.filter(**{field: number})
    return list(rows.values_list("pk", flat=True)[:FOUND_AT_MOST])


def by_either(
    model: type[Model], kinds: Iterable[str], fields: tuple[str, str], term: str
) -> Iterator[int]:
    """Ids of rows about two artists or albums, of which either has this number."""
    number = row_id(term)
    if number is None:
        return
    for field in fields:
        rows = model._default_manager.filter(kind__in=list(kinds), **{field: number})
        yield from rows.values_list("pk", flat=True)[:FOUND_AT_MOST]


def by_service_id(kind: str, term: str) -> list[int]:
    """Artists or albums with this id of a service; the address of a page there will do."""
    value = term.rstrip("/").rpartition("/")[2].split("-")[0] if "discogs.com" in term else term
    value = value.rstrip("/").rpartition("/")[2]
    rows = ExternalId.objects.filter(kind=kind, source__in=SERVICES, value=value[:80])
    return list(rows.values_list("entity_id", flat=True))


def by_beginning(kind: str, term: str) -> list[int]:
    """Artists or albums whose name or title begins so, as the search box reads it."""
    artists = kind == SearchEntry.Kind.ARTIST
    key = normalise_name(term) if artists else normalise_title(term)
    entries = SearchEntry.objects.filter(kind=kind, normalised__startswith=key)
    return list(entries.values_list("entity_id", flat=True)[:FOUND_AT_MOST])
