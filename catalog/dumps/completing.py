"""After the last row of a first load: everything that makes the rows findable, over two
connections at once."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from psycopg import Connection

from catalog import search_sql
from catalog.dumps import finishing, settling, structures
from catalog.dumps.filling import Bases
from catalog.dumps.structures import Structure

# These rows are never changed by the settling, so their indexes need not wait for it.
_SETTLED = frozenset(("catalog_releaselabel", "catalog_releaseformat", "catalog_releaseidentifier"))


def complete(one: Connection, other: Connection, bases: Bases, aside: list[Structure]) -> None:
    """Artists, masters, search entries, then indexes and statistics. Safe to run twice."""
    steps: deque[list[Structure] | str] = deque()
    settled = Event()
    early = [structure for structure in aside if structure.table in _SETTLED]
    late = [structure for structure in aside if structure.table not in _SETTLED]

    def settle() -> None:
        try:
            settling.settle(one, bases)
            _mark(one)
            # The longest first: those of the search entries.
            late.sort(key=lambda structure: structure.table, reverse=True)
            steps.extend([structure] for structure in late)
            steps.extend(structures.TABLES)
        finally:
            settled.set()
        work(one)

    def begin() -> None:
        structures.make_again(other, early)
        settled.wait()
        work(other)

    def work(db: Connection) -> None:
        while steps:
            try:
                step = steps.popleft()
            except IndexError:
                return
            if isinstance(step, str):
                finishing.analyse(db, (step,))
            else:
                structures.make_again(db, step)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(settle), pool.submit(begin)]:
            done.result()
    structures.without_defaults(one)


def _mark(db: Connection) -> None:
    """Which entries are ranked as a whole, and the words of theirs that may be mistyped."""
    for kind, most in search_sql.POPULAR.items():
        db.execute(search_sql.MARK_POPULAR, [most, kind])
    db.execute(search_sql.ADD_WORDS)
