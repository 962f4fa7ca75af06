"""How well marketplace listings are sorted: wrong ones let through, right ones dropped.

    python -m bench.listing_filter [--half tune|test] [--show]

Reads bench/data/listing_titles.csv: 332 titles written for this purpose (invented wording, albums
that exist), each labelled with whether it is a vinyl copy of the album and why. The rules were made
with the half "tune" in view; the half "test" has other albums, and its wrong answers were not
looked at while the rules were made. No database, no network; a second.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pricing.listing_rules import unfit_because

TITLES = Path(__file__).parent / "data" / "listing_titles.csv"


@dataclass(frozen=True)
class Row:
    """One labelled title and what the rules said of it: "" for a copy of the album."""

    half: str
    artist: str
    title: str
    listing: str
    fits: bool
    why: str
    language: str
    said: str

    @property
    def right(self) -> bool:
        return self.fits == (not self.said)


def read(path: Path = TITLES) -> list[Row]:
    """The labelled titles, judged."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Row(
                half=row["half"],
                artist=row["artist"],
                title=row["title"],
                listing=row["listing"],
                fits=row["fits"] == "1",
                why=row["why"],
                language=row["language"],
                said=unfit_because(row["listing"], artist=row["artist"], title=row["title"]),
            )
            for row in csv.DictReader(lines)
        ]


def shares(rows: Sequence[Row]) -> tuple[int, int, int, int]:
    """(wrong ones let through, wrong ones, right ones dropped, right ones)."""
    wrong = [row for row in rows if not row.fits]
    good = [row for row in rows if row.fits]
    return (
        sum(not row.right for row in wrong), len(wrong),
        sum(not row.right for row in good), len(good),
    )  # fmt: skip


def _line(name: str, rows: Sequence[Row]) -> str:
    through, wrong, dropped, good = shares(rows)
    left = f"{through:3}/{wrong:3} ({through / wrong:5.1%})" if wrong else " " * 15
    right = f"{dropped:3}/{good:3} ({dropped / good:5.1%})" if good else ""
    return f"{name:24} {left}   {right}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("tune", "test"), help="only these albums")
    parser.add_argument("--show", action="store_true", help="name every title judged wrongly")
    options = parser.parse_args()
    rows = [row for row in read() if options.half in (None, row.half)]
    print(f"{len(rows)} titles          wrong let through      right dropped")
    for half in ("tune", "test"):
        if some := [row for row in rows if row.half == half]:
            print(_line(f"half {half}", some))
    print(_line("all", rows))
    for part in ("language", "why"):
        print()
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[getattr(row, part)].append(row)
        for name, some in sorted(groups.items(), key=lambda pair: -len(pair[1])):
            print(_line(name, some))
    if options.show:
        print()
        for row in rows:
            if not row.right:
                print(f"{row.half} {row.why}: {row.listing!r} said {row.said or 'fits'}")


if __name__ == "__main__":
    main()
