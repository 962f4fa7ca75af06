"""The reading of a dump file, chunk by chunk, so that it can go on where it was killed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class DumpImport(models.Model):
    """One reading of one published file. ``sha256`` is that of the file as it lies on disk."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        DAMAGED = "damaged"
        FAILED = "failed"

    kind = models.CharField(max_length=10)  # artists, labels, masters, releases
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    verified = models.BooleanField(default=False)  # against the published checksum
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    chunk_bytes = (
        models.PositiveIntegerField()
    )  # of unpacked XML; chunks are cut the same way again
    # Counts by name: read, stored, unchanged, updated, removed, skipped by reason, careful path.
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["kind", "sha256"], name="dump_import_file")]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class DumpChunk(models.Model):
    """A chunk of records that is in the database; written in the chunk's own transaction."""

    dump = models.ForeignKey(DumpImport, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    counts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dump", "number"], name="dump_chunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.dump_id}/{self.number}"
