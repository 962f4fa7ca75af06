"""Vinilogy: which records to own, why, and what they cost at your door."""

from vinyl.celery import app as celery_app

__all__ = ["__version__", "celery_app"]
__version__ = "0.1.0"
