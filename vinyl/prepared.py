"""Reads whose SQL is put together once in a process, and not for each page anew.

To write the text of a small query costs Django more than the database needs to answer it, and
holds the interpreter while others wait. What a page asks at every call is therefore declared once,
as a queryset with marks for the values, and asked with the values of the moment. Rows come out as
the queryset would give them: objects with their relations, or the tuples of `values_list`.

This leans on names of Django that are its own business: a queryset's `_iterable_class`, `_fields`,
`_prefetch_related_lookups` and `_known_related_objects`, what the three iterables ask of a queryset
(`db`, `query.get_compiler`) and of a compiler (`as_sql`, `connection`). They were read in CHECKED;
tests/test_prepared_reads.py compares every prepared read of the product with its queryset, and asks
whoever changes Django's series to look again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    QuerySet,
    ValuesListIterable,
)

from vinyl import standing
from vinyl.lookups import id_list

T = TypeVar("T")
CHECKED = (5, 2)  # Django's series that the names above were read in
# Marks are numbers and texts that nobody asks for.
_NUMBER = 987654321098760000
_KINDS = (ModelIterable, ValuesListIterable, FlatValuesListIterable)


class _Asked:
    """What Django's iterables want to know of a queryset and of its query."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        self.db = DEFAULT_DB_ALIAS
        self.query = self
        self._known_related_objects: dict[Any, Any] = {}
        self._fields = queryset._fields
        self._compiler = compiler

    def get_compiler(self, *_args: Any, **_kwargs: Any) -> Any:
        return self._compiler


class _Standing:
    """A connection whose cursors keep their statements ready."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        return standing.cursor()


class Prepared(Generic[T]):
    """A read, declared by how its queryset is built.

    `build` gets a mark for each of `values`, by name: a number for `int`, a text for `str`, a time
    for `datetime`, a list of one number for `list` (``id__any=ids``). It must not look at the time,
    the language or a setting: what it makes is kept. Nothing is asked before the first use.

        _COPIES = Prepared(lambda person: Owned.objects.filter(user_id=person), person=int)
        copies = _COPIES.all(person=7)
    """

    def __init__(self, build: Callable[..., QuerySet[Any, T]], **values: type) -> None:
        self.build, self.values = build, values
        self._made: tuple[Any, Any, str, tuple[Any, ...], dict[int, str]] | None = None

    def all(self, **values: Any) -> list[T]:
        """The rows. One query."""
        queryset, compiler, sql, params, places = self._made or self._make()
        given = list(params)
        for at, name in places.items():
            value = values[name]
            given[at] = id_list(value) if self.values[name] is list else value
        own = copy.copy(compiler)
        own.connection = self._connection()
        own.as_sql = lambda *_args, **_kwargs: (sql, tuple(given))
        return list(queryset._iterable_class(_Asked(queryset, own)))

    def first(self, **values: Any) -> T | None:
        """The first row; None where there is none. One query."""
        found = self.all(**values)
        return found[0] if found else None

    def _connection(self) -> Any:
        return connections[DEFAULT_DB_ALIAS]  # each thread has its own

    def _make(self) -> tuple[Any, Any, str, tuple[Any, ...], dict[int, str]]:
        marks = {
            name: _mark(name, kind, _NUMBER + place)
            for place, (name, kind) in enumerate(self.values.items())
        }
        queryset: Any = self.build(**marks)
        if queryset._iterable_class not in _KINDS or queryset._prefetch_related_lookups:
            raise TypeError("a prepared read gives objects or values_list, without prefetching")
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        written = {
            id_list(mark) if isinstance(mark, list) else mark: name for name, mark in marks.items()
        }
        places = {
            at: written[param]
            for at, param in enumerate(params)
            if isinstance(param, int | str | datetime) and param in written
        }
        if missing := marks.keys() - places.values():
            raise TypeError(f"the query does not ask for {', '.join(sorted(missing))}")
        self._made = queryset, compiler, sql, tuple(params), places
        return self._made


class Ready(Prepared[T]):
    """One whose statement the database keeps as well (see vinyl.standing): for what nearly every
    page asks, and finds by an index whatever the values are."""

    def _connection(self) -> Any:
        return _Standing(super()._connection())


def _mark(name: str, kind: type, number: int) -> Any:
    if kind is str:
        return f"\ue000{name}\ue001"
    if kind is datetime:
        return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=number % 1000)
    return [number] if kind is list else number
