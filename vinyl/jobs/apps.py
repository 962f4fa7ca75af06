from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "vinyl.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every process knows every kind: workers run them, pages show their labels, and
        # the chains say what follows on what. Apps are not named here: each one's module
        # `tasks` registers its own kinds, the project's `chains` joins them.
        autodiscover_modules("tasks", "chains")
