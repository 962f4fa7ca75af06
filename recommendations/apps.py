"""The recommendations app."""

from importlib import import_module

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what listens to other rooms; models exist only now."""
        import_module("recommendations.signals")
        import_module("recommendations.content.source")
