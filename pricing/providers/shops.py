"""Local shops: search links only. Nothing is fetched from them."""

from __future__ import annotations

from urllib.parse import quote_plus

from django.conf import settings

from pricing.models import Shop


def search_link(shop: Shop, words: str) -> str:
    """Where the shop shows its own search for these words; the sandbox's shop in the sandbox."""
    asked = quote_plus(words)
    if settings.SANDBOX:
        return f"{settings.SANDBOX_URL}/shops/{shop.slug}/?q={asked}"
    return shop.url_template.replace("{q}", asked)
