"""What the sandbox was asked, by whom: its own count, to compare with the product's."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 5000
# Paths with this many different ones would fill the memory of a long run.
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Line:
    """One request. ``caller`` is a person, an application or the short mark of a token, never the
    token; ``query`` has its secrets taken out. ``at`` is the sandbox's clock when it was answered;
    ``began`` and ``took``, in seconds, go by this machine's clock, which no speed changes: from
    when the request was read to when its answer was handed on."""

    at: float
    upstream: str
    method: str
    path: str
    query: str
    status: int
    user_agent: str
    address: str
    caller: str
    fault: str
    began: float = 0.0
    took: float = 0.0


class Journal:
    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.by_upstream: Counter[str] = Counter()
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.by_user_agent: Counter[str] = Counter()
        self.by_caller: Counter[str] = Counter()
        self.by_address: Counter[str] = Counter()
        self.by_fault: Counter[str] = Counter()
        self.rows: Counter[tuple[str, str, str, int, str, str]] = Counter()

    def note(self, line: Line) -> None:
        name = line.upstream
        self.lines.append(line)
        self.by_upstream[name] += 1
        self.by_path[f"{name} {line.method} {line.path}"] += 1
        self.by_status[f"{name} {line.status}"] += 1
        self.by_user_agent[f"{name} {line.user_agent}"] += 1
        self.by_caller[f"{name} {line.caller or 'nobody'}"] += 1
        self.by_address[f"{name} {line.address}"] += 1
        if line.fault:
            self.by_fault[f"{name} {line.fault}"] += 1
        row = (name, line.method, line.path, line.status, line.caller, line.address)
        if row in self.rows or len(self.rows) < MOST_ROWS:
            self.rows[row] += 1

    def report(self, upstream: str = "") -> dict[str, Any]:
        """All counts since the last reset, and the newest requests; ``upstream`` picks one."""
        names = ("upstream", "method", "path", "status", "caller", "address")
        totals = {
            f"by_{name}": dict(getattr(self, f"by_{name}"))
            for name in ("upstream", "path", "status", "user_agent", "caller", "address", "fault")
        }
        return {
            "total": sum(self.by_upstream.values()),
            **totals,
            "rows": [
                {**dict(zip(names, row, strict=True)), "count": count}
                for row, count in self.rows.items()
                if upstream in ("", row[0])
            ],
            "requests": [asdict(line) for line in self.lines if upstream in ("", line.upstream)],
        }
