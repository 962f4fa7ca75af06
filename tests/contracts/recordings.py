"""The recorded bodies: our own beside this file, and those of the folder VINILOGY_RECORDINGS."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.endpoints import ENDPOINTS, JUDGES, Endpoint
from tests.upstreams.scripted import Reply

OWN = Path(__file__).parent / "bodies"
# Bodies that their source spoiled, and which must be refused for it.
MUST_REFUSE = ("decimal commas",)


@dataclass(frozen=True)
class Recording:
    """A body and its line in index.json. `fidelity`: R recorded, F verbatim, T cut, Q quoted,
    D from documentation, E edited by somebody."""

    folder: Path
    row: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.folder.name}/{self.row['file']}"

    @property
    def upstream(self) -> str:
        return str(self.row["upstream"])

    @property
    def key(self) -> tuple[str, str]:
        return self.upstream, str(self.row["endpoint"])

    @property
    def endpoint(self) -> Endpoint | None:
        return ENDPOINTS.get(self.key)

    @property
    def is_error(self) -> bool:
        return self.row["endpoint"] == "errors" and self.upstream in JUDGES

    @property
    def fidelity(self) -> str:
        return str(self.row.get("fidelity") or "E")

    @property
    def must_be_refused(self) -> bool:
        quirks = str(self.row.get("quirks") or "").lower()
        return any(word in quirks for word in MUST_REFUSE)

    @property
    def body(self) -> bytes:
        return (self.folder / self.row["file"]).read_bytes()

    @property
    def reply(self) -> Reply:
        headers = {"Content-Type": "application/json"}
        for name, value in (self.row.get("headers") or {}).items():
            if name.lower().startswith(("x-", "retry-after", "content-type", "www-")):
                headers[name] = value
        return Reply(self.body, status=self.row.get("status") or 200, headers=headers)


def recordings() -> Iterator[Recording]:
    """Every line of every index, known endpoint or not."""
    named = os.environ.get("VINILOGY_RECORDINGS", "")
    for folder in [OWN, *([Path(named)] if named else [])]:
        for row in json.loads((folder / "index.json").read_text(encoding="utf-8")):
            yield Recording(folder, row)
