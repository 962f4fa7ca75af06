from django.apps import AppConfig


class VinylConfig(AppConfig):
    """The project itself as an app: site-wide commands and template tags."""

    name = "vinyl"
    default_auto_field = "django.db.models.BigAutoField"
