"""Template tags of prices: the addresses of a price tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from pricing import queries
from pricing.viewer import viewer_for

register = template.Library()


@dataclass(frozen=True, slots=True)
class TagPlace:
    """A price tag's element and addresses. `ask_url` is empty where nobody may ask."""

    element: str
    ask_url: str
    tag_url: str


@register.simple_tag(takes_context=True)
def tag_place(
    context: template.Context, album: Any, release_id: int | None = None, line: str = ""
) -> TagPlace:
    """``{% tag_place album release_id line as place %}``: where this album's, or pressing's, tag
    asks. ``line`` tells apart the tags of one thing on a page where it stands twice.

    People who are not signed in, and examples without an id, get a tag without addresses.
    """
    album_id = getattr(album, "id", None)
    user = getattr(context.get("request"), "user", None)
    if not isinstance(album_id, int):
        return TagPlace("", "", "")
    element, tag_url = f"price-{album_id}", reverse("pricing:tag", args=[album_id])
    ask_url = reverse("pricing:ask_album", args=[album_id])
    if release_id:
        element, tag_url = f"price-{album_id}-{release_id}", f"{tag_url}?release={release_id}"
        ask_url = reverse("pricing:ask_release", args=[album_id, release_id])
    if line:
        # The part that comes back has to find the same place again.
        element = f"{element}-{line}"
        query = urlencode({"line": line})
        ask_url, tag_url = f"{ask_url}?{query}", f"{tag_url}{'&' if release_id else '?'}{query}"
    if user is None or not user.is_authenticated:
        return TagPlace(element, "", "")
    return TagPlace(element, ask_url, tag_url)


@register.simple_tag(takes_context=True)
def prices_of_hits(context: template.Context, groups: Iterable[Sequence[Any]]) -> dict[int, Any]:
    """``{% prices_of_hits groups as prices %}``: the price of each album of a page of results that
    has one for whoever looks, by the album's id. `groups` are tuples whose second part are hits
    with an `album`, or None. One query, and the rate's where the currency is not the euro."""
    ids = {hit.album.id for _name, hits, *_more in groups for hit in hits if hit.album}
    return queries.best_tags(ids, viewer_for(context.get("request"))) if ids else {}


@register.simple_tag
def price_among(prices: Mapping[int, Any], album: Any) -> Any:
    """``{% price_among prices hit.album as tag %}``: the album's own; None where it has none."""
    return None if album is None else prices.get(album.id)


@register.simple_tag(takes_context=True)
def block_url(
    context: template.Context, album: Any, key: str, release_id: int | None = None
) -> str:
    """``{% block_url album block.key release_id as address %}``: where a source's block is
    fetched again; empty for people who are not signed in, who read and do not wait."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return ""
    address = reverse("pricing:block", args=[album.id, key])
    return f"{address}?release={release_id}" if release_id else address


@register.simple_tag
def listen_to(job_id: int | None) -> str:
    """``{% listen_to block.job_id as listen %}``: the htmx trigger of a part that waits for what a
    job brings. htmx throttles by element and not by event, and would swallow the end: news is
    seldom enough by itself (pricing.asking)."""
    if not job_id:
        return "every 3s"
    return f"sse:news-{job_id}, every 4s"
