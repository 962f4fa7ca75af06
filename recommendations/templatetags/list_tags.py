"""What the list's templates ask for."""

from __future__ import annotations

from typing import Any

from django import template

from recommendations.empty import Empty, why_empty

register = template.Library()


@register.simple_tag(takes_context=True)
def no_cards(context: dict[str, Any]) -> Empty:
    """Why the list of this page has no cards."""
    return why_empty(context["request"].user, context["found"])
