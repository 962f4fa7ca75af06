"""The shape of a JSON answer: at which path stands which type, and what is always there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
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


def faults(ours: Shape, recorded: Shape, forgiven: list[str]) -> Iterator[str]:
    """What a sandbox's answers get wrong: a key missing that all recorded answers have, another
    type, a null where no recorded answer has one. Paths that were never recorded are free, for
    recordings are few; so are those that match a pattern of `forgiven`."""
    if "null" in ours.types[""]:
        yield "no answer"
    for path in sorted(recorded.seen):
        if any(fnmatch(path, pattern.replace("[]", "[[][]]")) for pattern in forgiven):
            continue
        parent = path.rpartition(".")[0]
        if recorded.always(path) and ours.parents[parent] and not ours.always(path):
            yield f"{path} is missing"
        if recorded.types[path] == {"null"}:
            continue  # never seen with a value: any type may be right
        wrong = ours.types.get(path, set()) - recorded.types[path]
        if wrong:
            right = "/".join(sorted(recorded.types[path]))
            yield f"{path} is {'/'.join(sorted(wrong))}, not {right}"
