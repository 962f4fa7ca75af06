"""ASGI entry point: `uvicorn vinyl.asgi:application`."""

import os
import sys

from django.core.asgi import get_asgi_application

# Each send to an open stream lets go of the interpreter, and a page that is being drawn in another
# thread keeps it for one interval before it gives it back: at Python's usual 5 ms, three hundred
# sends take as long as the page. bench/live.py measures it.
sys.setswitchinterval(0.0005)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
application = get_asgi_application()
