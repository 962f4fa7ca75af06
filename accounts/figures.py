"""How many people listen to an artist or album, for pages of lower apps that may not know us."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count

from accounts.models import Listening
from catalog.queries import of_albums, present
from catalog.queries.figures import register_listeners


def listeners_of(kind: str, ids: Collection[int]) -> dict[int, int]:
    """People who play these artists or albums ("artist" or "album"), merges followed. One query."""
    rows = Listening.objects.filter(of_albums(ids, kind), kind=kind).order_by()
    counted = rows.annotate(heard=present(kind)).values_list("heard")
    return dict(counted.annotate(people=Count("snapshot__user", distinct=True)))


register_listeners(listeners_of)
