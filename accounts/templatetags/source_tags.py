"""The notices that sources ask for, beside their data. The sentences come from the terms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from vinyl.upstreams import terms

register = template.Library()


@register.inclusion_tag("components/_sources.html")
def source_notices(*sources: str, kind: str = "", value: Any = "") -> dict[str, Any]:
    """Of these sources; `kind` and `value` name the page's thing at the first of them."""
    return {"notices": terms.notices(*sources, kind=kind, value=value or "")}


@register.inclusion_tag("components/_sources.html")
def listening_notices(sources: Iterable[str], *above: str) -> dict[str, Any]:
    """Of the sources that a person's plays on this page came from: `nav.sources`. Those `above`
    have said theirs on this page already."""
    said = {notice.text for notice in terms.notices(*above)}
    found = terms.notices(*(sources or ()))
    return {"notices": [notice for notice in found if notice.text not in said]}


@register.inclusion_tag("components/_site_notices.html")
def site_notices() -> dict[str, Any]:
    """For the foot of every page, in the sources' own words: never translated."""
    return {"notices": terms.site_notices()}
