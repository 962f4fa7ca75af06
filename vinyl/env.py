"""Typed readers of the environment.

Every setting is read once, here, with its type, default and one sentence of
documentation. A value that cannot be read stops the start with the name of
the variable and what it should look like; nothing falls back in silence.
``documented()`` is what the README's table is checked against.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class SettingsRefused(ImproperlyConfigured):
    """The environment says something that this site does not start with; one line says what."""


TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True)
class Variable:
    """One documented setting. ``default`` is the text that the README shows."""

    name: str
    kind: str
    default: str
    doc: str
    secret: bool = False


_documented: dict[str, Variable] = {}


def documented() -> tuple[Variable, ...]:
    """All settings that were read so far, in the order in which settings.py reads them."""
    return tuple(_documented.values())


def secret_names() -> tuple[str, ...]:
    """Names of the settings whose values nobody may see."""
    return tuple(name for name, variable in _documented.items() if variable.secret)


def given(name: str) -> bool:
    """Whether the environment says anything about NAME, or names a file with it."""
    return name in os.environ or f"{name}_FILE" in os.environ


def _raw(name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE points to (for secrets)."""
    value = os.environ.get(name)
    if value is not None:
        return value
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise SettingsRefused(f"{name}_FILE={path} is no text file.") from error
    except OSError as error:
        raise SettingsRefused(f"{name}_FILE={path} cannot be read: {error.strerror}.") from error


def _read(
    name: str,
    default: T,
    doc: str,
    *,
    kind: str,
    parse: Callable[[str], T],
    shown: str | None = None,
    secret: bool = False,
) -> T:
    text = str(default) if shown is None else shown
    _documented[name] = Variable(name, kind, text, doc, secret)
    raw = _raw(name)
    if raw is None:
        return default
    try:
        return parse(raw.strip())
    except ValueError as error:
        raise SettingsRefused(f"{name}={'***' if secret else raw!r}: {error}") from error


def text(name: str, default: str, doc: str, *, shown: str | None = None) -> str:
    return _read(name, default, doc, kind="text", parse=str, shown=shown)


def secret(name: str, default: str, doc: str, *, shown: str = "") -> str:
    return _read(name, default, doc, kind="secret", parse=str, shown=shown, secret=True)


def boolean(name: str, default: bool, doc: str, *, shown: str = "") -> bool:
    return _read(
        name,
        default,
        doc,
        kind="yes/no",
        parse=_boolean,
        shown=shown or ("yes" if default else "no"),
    )


def integer(name: str, default: int, doc: str, *, least: int = 0, shown: str | None = None) -> int:
    def parse(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("expected a whole number.") from None
        if value < least:
            raise ValueError(f"expected at least {least}.")
        return value

    return _read(name, default, doc, kind="number", parse=parse, shown=shown)


def choice(name: str, default: str, choices: Sequence[str], doc: str) -> str:
    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}.")
        return raw

    return _read(name, default, doc, kind=" or ".join(choices), parse=parse)


def words(
    name: str, default: str, doc: str, *, is_secret: bool = False, shown: str | None = None
) -> list[str]:
    """A comma-separated list; empty items are dropped."""
    value = _read(name, default, doc, kind="list", parse=str, secret=is_secret, shown=shown)
    return [word.strip() for word in value.split(",") if word.strip()]


def shares(name: str, default: str, known: Sequence[str], doc: str) -> list[str]:
    """Which of the `known` are in use, each with its share in percent: "2", or "1=20,2=80"."""
    return _read(
        name, parse_shares(default, known), doc, kind="list",
        parse=lambda raw: parse_shares(raw, known), shown=default,
    )  # fmt: skip


def parse_shares(raw: str, known: Sequence[str]) -> list[str]:
    """The parts of such a text. ValueError for what is not known or there twice, a share that is no
    whole number below 1000, and shares that do not add up to 100; a name alone has 100."""
    parts = [word.strip() for word in raw.split(",") if word.strip()]
    split = [part.partition("=") for part in parts]
    names = [name for name, _mark, _share in split]
    given = [share if mark else "100" for _name, mark, share in split]
    numbers = all(share.isascii() and share.isdecimal() and len(share) < 4 for share in given)
    if not numbers or len(names) > len(set(names)) or set(names) - set(known):
        raise ValueError(f"expected some of {', '.join(known)}, such as {_example(known)}.")
    if sum(map(int, given)) != 100:
        raise ValueError(
            f"expected shares in percent that add up to 100, such as {_example(known)}."
        )
    return parts


def _example(known: Sequence[str]) -> str:
    return ",".join(f"{name}={100 // len(known)}" for name in known)


def path(name: str, default: Path, doc: str, *, shown: str) -> Path:
    return _read(
        name, default, doc, kind="path", parse=lambda raw: Path(raw).expanduser(), shown=shown
    )


def _boolean(raw: str) -> bool:
    if raw.lower() in TRUE_WORDS:
        return True
    if raw.lower() in FALSE_WORDS:
        return False
    raise ValueError("expected yes or no.")
