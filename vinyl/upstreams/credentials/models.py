"""One row per service: its keys as ciphertext, and what the last test of them said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vinyl.upstreams.errors import LABELS


class ServiceKeys(models.Model):
    """Keys of the site at one service. Nothing but `credentials.keys` opens `sealed`."""

    upstream = models.CharField(_("service"), max_length=30, unique=True, editable=False)
    sealed = models.BinaryField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False,
        related_name="+", verbose_name=_("changed by"),
    )  # fmt: skip
    # The job whose result says whether the service took the keys.
    test_job_id = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["upstream"]
        verbose_name = _("keys of a service")
        verbose_name_plural = _("keys of the services")
        permissions = [("use_panel", _("Can use the test panel"))]

    def __str__(self) -> str:
        return LABELS.get(self.upstream, self.upstream)

    def __repr__(self) -> str:
        return f"<ServiceKeys {self.upstream}>"
