"""How often something may be done with one key, over all processes."""

from __future__ import annotations

import hashlib

from django.core.cache import cache


def within_limit(key: str, *, most: int, seconds: int) -> bool:
    """Counts one more use of `key`; False when it is more than `most` in this window.

    The window opens with the first use and lasts `seconds`. The key is stored as a hash only.
    """
    name = f"limit:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
    cache.add(name, 0, timeout=seconds)
    try:
        return cache.incr(name) <= most
    except ValueError:
        return True  # the window closed between the two calls
