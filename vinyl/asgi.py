"""ASGI entry point: `uvicorn vinyl.asgi:application`."""

import os
import sys

from django.conf import settings
from django.core.asgi import get_asgi_application

# Each send to an open stream lets go of the interpreter, and a page that is being drawn in another
# thread keeps it for one interval before it gives it back: at Python's usual 5 ms, three hundred
# sends take as long as the page. bench/live.py measures it.
sys.setswitchinterval(0.0005)

# A page waits three seconds for a connection; the pool's own half a minute would leave people
# before an empty window while the database restarts.
POOL_TIMEOUT_S = 3.0


def _pool_connections() -> None:
    """Have the threads of this process, one for each request, share a few connections. Only a web
    process does: the threads of a worker are few and keep their own."""
    if settings.DATABASE_POOL:
        database = settings.DATABASES["default"]
        database["CONN_MAX_AGE"] = 0  # it is the pool that keeps them
        database["OPTIONS"]["pool"] = {
            "min_size": 1, "max_size": settings.DATABASE_POOL, "timeout": POOL_TIMEOUT_S,
        }  # fmt: skip


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
application = get_asgi_application()
_pool_connections()
