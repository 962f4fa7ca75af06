from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "vinyl.jobs"
    label = "jobs"
    verbose_name = _("Jobs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Celery's app, by which jobs are announced, is the current one from now on. Named and not
        # imported: it stands above the apps, and commands that need none of them do without it.
        import_module("vinyl.celery")
        # Every process knows every kind: workers run them, pages show their labels, and
        # the chains say what follows on what. Apps are not named here: each one's module
        # `tasks` registers its own kinds, the project's `chains` joins them.
        autodiscover_modules("tasks", "chains")
