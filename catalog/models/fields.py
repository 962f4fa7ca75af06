"""Columns of kinds that Django does not bring."""

from __future__ import annotations

from typing import Any

from django.db import models


class WrittenJSONField(models.JSONField):
    """JSON that is only ever read whole, kept as it was written (PostgreSQL's `json`).

    `jsonb` takes a text apart and sorts its keys when it is stored, so that single keys can be
    asked for: half of what storing a pressing costs. Nobody asks for a key of a tracklist. Such a
    column has no equality: leave it out of queries with DISTINCT.
    """

    def db_type(self, connection: Any) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The driver reads `json` by itself."""
        return value
