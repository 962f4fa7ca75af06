"""The sandbox's three shops whose feeds may be read: one of each kind, invented.

Their addresses end in .example, which belongs to nobody, so that they can be told from a curator's
own; `manage.py forget_demo` takes them away again.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from pricing.models import Shop

# slug, name, city, country, kind of feed
SHOPS = (
    ("disco-vivo", "Disco Vivo", "Valencia", "ES", Shop.Feed.WOOCOMMERCE),
    ("second-groove", "Second Groove", "Berlin", "DE", Shop.Feed.SHOPIFY),
    ("cafe-surco", "Café Surco", "Sevilla", "ES", Shop.Feed.JSONLD),
)
MARK = ".example"
NOTE = "Invented for the sandbox."


def add_demo_shops() -> int:
    """Add those that are not there yet; in the sandbox only. Returns how many."""
    if not settings.SANDBOX:
        return 0
    added = 0
    for place, (slug, name, city, country, feed) in enumerate(SHOPS):
        _shop, new = Shop.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name, "city": city, "country": country, "position": 200 + place,
                "url_template": f"https://{slug}{MARK}/?s={{q}}", "feed": feed,
                "feed_url": f"https://{slug}{MARK}", "feed_allowed_at": timezone.now(),
                "feed_allowed_note": NOTE, "notes": NOTE,
            },
        )  # fmt: skip
        added += new
    return added
