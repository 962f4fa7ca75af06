"""What changes while the sandbox runs. Everything else is rebuilt from data and fixed seeds."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.limits import Limits


@dataclass
class Memory:
    """The part that may live in a file, so that links survive a restart of the sandbox."""

    discogs_tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    spotify_refresh: dict[str, dict[str, Any]] = field(default_factory=dict)
    spotify_access: dict[str, dict[str, Any]] = field(default_factory=dict)
    lastfm_sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    wants: dict[str, dict[str, dict[str, Any] | None]] = field(default_factory=dict)
    collection_added: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    collection_removed: dict[str, list[int]] = field(default_factory=dict)
    # {instance: {"rating", "folder_id", "notes": {field: value}}}, {number: name}
    collection_changed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    folders: dict[str, dict[str, str]] = field(default_factory=dict)
    playlists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # Offers by number as text: {"status": ..., "cents": ...}; plays: [epoch, album, position]
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    plays: dict[str, list[list[int]]] = field(default_factory=dict)


class State:
    def __init__(self, clock: Clock, path: Path | None = None, *, limits: bool = True) -> None:
        self.clock = clock
        self.path = path
        self._limits_on = limits
        self.limits = Limits(clock, on=limits)
        self.faults = Faults()
        self.journal = Journal()
        self.memory = self._read()
        self.discogs_requests: dict[str, dict[str, Any]] = {}
        self.discogs_nonces: set[tuple[str, str, str]] = set()
        self.spotify_codes: dict[str, dict[str, Any]] = {}
        self.lastfm_tokens: dict[str, tuple[str, float]] = {}
        self.ebay_tokens: dict[str, float] = {}
        self.mail: list[dict[str, Any]] = []
        self.hooks: list[dict[str, Any]] = []

    def _read(self) -> Memory:
        if self.path is None or not self.path.exists():
            return Memory()
        try:
            return Memory(**json.loads(self.path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            return Memory()

    def save(self) -> None:
        """Write the lasting part, whole or not at all."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(vars(self.memory)), encoding="utf-8")
        os.replace(draft, self.path)

    def forget(self) -> None:
        """Back to the first state: no grants, changes, mails, faults or counts, and the time of
        day as it is."""
        self.clock.set_right()
        path = self.path
        if path is not None and path.exists():
            path.unlink()
        mail = self.mail
        self.__init__(self.clock, path, limits=self._limits_on)  # type: ignore[misc]
        # The mailbox listener holds this very list.
        mail.clear()
        self.mail = mail
