"""Lookups of the database that Django lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Field, ForeignObject, Lookup

# Django's own class takes no type when the program runs.
if TYPE_CHECKING:
    AnyLookup = Lookup[Any]
else:
    AnyLookup = Lookup


def id_list(ids: Iterable[Any]) -> str:
    """Whole numbers as PostgreSQL writes an array."""
    return f"{{{','.join([str(int(one)) for one in ids])}}}"


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(AnyLookup):
    """``album_id__any=ids``: as `__in`, but one value for the database however many ids there are.

    Django writes three hundred marks for three hundred ids, and walks each through several hands;
    PostgreSQL reads and plans both forms alike. Ids only (whole numbers); nothing is found for
    none.
    """

    lookup_name = "any"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[Any]) -> None:
        super().__init__(lhs, id_list(rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if self.rhs == id_list(()):
            raise EmptyResultSet  # as `__in`: nothing is asked
        left, given = self.process_lhs(compiler, connection)
        return f"{left} = ANY (%s::bigint[])", (*given, self.rhs)
