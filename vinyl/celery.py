"""The Celery app: four queues with priorities, on Valkey.

Messages are hints that a Job row is worth a look (see vinyl.jobs), so nothing is lost with
them: results are not kept, a worker takes no more of them than it has threads, and a message that
is delivered twice does nothing the second time. Workers:

    celery -A vinyl worker -Q interactive -n interactive@%h --pool threads --concurrency 16
    celery -A vinyl worker -Q sync -n sync@%h --pool threads --concurrency 2
    celery -A vinyl worker -Q sync -n sync-2@%h --pool threads --concurrency 2
    celery -A vinyl worker -Q bulk,analysis -n bulk@%h --pool threads --concurrency 2
    celery -A vinyl beat

What waits for an outside service needs threads and no memory, and a long computation slows the
other thread of its own worker only. Syncs have two processes, because one that was killed needs
seconds to start again and hundreds of albums should not stand still meanwhile. More of the same
workers may run.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery
from celery.signals import worker_init, worker_ready, worker_shutting_down
from django.conf import settings
from kombu import Exchange, Queue

from vinyl.embedded import ready
from vinyl.jobs import vitals
from vinyl.jobs.registry import QUEUES
from vinyl.pooling import pool_connections
from vinyl.quick import be_quick

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")

PRIORITY_STEPS = [0, 3, 6, 9]  # 0 is the most urgent
# A job waits so long for a database that restarts, then the sweeper brings it back.
POOL_TIMEOUT_S = 5.0


def broker_url(url: str) -> str:
    """settings.BROKER_URL as Celery wants it: `unix:///run/valkey.sock?db=1` becomes
    `redis+socket:///run/valkey.sock?virtual_host=1`; TCP addresses stay."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parse_qs(parts.query).get("db", ["0"])[-1]
    login = f"{parts.netloc}" if parts.netloc else ""
    return f"redis+socket://{login}{parts.path}?virtual_host={number}"


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """What beat starts, and when (seconds). Beat only queues jobs by the name of their kind,
    so the project's roof knows the rooms below by name and not by import."""

    def every(seconds: float, kind: str) -> dict[str, Any]:
        return {
            "task": "jobs.enqueue_kind",
            "schedule": seconds,
            "args": [kind],
            "options": {"queue": "interactive", "priority": 3, "expires": seconds},
        }

    return {
        "sweep-jobs": {
            "task": "jobs.sweep",
            "schedule": 5.0,
            "options": {"queue": "interactive", "priority": 0, "expires": 10},
        },
        "sync-stale-catalogue": every(3600.0, "catalog.sync_stale"),
        "refresh-due-artists": every(900.0, "catalog.refresh_due"),
        "measure-coverage": every(300.0, "catalog.measure_coverage"),
        "measure-price-coverage": every(300.0, "recommendations.measure_coverage"),
        "store-views": every(3600.0, "recommendations.store_views"),
        "build-content-vectors": every(3600.0, "recommendations.build_content_vectors"),
        "measure-sound": every(900.0, "recommendations.measure_sound"),
        "train-similarity": every(86400.0, "recommendations.train_similarity"),
        "tell-demand": every(86400.0, "accounts.tell_demand"),
        "read-ratings": every(900.0, "catalog.read_ratings"),
        "find-doubtful": every(86400.0, "catalog.find_doubtful"),
        "find-near-names": every(604800.0, "catalog.find_near_names"),
        "renew-keys": every(3600.0, "catalog.renew_keys"),
        "renew-search": every(86400.0, "catalog.renew_search"),
        "read-scripts": every(3600.0, "catalog.read_scripts"),
        "fetch-covers": every(300.0, "catalog.fetch_cover"),
        "refresh-stale-prices": every(900.0, "pricing.refresh_stale"),
        "read-sellers": every(3600.0, "pricing.read_sellers"),
        "promote-best-prices": every(60.0, "pricing.promote"),
        "tidy-prices": every(3600.0, "pricing.tidy"),
        "announce-consents": every(3600.0, "accounts.announce_consents"),
        "forget-files": every(86400.0, "accounts.forget_files"),
        "value-collections": every(86400.0, "pricing.value_collections"),
        "trim-lastfm": every(60.0, "accounts.trim_lastfm"),
        "fetch-exchange-rates": every(86400.0, "pricing.daily_rates"),
        "clean-up-old-jobs": every(86400.0, "jobs.clean_up"),
    }


def configuration() -> dict[str, Any]:
    """Read from Django's settings when first needed, not when this module is imported."""
    return {
        "broker_url": broker_url(settings.BROKER_URL),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # What a worker has taken is not noted in Valkey once more, twice for each message: one
            # that dies with it is what the sweeper is there for, and it looks at the rows.
            "ack_emulation": False,
            "priority_steps": PRIORITY_STEPS,
            # Among messages of one priority the queues of a worker take turns; the strategy
            # "priority" would serve the second only while the first is empty.
            "queue_order_strategy": "round_robin",
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        "task_queues": [_queue(name) for name in QUEUES],
        "task_default_queue": "bulk",
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "result_backend": None,
        "result_expires": None,  # else beat would clean up results that nobody keeps
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
        "enable_utc": True,
        "beat_scheduler": "django_celery_beat.schedulers:DatabaseScheduler",
        "beat_schedule": beat_schedule(),
    }


app = Celery("vinyl")
app.add_defaults(configuration)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
ready.connect()


@worker_init.connect
def _worker_starts(**_kwargs: Any) -> None:
    """Celery closes a thread's connection after each task, and people would wait while the next one
    opens its own: closed into a pool it stays open."""
    pool_connections(timeout=POOL_TIMEOUT_S)


@worker_ready.connect
def _worker_ready(sender: Any, **_kwargs: Any) -> None:
    """The worker listens: say so for the supervisor, /readyz and the status page."""
    be_quick()
    vitals.worker_started(sender.app.amqp.queues.consume_from, size=sender.pool.num_processes)


@worker_shutting_down.connect
def _worker_stopping(**_kwargs: Any) -> None:
    vitals.worker_stopping()
