"""Indexes of names that begin with the name and not with the kind: half of the rows have the same
kind, and sorting compared it again and again (an import made them in twice the time). The new ones
come first and concurrently, so that no reader is ever without one and no writer waits."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


def _popular(kind: str) -> AddIndexConcurrently:
    return AddIndexConcurrently(
        model_name="searchentry",
        index=models.Index(
            fields=["normalised"],
            opclasses=["varchar_pattern_ops"],
            include=("popularity", "entity_id"),
            condition=Q(popular=True, kind=kind),
            name=f"search_entry_popular_{kind}",
        ),
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("catalog", "0014_names_for_the_admin")]

    operations: ClassVar = [
        AddIndexConcurrently(
            model_name="externalid",
            index=models.Index(fields=["entity_id", "kind"], name="external_id_of_entity"),
        ),
        AddIndexConcurrently(
            model_name="searchentry",
            index=models.Index(
                fields=["normalised", "kind"],
                opclasses=["varchar_pattern_ops", "varchar_ops"],
                name="search_entry_begins",
            ),
        ),
        _popular("artist"),
        _popular("album"),
        RemoveIndexConcurrently(model_name="externalid", name="external_id_entity"),
        RemoveIndexConcurrently(model_name="searchentry", name="search_entry_start"),
        RemoveIndexConcurrently(model_name="searchentry", name="search_entry_popular_start"),
    ]
