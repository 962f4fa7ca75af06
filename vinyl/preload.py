"""Everything that the site's processes have in common, loaded once before they are forked.

Web, workers and beat are the same code. Loading it takes seconds of processor time, so the
supervisor has one process load it (`vinyl.embedded.forkserver`) and forks each part from that: the
whole site is up in the time of one start, one that died is back at once, and the memory is shared.
Nothing here may open a connection or start a thread: neither survives a fork.
"""

import os
from importlib import import_module

import django
from django.conf import settings
from django.template import engines
from django.urls import get_resolver
from django.utils import translation

# What uvicorn, Celery and Django would import themselves, only later and once in each process.
_LATER = (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "django.core.handlers.asgi",
    "django.core.management.commands.migrate",
    "django_celery_beat.schedulers",
    "kombu.transport.redis",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
    "uvicorn.main",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


def load() -> None:
    """Load the project's code, its addresses, texts and template engine into this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    django.setup()
    import_module("vinyl.celery").app.loader.import_default_modules()
    for name in _LATER:
        import_module(name)
    # Importing the views is the dear part of the first request.
    assert get_resolver().url_patterns
    engines.all()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            pass  # its texts are read now
