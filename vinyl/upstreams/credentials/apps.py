"""The app of the site's own keys."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CredentialsConfig(AppConfig):
    """One row per service that needs keys; the rows are made with the tables."""

    name = "vinyl.upstreams.credentials"
    label = "credentials"
    verbose_name = _("Outside services")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_rows, sender=self, dispatch_uid="credentials.make_rows")


def _make_rows(sender: AppConfig, using: str, apps: Any = installed, **_kwargs: Any) -> None:
    # `flush` sends the signal too, without a state of apps.
    from vinyl.upstreams.registry import UPSTREAMS  # apps load before models do

    try:
        model = apps.get_model("credentials", "ServiceKeys")
    except LookupError:
        return  # migrated back to before the table
    names = [one.name for one in UPSTREAMS.values() if one.keys]
    known = set(model.objects.using(using).values_list("upstream", flat=True))
    model.objects.using(using).bulk_create(
        [model(upstream=name) for name in names if name not in known], ignore_conflicts=True
    )
