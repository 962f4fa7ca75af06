"""The app of the curators' desk; it has no tables of its own."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Admin pages and the kinds of jobs behind their buttons."""

    name = "vinyl.desk"
    label = "desk"
    verbose_name = _("Curators' desk")
