"""What the admin says about its reader's own account."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.second_factor import has_second_factor

register = template.Library()


@register.simple_tag(takes_context=True)
def second_factor_missing(context: dict[str, Any]) -> bool:
    """Whether the person who is signed in has no second factor; one query."""
    user = context["request"].user
    return bool(user.is_authenticated and not has_second_factor(user))
