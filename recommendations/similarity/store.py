"""Versions of the model: files under VINILOGY_HOME/models with a row each; which one serves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recommendations.models import SimilarityModel
from recommendations.similarity.model import Model, ModelFileError, load, save
from vinyl.prepared import Prepared

# Files kept besides the one in use, for a way back.
KEPT_FILES = 3
State = SimilarityModel.State


_IN_USE = Prepared(lambda state: SimilarityModel.objects.filter(state=state)[:1], state=str)


def path_of(version: str) -> Path:
    """Where the file of a version lies. Sites on several machines share this folder."""
    return Path(settings.VINILOGY_HOME) / "models" / f"similarity-{version}.npz"


def row_in_use() -> SimilarityModel | None:
    """The version that serves, if any. One query."""
    return _IN_USE.first(state=State.IN_USE.value)


def read(row: SimilarityModel) -> Model:
    """The model of a row, checked against its digest. Raises ModelFileError."""
    path = path_of(row.version)
    try:
        found = digest_of(path)
    except FileNotFoundError:
        raise ModelFileError(f"{path.name} is missing") from None
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read: {error}") from error
    if found != row.digest:
        raise ModelFileError(f"{path.name} is not the file that was trained")
    return load(path)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(model: Model, *, version: str, facts: Mapping[str, Any]) -> SimilarityModel:
    """Write the file and its row, as a candidate."""
    path = path_of(version)
    save(model, path)
    return SimilarityModel.objects.create(
        version=version, digest=digest_of(path), size=path.stat().st_size, **facts
    )


def put_in_use(row: SimilarityModel) -> None:
    """Let a version serve; what served before is retired. Raises ModelFileError, changing
    nothing, where its file cannot be read."""
    read(row)
    with transaction.atomic():
        SimilarityModel.objects.select_for_update().filter(state=State.IN_USE).exclude(
            pk=row.pk
        ).update(state=State.RETIRED)
        row.state, row.used_at = State.IN_USE, timezone.now()
        row.save(update_fields=["state", "used_at"])
    _tidy()


def roll_back() -> SimilarityModel:
    """Let the version serve that did before the one in use. Raises ModelFileError where there is
    none whose file can be read."""
    for row in SimilarityModel.objects.filter(state=State.RETIRED, used_at__isnull=False).order_by(
        "-used_at"
    ):
        try:
            put_in_use(row)
        except ModelFileError:
            continue
        return row
    raise ModelFileError("there is no earlier version to go back to")


def _tidy() -> None:
    """Remove files of versions that nobody will go back to; their rows stay as the record."""
    rows = SimilarityModel.objects.exclude(state=State.IN_USE).order_by("-created_at")
    for row in rows[KEPT_FILES:]:
        path_of(row.version).unlink(missing_ok=True)
