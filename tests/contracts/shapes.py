"""The shape of a JSON answer: at which path stands which type, and what is always there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass
class Shape:
    """`types` of each path ("releases[].id"), `seen` how often it was there and `parents` how often
    the object that it belongs to was."""

    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    parents: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, value: Any, path: str = "") -> Shape:
        """Counts one more answer in."""
        self.types[path].add(kind_of(value))
        if isinstance(value, dict):
            self.parents[path] += 1
            for key, inner in value.items():
                below = f"{path}.{key}" if path else key
                self.seen[below] += 1
                self.add(inner, below)
        elif isinstance(value, list):
            for inner in value:
                self.add(inner, f"{path}[]")
        return self

    def always(self, path: str) -> bool:
        """Whether every object that could have it has it."""
        parent = path.rpartition(".")[0]
        return 0 < self.parents[parent] == self.seen[path]


def kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    return "string" if isinstance(value, str) else "number"


@dataclass(frozen=True)
class Excuse:
    """One line of aged.json: a pattern of paths, what may be there ("missing", or a type of ours),
    and why."""

    pattern: str
    what: tuple[str, ...]
    why: str

    @classmethod
    def read(cls, pattern: str, line: str) -> Excuse:
        what, colon, why = line.partition(": ")
        if not colon:
            raise ValueError(f"{pattern}: say what is excused, and why: {line!r}")
        return cls(pattern, tuple(what.split(" or ")), why)

    def covers(self, path: str, what: str) -> bool:
        return what in self.what and fnmatchcase(path, self.pattern.replace("[]", "[[][]]"))


@dataclass
class Excuses:
    """Those of one endpoint; `used` are the patterns that something needed."""

    rows: list[Excuse] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def let_pass(self, path: str, what: str) -> bool:
        found = next((one for one in self.rows if one.covers(path, what)), None)
        if found is not None:
            self.used.add(found.pattern)
        return found is not None


def faults(ours: Shape, recorded: Shape, excuses: Excuses) -> Iterator[str]:
    """What a sandbox's answers get wrong: a key missing that all recorded answers have, another
    type, a null where no recorded answer has one. Paths that were never recorded are free, for
    recordings are few; so is what an excuse covers: that fault at that path, and no other."""
    if "null" in ours.types[""]:
        yield "no answer"
    for path in sorted(recorded.seen):
        parent = path.rpartition(".")[0]
        lacking = recorded.always(path) and ours.parents[parent] and not ours.always(path)
        if lacking and not excuses.let_pass(path, "missing"):
            yield f"{path} is missing"
        if recorded.types[path] == {"null"}:
            continue  # never seen with a value: any type may be right
        odd = ours.types.get(path, set()) - recorded.types[path]
        wrong = [kind for kind in sorted(odd) if not excuses.let_pass(path, kind)]
        if wrong:
            right = "/".join(sorted(recorded.types[path]))
            yield f"{path} is {'/'.join(wrong)}, not {right}"
