"""Load Discogs' monthly dump files."""

from __future__ import annotations

import time
from argparse import Action, ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from catalog.dumps import files
from catalog.dumps.connecting import AnotherRuns
from catalog.dumps.importing import (
    Imported,
    import_releases,
    import_small,
    measure_coverage,
    quick_way,
)
from catalog.dumps.releases import LoaderDied
from catalog.dumps.small_files import MERGED
from vinyl.embedded.command import DatabaseCommand, at_least

# Releases first: they decide which artists, labels and masters matter.
KINDS = ("releases", "masters", "artists", "labels")
# The share that is shown until all is stored.
_NEARLY = 0.99
_LEFT_OUT = {
    "releases": "not on a medium that is collected here",
    "masters": "no pressing here has them",
    "artists": "nobody of that number is credited here",
    "labels": "no pressing here is on them",
}
_TOLD = (
    files.Damaged, files.OtherFile, files.Older, files.ChecksumDiffers, AnotherRuns, LoaderDied,
)  # fmt: skip


class _Once(Action):
    """An option that is given once: of two files the last one would win unsaid."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} names one file; run the command again for another one")
        setattr(namespace, self.dest, values)


class Command(DatabaseCommand):
    # They look at addresses, templates and the like, which take as long as 20,000 records.
    requires_system_checks = ()
    when_stopped = ": what was stored stays, and run again it goes on"
    help = (
        "Load the monthly Discogs dump files (discogs_YYYYMMDD_*.xml.gz) as they were published. "
        "Safe to stop and run again: it goes on where it was, and next month's files change only "
        "what is new. A *CHECKSUM.txt beside a file is checked before anything is read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for kind in KINDS:
            parser.add_argument(
                f"--{kind}", type=Path, action=_Once, metavar="FILE", help=f"the {kind} file"
            )
        parser.add_argument(
            "--processes",
            type=at_least(1, 32),
            default=2,
            help="loading processes for the releases (2)",
        )

        parser.add_argument(
            "--older",
            action="store_true",
            help="load a file of an earlier month than what is here, which undoes later changes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [(kind, options[kind]) for kind in KINDS if options[kind] is not None]
        if not wanted:
            raise CommandError("name at least one file, such as --releases FILE")
        for _, path in wanted:
            if not path.is_file():
                raise CommandError(f"there is no file {path}")
        damages = []
        try:
            for kind, path in wanted:
                damages.append(self._load(kind, path, options))
        except KeyboardInterrupt:
            self._end_line()
            raise
        except CommandError as worse:
            measure_coverage()
            raise CommandError("\n".join(filter(None, [*damages, str(worse)]))) from worse
        measure_coverage()
        if told := "\n".join(filter(None, damages)):
            raise CommandError(told)

    def _load(self, kind: str, path: Path, options: dict[str, Any]) -> str:
        """What is wrong with a file that was read to its end; a worse one ends the command."""
        started = time.monotonic()
        progress = Progress(self.stdout, kind)
        try:
            if kind == "releases":
                done = import_releases(
                    path,
                    processes=options["processes"],
                    library=self._quick_way(),
                    older=options["older"],
                    tell=progress.tell,
                    stored=progress.stored,
                )
            else:
                done = import_small(kind, path, older=options["older"], tell=progress.tell)
        except _TOLD as error:
            self._end_line()
            raise CommandError(str(error)) from error
        progress.end(done.counts["read"])
        self._end_line()
        self._summary(kind, path, done, time.monotonic() - started)
        return done.damage

    def _quick_way(self) -> Path | None:
        """The compiled library; says in one line whether there is one."""
        quick = quick_way()
        if quick.path is not None:
            self.stdout.write("Records are read by the compiled library.")
        else:
            self.stdout.write(
                f"Records are read in Python ({quick.reason}). With a C compiler (`apt install "
                "gcc libc6-dev`, setting DUMP_COMPILER) it is quicker."
            )
        return quick.path

    def _end_line(self) -> None:
        if self.stdout.isatty():
            self.stdout.write("")

    def _summary(self, kind: str, path: Path, done: Imported, seconds: float) -> None:
        counts = done.counts
        silent = ", ".join(one.name for one in files.checksum_files(path))
        checked = "checksum right" if done.verified else "no checksum beside it"
        if silent and not done.verified:
            checked = f"not checked: {silent} does not name it"
        self.stdout.write(
            f"{path.name} ({checked}): {counts['read']:,} records read in {seconds:,.1f} s, "
            f"{counts['stored']:,} new, {counts['updated']:,} changed, "
            f"{counts['unchanged']:,} as before."
        )
        if kind == "releases":
            self.stdout.write(f"{done.finishing:,.1f} s of it after the last record.")
        if kind == "releases" and (kept := counts["stored"] + counts["updated"]):
            share = counts["careful"] / kept
            self.stdout.write(
                f"{counts['careful']:,} records ({share:.1%}) needed the full parser."
            )
        told = sum(counts[name] for name in ("stored", "updated", "unchanged"))
        for name, number in sorted(counts.items()):
            if name.startswith("skipped"):
                self.stdout.write(f"{name}: {number:,}")
                told += number
        if merged := counts[MERGED]:
            self.stdout.write(
                f"left out, because these {kind} were merged into others here: {merged:,}"
            )
        if left := counts["read"] - told - merged:
            self.stdout.write(f"left out, because {_LEFT_OUT[kind]}: {left:,}")
        if left and done.releases_missing:
            self.stdout.write(
                "Only what pressings here mention is kept, and this month's releases are not "
                f"loaded yet: load them with --releases, then run this again with --{kind}."
            )
        for lost, where in (
            (done.other_medium, "on no collected medium in this file"),
            (done.missing, "not in this file"),
        ):
            if lost:
                self.stdout.write(
                    f"{lost:,} {'pressing' if lost == 1 else 'pressings'} held here "
                    f"{'is' if lost == 1 else 'are'} {where}: kept, because shelves, wants and "
                    f"prices hang on {'it' if lost == 1 else 'them'}."
                )


class Progress:
    """A line that is redrawn on a terminal; one line per tenth elsewhere."""

    def __init__(self, out: OutputWrapper, kind: str) -> None:
        self._out = out
        self._kind = kind
        self._started = time.monotonic()
        self._shown = -1
        self._read = 0

    def tell(self, at: int, size: int, counts: Counter[str]) -> None:
        """`at` of `size` bytes have been read; what was read last is still being stored."""
        self._read = counts["read"]
        share = min(_NEARLY, at / size) if size else _NEARLY
        step = int(share * 200) if self._out.isatty() else int(share * 10)
        if step == self._shown:
            return
        self._shown = step
        seconds = time.monotonic() - self._started
        rest = seconds / share - seconds if share else 0.0
        self._write(f"{self._line(share, seconds)}, about {_time(rest)} left")

    def stored(self) -> None:
        """All records are; what follows has no bar of its own."""
        if self._shown >= 0:
            self._write(f"{self._kind}: {self._read:,} records read, making them findable")

    def end(self, read: int) -> None:
        """All is done; `read` records by this attempt and those that it went on from."""
        if self._shown >= 0:
            self._write(self._line(1.0, time.monotonic() - self._started, read))

    def _line(self, share: float, seconds: float, read: int | None = None) -> str:
        rate = self._read / seconds if seconds else 0.0
        read = self._read if read is None else read
        return f"{self._kind}: {share:4.0%}  {read:,} records, {rate:,.0f} a second"

    def _write(self, line: str) -> None:
        if self._out.isatty():
            self._out.write(f"\r{line:<78}", ending="")
        else:
            self._out.write(line)
        self._out.flush()


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
