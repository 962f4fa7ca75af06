"""The recommendations app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Recommendations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what listens to other rooms; models exist only now."""
        import_module("recommendations.signals")
        import_module("recommendations.content.source")
