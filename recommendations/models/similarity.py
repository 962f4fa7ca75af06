"""Listening that came as open files, and the versions of the model learned from listening."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ListenFile(models.Model):
    """One file of listens: how far it was read, and what became of its lines.

    `done` lines are in the table or counted in `skipped`; the number is written in the same
    transaction as what they added, so a reading that was killed goes on behind them and nothing
    counts twice. `digest` is of the file's bytes, `head` of its first lines, `content` of all of
    them once they are read: the same listens packed in another way are known by these.
    """

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    head = models.CharField(max_length=64, blank=True, default="", db_index=True)
    content = models.CharField(max_length=64, blank=True, default="")
    done = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)
    skipped = models.JSONField(default=dict, blank=True)
    begun_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class OpenListen(models.Model):
    """How often one listener of an open dump played one artist.

    `listener` is a hash, so that no name is kept. `artist_id` has no foreign key: millions of
    rows, and an artist that is gone is left out when they are read.
    """

    listener = models.BigIntegerField()
    artist_id = models.BigIntegerField()
    plays = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["listener", "artist_id"], name="open_listen_once"),
            models.CheckConstraint(condition=Q(plays__gte=1), name="open_listen_plays"),
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.artist_id}: {self.plays}"


class SimilarityModel(models.Model):
    """One trained version. The file lies under VINILOGY_HOME/models, by its version's name.

    `recall` and `ndcg` (at 20) were measured on people whom no version ever learns from;
    `before_recall` and `before_ndcg` are those of the version then in use, on the same people.
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        IN_USE = "in_use", _("in use")
        RETIRED = "retired", _("retired")

    version = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CANDIDATE)
    people = models.PositiveIntegerField()
    artists = models.PositiveIntegerField()
    rows = models.PositiveBigIntegerField()
    edges = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    recall = models.FloatField(null=True, blank=True)
    ndcg = models.FloatField(null=True, blank=True)
    before_recall = models.FloatField(null=True, blank=True)
    before_ndcg = models.FloatField(null=True, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in_use"), name="one_similarity_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.state})"
