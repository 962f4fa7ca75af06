from django.apps import AppConfig

from vinyl import lookups


class VinylConfig(AppConfig):
    """The project itself as an app: site-wide commands, template tags and lookups."""

    name = "vinyl"
    default_auto_field = "django.db.models.BigAutoField"
    lookups = lookups  # importing them makes them known
