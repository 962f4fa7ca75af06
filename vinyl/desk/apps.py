"""The app of the curators' desk; it has no tables of its own."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Admin pages and the kinds of jobs behind their buttons."""

    name = "vinyl.desk"
    label = "desk"
    verbose_name = _("Curators' desk")

    def ready(self) -> None:
        """Columns and tables get the names that curators read; models exist only now."""
        import_module("vinyl.desk.names").give_names()
