"""The words that find an entry are parted at blanks, which they are written with, and no more by
PostgreSQL's parser of English text: it takes twice as long and parts words of some scripts. The new
indexes come first and concurrently, so that no reader is ever without one and no writer waits."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations
from django.db.models import Func, Q

VECTOR = """
    CASE WHEN octet_length(words) < 2047
        THEN array_to_tsvector(array_remove(string_to_array(words, ' '), ''))
        ELSE to_tsvector('simple'::regconfig, words) END
"""


def _words(name: str, *, popular: bool) -> AddIndexConcurrently:
    return AddIndexConcurrently(
        model_name="searchentry",
        index=GinIndex(
            Func("words", template=VECTOR),
            fastupdate=False,
            condition=Q(popular=popular),
            name=name,
        ),
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("catalog", "0015_sorted_without_kind")]

    operations: ClassVar = [
        _words("search_entry_popular_parts", popular=True),
        _words("search_entry_other_parts", popular=False),
        RemoveIndexConcurrently(model_name="searchentry", name="search_entry_popular_words"),
        RemoveIndexConcurrently(model_name="searchentry", name="search_entry_other_words"),
    ]
