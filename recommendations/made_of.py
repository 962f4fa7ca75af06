"""What a list was made from, in words: "20 albums from 41,206 plays and 412 records."."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommendations.candidates import BECAUSE
from recommendations.models import RecommendationSet
from recommendations.queries import Records
from vinyl.templatetags.vinyl_tags import format_number

# What a list can be made from, in the order in which it is told. "heard" stands for plays where a
# service tells no figures.
KINDS = ("plays", "heard", "records", "named", "wanted", "kept", "more")


def made_of(found: Records, kept: Sequence[bool]) -> str:
    """How many albums are shown, and of what they came; "" without a list. `kept`: of each album
    whether the person keeps it."""
    if found.set is None:
        return ""
    count = len(kept)
    if count and not found.start and all(kept):
        text = ngettext("{count} album that you keep.", "{count} albums that you keep.", count)
        return text.format(count=format_number(count))
    albums = ngettext("{count} album", "{count} albums", count).format(count=format_number(count))
    if found.start:
        return _("{albums} near to {title}.").format(albums=albums, title=found.start)
    sources = [*_sources(found.set, found.look.tab)]
    if not sources:
        return f"{albums}."
    return _("{albums} from {sources}.").format(albums=albums, sources=_joined(sources))


def _sources(made: RecommendationSet, tab: str) -> Iterable[str]:
    """Each kind of thing that it was made from, with how many; one tab is of the shelf alone."""
    counts = made.made_from | {"plays": made.plays, "records": made.records}
    for kind in KINDS:
        count = counts.get(kind)
        if count and (tab != BECAUSE or kind == "records"):
            yield _words(kind, count).format(count=format_number(count))


def _words(kind: str, count: int) -> str:
    words = {
        "plays": ngettext("{count} play", "{count} plays", count),
        "records": ngettext("{count} record", "{count} records", count),
        "heard": ngettext("{count} artist you hear", "{count} artists you hear", count),
        "named": ngettext("{count} artist you named", "{count} artists you named", count),
        "wanted": ngettext("{count} record you want", "{count} records you want", count),
        "kept": ngettext("{count} album you keep", "{count} albums you keep", count),
        "more": ngettext("{count} wish for more", "{count} wishes for more", count),
    }
    return words[kind]


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("{first} and {second}").format(first=", ".join(parts[:-1]), second=parts[-1])
