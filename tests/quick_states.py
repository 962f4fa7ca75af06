"""Migrating without what takes Django longest: making every field of every model anew.

A migration is given models as they were at its time. For each step Django makes those it touches,
and all that they lead to, again, and every field of theirs from its own description: some hundred
thousand fields on the way through all migrations. A copy of a field that no model has taken up yet
is the same field. What is done to the database stays Django's own, step by step.
"""

import copy
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.db.models.fields import Field


@contextmanager
def quick_states() -> Iterator[None]:
    """Migrate inside: the same statements in half the time."""
    gc.collect()
    gc.freeze()  # thousands of models come and go: the collector need not look at the rest
    with mock.patch.object(Field, "clone", copy.deepcopy):
        yield
