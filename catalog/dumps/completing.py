"""After the last row of a first load: everything that makes the rows findable, over two
connections at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from threading import Event

from psycopg import Connection

from catalog import search_sql
from catalog.dumps import emptied, finishing, settling, structures, touched
from catalog.dumps.filling import Bases
from catalog.dumps.structures import Structure

Step = Callable[[Connection], None]
_ENTRY = "catalog_searchentry"
_SEARCHED = (_ENTRY, "catalog_searchword")
# Seconds between two attempts to stop what a connection does.
_BETWEEN = 0.1
# A sample of 300 rows for each of so many values.
_SAMPLE = 10
# These rows are not changed by the settling, pressings only where their album was there before: so
# their indexes need not wait for it.
_SETTLED = frozenset(
    (
        "catalog_releaselabel", "catalog_releaseformat", "catalog_releaseidentifier",
        "catalog_release",
    )
)  # fmt: skip


def complete(one: Connection, other: Connection, bases: Bases, aside: list[Structure]) -> None:
    """Artists, masters, ids and search entries, then indexes and statistics. Safe to run twice."""
    for db in (one, other):
        # Whole tables are read from their start, which the system reads ahead by itself: asking
        # PostgreSQL's reading processes for each piece costs more than reading it.
        db.execute("SET effective_io_concurrency = 0")
        db.execute("SET maintenance_io_concurrency = 0")
        # Enough to plan with: these columns are looked up by single values. Vacuuming by itself
        # takes the usual sample of all columns soon after.
        db.execute(f"SET default_statistics_target = {_SAMPLE}")
    early = [each for each in aside if each.table in _SETTLED and not each.is_foreign_key]
    late = [each for each in aside if each not in early]
    settled, searchable = Event(), Event()
    making = partial(_making, frozenset(structures.secondary(one)))
    # Taken from the left; what the search box reads comes last.
    steps: deque[Step] = deque()
    # Adding one waits until nobody reads the table or makes an index of it, and who wants to read
    # it then waits as well: so at the end, and not while the entries of the search box are made,
    # which takes minutes of millions of albums.
    keys = [each for each in late if each.is_primary_key]
    searching = [each for each in late if each.table in _SEARCHED and each not in keys]
    steps.append(settling.fill_ids)
    steps.extend(making(each) for each in late if each not in searching and each not in keys)
    later = _SETTLED | set(_SEARCHED)
    steps.extend(_analysing(table) for table in structures.TABLES if table not in later)

    def first() -> None:
        settling.settle(one, bases)
        settled.set()
        settling.fill_search(one)
        # The entries first, whose indexes take longest.
        steps.extendleft(
            making(structure) for structure in reversed(searching) if structure.table == _ENTRY
        )
        searchable.set()
        one.execute(search_sql.ADD_WORDS)
        steps.extendleft(making(structure) for structure in searching if structure.table != _ENTRY)
        steps.extend(map(_analysing, _SEARCHED))
        steps.extend(making(key) for key in keys)
        _work(steps, one)

    def second() -> None:
        for structure in early:
            making(structure)(other)
        # Only now do they have indexes, which say what statistics are wanted of.
        finishing.analyse(other, tuple(sorted(_SETTLED)))
        settled.wait()
        _work(steps, other)
        searchable.wait()
        _work(steps, other)

    with ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(_setting_at_the_end, first, settled, searchable), pool.submit(second)]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            # Somebody stopped it, or one of both failed: the other need not go to the end, which
            # may take minutes. All steps are safe to run again. A statement that begins just now is
            # not hit at once.
            steps.clear()
            while wait(tasks, timeout=_BETWEEN).not_done:
                for db in (one, other):
                    db.cancel()
            raise
    settling.clear(one)
    # What had to be stored release by release.
    emptied.finish(one)
    touched.finish(one)
    structures.as_before(one)


def _work(steps: deque[Step], db: Connection) -> None:
    while True:
        try:
            step = steps.popleft()
        except IndexError:
            return
        step(db)


def _making(there: frozenset[Structure], structure: Structure) -> Step:
    return lambda db: structures.make_again(db, [structure], there)


def _analysing(table: str) -> Step:
    return lambda db: finishing.analyse(db, (table,))


def _setting_at_the_end(work: Callable[[], None], *events: Event) -> None:
    """Whoever waits for them goes on, also where the work failed."""
    try:
        work()
    finally:
        for event in events:
            event.set()
