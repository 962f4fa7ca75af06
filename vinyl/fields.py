"""Fields that several rooms' models share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models


class WebAddressField(models.URLField):
    """An address; one that is typed without its scheme is https, as Django itself will take it from
    6.0 on. To migrations it is Django's own field."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"assume_scheme": "https"} | kwargs))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs
