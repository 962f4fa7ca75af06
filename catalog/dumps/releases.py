"""The releases of a dump file, loaded by several processes at once.

This process unpacks and hands out blocks in shared memory; the others parse them and COPY the
rows, some blocks at a time. A chunk is one block: it is in the database whole, with a note of its
number, or not at all, so that an import that was killed goes on with the chunks that are missing.
"""

from __future__ import annotations

import gc
import multiprocessing
import queue
import signal
import sys
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from catalog.dumps.files import Damaged, DumpFile
from catalog.dumps.filling import Bases
from catalog.dumps.first import FirstLoader
from catalog.dumps.loading import ChunkLoader
from catalog.dumps.memory import keep_freed_memory
from catalog.dumps.native import Library

# Forked, a loading process has its code at once and shares it; it makes connections of its own,
# never touches those it inherits, and ends without closing them. Elsewhere forking is not safe.
_processes: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
_LONGEST_SILENCE = 600.0
_LOOKS_AROUND = 10.0

Tell = Callable[[int, Counter[str]], None]


class LoaderDied(Exception):
    """A loading process ended; the message says with what."""


def load_releases(
    path: Path,
    *,
    dsn: str,
    dump_id: int,
    done: set[int],
    bases: Bases | None,
    chunk_bytes: int,
    processes: int,
    library: Path | None,
    tell: Tell,
) -> Counter[str]:
    """Load all chunks of the file whose numbers are not in `done`; `bases` are those of the ids
    when the catalogue is loaded for the first time, `library` the quick way's where there is one.

    `tell(position, counts)` is called when chunks were stored, with the bytes of the packed file
    that have been read. Returns the counts of this run. Damaged when the file is (all before the
    damage is stored then), LoaderDied when a process ends early.
    """
    slots = processes + 1
    # It has no name in the system: nothing is left of it, whoever is killed, and no process of its
    # own has to look after it.
    memory: Any = _processes.RawArray("B", slots * chunk_bytes)
    tasks: Any = _processes.Queue()
    answers: Any = _processes.Queue()
    workers = [
        _processes.Process(
            target=_load_chunks,
            args=(tasks, answers, memory, chunk_bytes, dsn, dump_id, bases, library),
            daemon=True,
        )
        for _ in range(processes)
    ]
    gc.freeze()  # counting what is there already would copy the pages that it lies in
    for worker in workers:
        worker.start()
    gc.unfreeze()
    desk = _Desk(memory, chunk_bytes, slots, tasks, answers, workers, tell)
    try:
        damage = desk.hand_out(path, done)
        desk.finish()
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    if damage is not None:
        raise damage
    return desk.counts


class _Desk:
    """Which slots of the shared memory are free, and what came back."""

    def __init__(
        self,
        memory: Any,
        chunk_bytes: int,
        slots: int,
        tasks: Any,
        answers: Any,
        workers: list[Any],
        tell: Tell,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._memory = memory
        self._chunk_bytes = chunk_bytes
        self._free = list(range(slots))
        self._out = 0
        self._tasks = tasks
        self._answers = answers
        self._workers = workers
        self._tell = tell
        self._position = 0

    def hand_out(self, path: Path, done: set[int]) -> Damaged | None:
        file = DumpFile(path, "release")
        try:
            view = _bytes_of(self._memory)
            for number in count():
                while not self._free:
                    self._take_answer()
                slot = self._free[-1]
                start = slot * self._chunk_bytes
                with view[start : start + self._chunk_bytes] as room:
                    length = file.fill(room)
                self._position = file.position
                if not length:
                    break
                if number not in done:
                    self._free.pop()
                    self._tasks.put((slot, number, length))
                    self._out += 1
        except Damaged as damage:
            return damage
        finally:
            file.close()
        return None

    def finish(self) -> None:
        """Each loading process ends with an answer of its own: what it had still to store."""
        for _ in self._workers:
            self._tasks.put(None)
            self._out += 1
        while self._out:
            self._take_answer()

    def _take_answer(self) -> None:
        waited = 0.0
        while True:
            try:
                slot, counts, error = self._answers.get(timeout=1.0)
                break
            except queue.Empty:
                waited += 1.0
                gone = [one.exitcode for one in self._workers if one.exitcode]
                if gone:
                    raise LoaderDied(f"a loading process ended with status {gone[0]}") from None
                if waited > _LONGEST_SILENCE:
                    raise LoaderDied("the loading processes answer no more") from None
        if error is not None:
            raise LoaderDied(error)
        self._out -= 1
        if slot is not None:
            self._free.append(slot)
        if counts:
            self.counts.update(counts)
            self._tell(self._position, self.counts)


def _load_chunks(
    tasks: Any,
    answers: Any,
    memory: Any,
    chunk_bytes: int,
    dsn: str,
    dump_id: int,
    bases: Bases | None,
    library: Path | None,
) -> None:
    """A loading process: chunks until there are no more."""
    # Ctrl-C reaches all processes of a terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()
    try:
        loader: FirstLoader | ChunkLoader
        quick = Library(library) if library is not None else None
        if bases is None:
            loader = ChunkLoader(dsn, dump_id, quick)
        else:
            loader = FirstLoader(dsn, dump_id, bases, quick)
        while (task := _next(tasks)) is not None:
            slot, number, length = task
            start = slot * chunk_bytes
            block = bytes(_bytes_of(memory)[start : start + length])
            answers.put((slot, loader.load(number, block), None))
        rest = loader.flush() if isinstance(loader, FirstLoader) else Counter()
        answers.put((None, rest, None))
        loader.close()
    except Exception as error:  # told to the other process, which ends the import
        answers.put((-1, None, f"{type(error).__name__}: {error}"))
        raise


def _next(tasks: Any) -> Any:
    """The next task; None, too, when nobody is left to give one."""
    parent = multiprocessing.parent_process()
    while True:
        try:
            return tasks.get(timeout=_LOOKS_AROUND)
        except queue.Empty:
            if parent is not None and not parent.is_alive():
                return None


def _bytes_of(memory: Any) -> memoryview:
    """The shared bytes."""
    return memoryview(memory).cast("B")
