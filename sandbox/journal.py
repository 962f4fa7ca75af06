"""What the sandbox was asked, by whom: its own count, to compare with the product's."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 2000


@dataclass(frozen=True)
class Line:
    at: float
    upstream: str
    method: str
    path: str
    query: str
    status: int
    user_agent: str
    address: str
    fault: str


class Journal:
    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.by_upstream: Counter[str] = Counter()
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.by_user_agent: Counter[str] = Counter()

    def note(self, line: Line) -> None:
        self.lines.append(line)
        self.by_upstream[line.upstream] += 1
        self.by_path[f"{line.upstream} {line.method} {line.path}"] += 1
        self.by_status[f"{line.upstream} {line.status}"] += 1
        self.by_user_agent[f"{line.upstream} {line.user_agent}"] += 1

    def report(self) -> dict[str, Any]:
        return {
            "total": sum(self.by_upstream.values()),
            "by_upstream": dict(self.by_upstream),
            "by_path": dict(self.by_path),
            "by_status": dict(self.by_status),
            "by_user_agent": dict(self.by_user_agent),
            "requests": [asdict(line) for line in self.lines],
        }
