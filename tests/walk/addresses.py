"""Every address of the site, read from the resolver, and how to fill what stands in it.

An address that is added later is walked without a word here, as long as its kwargs are known: one
that is not known fails with a message that says what to add.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver, reverse

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", "HEAD", *UNSAFE)
PART = {"HX-Request": "true"}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver, e.g. "pricing:album" at "albums/<int:album_id>/"."""

    name: str
    pattern: str
    kwargs: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")


@dataclass(frozen=True)
class Fill:
    """What to put in place of a kwarg; `own` where it names something that is one person's."""

    value: Callable[[Any], Any]
    own: bool = False


def _admin_row(address: Address) -> str:
    """The first row of the model that an admin address is about."""
    for model in apps.get_models():
        meta = model._meta
        if address.pattern.startswith(f"admin/{meta.app_label}/{meta.model_name}/"):
            return str(model._default_manager.values_list("pk", flat=True).first() or 1)
    return pytest.fail(f"{address.pattern!r} is about no model: say in FILL how to fill it")


# By kwarg, or by (name of the address, kwarg) where the kwarg alone does not say whose it is.
FILL: dict[str | tuple[str, str], Fill] = {
    "album_id": Fill(lambda world: world.album.pk),
    "artist_id": Fill(lambda world: world.artist.pk),
    "release_id": Fill(lambda world: world.release.pk),
    "quote_id": Fill(lambda world: 1),
    "followed_id": Fill(lambda world: world.followed.pk, own=True),
    "picture": Fill(lambda world: f"{'0' * 32}-small"),
    "provider": Fill(lambda world: "discogs"),
    "job_id": Fill(lambda world: world.job.pk, own=True),
    "number": Fill(lambda world: world.token.pk, own=True),
    "service": Fill(lambda world: "discogs", own=True),
    "source": Fill(lambda world: "lastfm", own=True),
    ("pricing:want", "row_id"): Fill(lambda world: world.want.pk, own=True),
    ("pricing:copy", "row_id"): Fill(lambda world: world.copy.pk, own=True),
    "file_id": Fill(lambda world: world.file.pk, own=True),
    ("accounts:files_export", "name"): Fill(lambda world: "shelf"),
    ("accounts:messages_off", "token"): Fill(lambda world: "no-such-token"),
    ("pricing:wants_remove", "row_id"): Fill(lambda world: world.want.pk, own=True),
    ("pricing:shelf_remove", "row_id"): Fill(lambda world: world.copy.pk, own=True),
    "want_id": Fill(lambda world: world.want.pk, own=True),
    ("api-want", "pk"): Fill(lambda world: world.want.pk, own=True),
    ("api-copy", "pk"): Fill(lambda world: world.copy.pk, own=True),
    ("api-job", "pk"): Fill(lambda world: world.job.pk, own=True),
    ("api-album", "pk"): Fill(lambda world: world.album.pk),
    ("api-release", "pk"): Fill(lambda world: world.release.pk),
    # Keys of the sign-in library's mails; what a right one opens is tested with the mails.
    "key": Fill(lambda world: "no-such-key"),
    "uidb36": Fill(lambda world: "1"),
    # The admin, which lets staff in only.
    "app_label": Fill(lambda world: "accounts"),
    "content_type_id": Fill(lambda world: ContentType.objects.get_for_model(type(world.owner)).pk),
    ("admin:view_on_site", "object_id"): Fill(lambda world: world.owner.pk),
    "url": Fill(lambda world: "nothing-here"),
}


def all_addresses() -> list[Address]:
    """Every pattern below the roof, includes and admin too."""
    return list(_below(get_resolver().url_patterns, "", ()))


def _below(patterns: Any, before: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        text = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            deeper = (pattern.namespace,) if pattern.namespace else ()
            yield from _below(pattern.url_patterns, text, spaces + deeper)
            continue
        kwargs = getattr(pattern.pattern, "converters", None)
        if not kwargs:
            kwargs = getattr(pattern.pattern, "regex", None) and pattern.pattern.regex.groupindex
        # What the pattern itself gives is not part of the address.
        names = tuple(name for name in kwargs or () if name not in pattern.default_args)
        yield Address(":".join([*spaces, pattern.name or ""]), text, names)


def fill_for(address: Address, kwarg: str) -> Fill:
    """How to fill a kwarg; the test fails where nobody said how."""
    found = FILL.get((address.name, kwarg)) or FILL.get(kwarg)
    if found is None and address.is_admin:
        return Fill(lambda world: _admin_row(address))
    if found is None:
        pytest.fail(
            f"{address.pattern!r} ({address.name}) takes <{kwarg}>, which the walk cannot fill: add"
            f" it to FILL in tests/walk/addresses.py, with own=True if it names one person's thing"
        )
    return found


def is_own(address: Address) -> bool:
    """It names something that belongs to one person."""
    return any(fill_for(address, kwarg).own for kwarg in address.kwargs)


def path_of(address: Address, world: Any) -> str:
    """The address with the world's things in it."""
    values = {kwarg: fill_for(address, kwarg).value(world) for kwarg in address.kwargs}
    if "(?P<" not in address.pattern:
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), address.pattern)
        return f"/{filled}"
    if address.name == "admin:":
        return f"/admin/{values['url']}"  # the admin's own answer to what it does not know
    return reverse(address.name, kwargs=values)
