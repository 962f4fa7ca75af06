"""One reading of a Discogs shelf: what it has done so far, and what its pages share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import LinkedService, User
from accounts.queries import link_of
from catalog.models import Release
from catalog.services import ReleaseSummary, store_summaries
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Fail
from vinyl.upstreams import discogs

SOURCE = LinkedService.Service.DISCOGS.value
NOT_VINYL, NO_TITLE, TAKEN_OFF = "not_vinyl", "no_title", "taken_off"
SO_FAR = gettext_noop("%(n)s of %(all)s")
NO_NAME = gettext_noop("Link your Discogs account first, or type its name.")


@dataclass
class ShelfSync:
    """One run: page by page through the collection, then through the want list. `folders` and
    `columns` are names by Discogs' number, None while they were not asked for."""

    ctx: JobContext
    user: User
    name: str
    started: str
    part: str = "copies"
    page: int = 1
    copies: list[int] = field(default_factory=list)
    wants: list[int] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    folders: dict[str, str] | None = None
    columns: dict[str, str] | None = None

    @classmethod
    def of(cls, ctx: JobContext, user: User) -> ShelfSync:
        link = link_of(user, SOURCE)
        name = str(ctx.payload.get("username") or (link.username if link else ""))
        if not name:
            raise Fail("no_name", NO_NAME)
        state = ctx.checkpoint
        return cls(
            ctx=ctx,
            user=user,
            name=name,
            started=state.get("started", timezone.now().isoformat()),
            part=state.get("part", "copies"),
            page=int(state.get("page", 1)),
            copies=list(state.get("copies", [])),
            wants=list(state.get("wants", [])),
            skipped=Counter(state.get("skipped", {})),
            lines=list(state.get("lines", [])),
            folders=state.get("folders"),
            columns=state.get("columns"),
        )

    def checkpoint(self) -> dict[str, Any]:
        return {
            "started": self.started,
            "part": self.part,
            "page": self.page,
            "copies": self.copies,
            "wants": self.wants,
            "skipped": dict(self.skipped),
            "lines": self.lines,
            "folders": self.folders,
            "columns": self.columns,
        }


def turn_page(
    sync: ShelfSync,
    page: discogs.Page[Any],
    digest: str,
    label: str,
    sentence: str,
    then: str,
) -> None:
    sync.lines.append(digest[:16])
    read = min(page.total, (page.page - 1) * 100 + len(page.items))
    sync.ctx.figure(label, SO_FAR, n=read, all=page.total)
    sync.ctx.progress(read, max(page.total, read), sentence, n=read, all=page.total)
    if page.is_last:
        sync.part, sync.page = then, 1
    else:
        sync.page += 1


def in_catalogue(rows: Iterable[discogs.BasicInformation]) -> dict[int, Release]:
    """The pressings of a page by Discogs' id, made from their rows where they are new.

    Outside the page's transaction: making them holds the locks of their artists and albums until
    it ends.
    """
    usable = {row.id: row for row in rows if _why_skipped(row) is None}
    return store_summaries(ReleaseSummary.of(row) for row in usable.values())


def _why_skipped(row: discogs.BasicInformation) -> str | None:
    """Why a row is no record of ours; None for one that is."""
    if not row.is_vinyl:
        return NOT_VINYL
    return None if row.title.strip() else NO_TITLE


def release_of(
    sync: ShelfSync, row: discogs.BasicInformation, known: dict[int, Release]
) -> Release | None:
    """The row's pressing; None, and counted, where it is skipped."""
    reason = _why_skipped(row)
    if reason is not None:
        sync.skipped[reason] += 1
        return None
    return known[row.id]
