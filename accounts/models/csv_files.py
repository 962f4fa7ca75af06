"""Files of shelves and want lists that people brought, with what became of every row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.people import User


class CsvImport(models.Model):
    """One file. It is looked through first and stored when its owner says so.

    ``path`` is below MEDIA_ROOT while the file waits to be read, "" afterwards. ``counts`` has how
    many rows have each status once all were looked at.
    """

    class List(models.TextChoices):
        SHELF = "shelf"
        WANTS = "wants"

    class State(models.TextChoices):
        READING = "reading"
        READ = "read"
        STORING = "storing"
        STORED = "stored"

    user = models.ForeignKey(User, models.CASCADE, related_name="csv_imports")
    list = models.CharField(max_length=5, choices=List.choices)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.READING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.list} {self.name}"


class CsvRow(models.Model):
    """One row of a file: what it says, and what happens or happened with it.

    ``reason`` is a code of accounts.csv.rows.REASONS. ``album_id`` and ``release_id`` are ours, as
    found when the row was looked at.
    """

    class Status(models.TextChoices):
        NEW = "new"  # will be stored
        CHANGED = "changed"  # stands here, other things noted: will be stored
        ASK = "ask"  # a pressing that is new here: Discogs is asked, then stored
        STORED = "stored"
        SAME = "same"  # stands here already
        SKIPPED = "skipped"
        DOUBTFUL = "doubtful"
        FAILED = "failed"

    file = models.ForeignKey(CsvImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices)
    reason = models.CharField(max_length=20, blank=True)
    values = models.JSONField(default=dict)
    album_id = models.BigIntegerField(null=True, blank=True)
    release_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "line"], name="csv_row_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["file", "status"], name="csv_row_status")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.status}"
