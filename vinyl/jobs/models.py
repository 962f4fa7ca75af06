"""The Job row: what is to be done, how far it is, who holds it, how it ended."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A chain of short steps with a checkpoint between them.

    The row is the truth; queue messages are only hints that it is worth a look. Whoever
    runs a step holds the lease (`lease_token`, `lease_until`); every write of a runner is
    guarded by its token, so a runner that lost its lease can no longer change anything.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    class Queue(models.TextChoices):
        INTERACTIVE = "interactive", _("Somebody is waiting")
        SYNC = "sync", _("Keeping up to date")
        BULK = "bulk", _("In the background")
        ANALYSIS = "analysis", _("Computing")

    ACTIVE = (State.QUEUED, State.RUNNING)

    kind = models.CharField(_("kind"), max_length=80)
    queue = models.CharField(_("queue"), max_length=20, choices=Queue.choices, default=Queue.BULK)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="jobs"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    dead = models.BooleanField(_("dead letter"), default=False)
    dedupe_key = models.CharField(max_length=200, blank=True, default="")
    # Of the page that queued it, or that queued the job which queued it: finds its log lines.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")

    # What it is about, in names: "Tago Mago · eBay". Told by its kind when it was queued.
    subject = models.CharField(_("about"), max_length=120, blank=True, default="", db_default="")
    payload = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    checkpoint = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    result = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True, blank=True)
    message_id = models.CharField(max_length=300, blank=True, default="")
    message_params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    figures = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)

    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=300, blank=True, default="")
    error_params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    error_detail = models.TextField(blank=True, default="")

    attempts = models.PositiveSmallIntegerField(default=0)
    # Runners that went silent in a row: each takes all its jobs with it, guilty or not, so many
    # more of these are forgiven than failures of the job itself.
    losses = models.PositiveSmallIntegerField(default=0, db_default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    not_before = models.DateTimeField(null=True, blank=True)
    stalled_since = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=120, blank=True, default="", db_default="")
    dispatched_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    created_at = models.DateTimeField(auto_now_add=True)
    # Since when it stands in its queue: a job that ran for an hour and queues again is new there.
    queued_at = models.DateTimeField(default=timezone.now, db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(dedupe_key=""),
                name="one_active_job_per_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="job_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="running")
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="running_job_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(dead=False) | Q(state="failed"), name="dead_job_has_failed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "created_at"], condition=Q(state="queued"), name="job_queued"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_leases"),
            models.Index(fields=["owner", "-id"], name="job_of_owner"),
            models.Index(fields=["-id"], condition=Q(dead=True), name="job_dead_letters"),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="job_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_active(self) -> bool:
        """Still queued or running."""
        return self.state in self.ACTIVE

    @property
    def is_finished(self) -> bool:
        """Done, failed or cancelled; such a row changes only when somebody runs it again."""
        return not self.is_active

    @property
    def topic(self) -> str:
        """Live topic of this job's events."""
        return f"job:{self.pk}"

    @property
    def event(self) -> str:
        """Name of this job's live event; templates listen with `sse:job-<id>`."""
        return f"job-{self.pk}"


class DeadLetter(Job):
    """The jobs that gave up: a list of their own for curators."""

    class Meta:
        proxy = True
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
