"""Which calls the clients offer, read off their methods: names, typed parameters, first sentence.

A method that a client gets is on the panel without another line anywhere.
"""

from __future__ import annotations

import datetime
import enum
import importlib
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from django.utils.translation import gettext as _

from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.registry import UPSTREAMS

EMPTY = inspect.Parameter.empty
_KINDS = {
    str: "text",
    int: "whole",
    bool: "yes_no",
    Decimal: "number",
    float: "number",
    datetime.date: "day",
    datetime.datetime: "moment",
}
_OPTIONAL = (typing.Union, types.UnionType)


class CannotRead(ValueError):
    """What was typed is no value of the parameter's type."""


@dataclass(frozen=True)
class Param:
    """A parameter as a form shows it. `kind` is text, whole, yes_no, number, day, moment, choice
    or words (a list, between commas); `default` is None for a required one and for None."""

    name: str
    kind: str
    type_name: str
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    python_type: Any = str

    def read(self, typed: str) -> Any:
        """The value of what was typed; CannotRead."""
        try:
            return _READERS[self.kind](self, typed.strip())
        except (ValueError, InvalidOperation) as error:
            text = _("%(name)s must be of the type %(type)s.")
            raise CannotRead(text % {"name": self.name, "type": self.type_name}) from error


@dataclass(frozen=True)
class Method:
    """A client's method: `key` is "service.name", `about` the first line of its docstring."""

    key: str
    service: str
    name: str
    params: tuple[Param, ...]
    returns: str
    about: str

    def arguments(self, typed: Mapping[str, str]) -> dict[str, Any]:
        """Keyword arguments out of a form; what was left empty keeps its default. CannotRead."""
        found: dict[str, Any] = {}
        for param in self.params:
            text = typed.get(param.name, "")
            if param.kind == "yes_no":
                found[param.name] = text in ("on", "true", "1")
            elif text.strip():
                found[param.name] = param.read(text)
            elif param.required:
                raise CannotRead(_("%(name)s is needed.") % {"name": param.name})
        return found


def client_class(service: str) -> type[BaseClient] | None:
    """The service's client, None where it has none."""
    if service not in UPSTREAMS or find_spec(f"vinyl.upstreams.{service}") is None:
        return None
    found = getattr(importlib.import_module(f"vinyl.upstreams.{service}"), "Client", None)
    return found if isinstance(found, type) and issubclass(found, BaseClient) else None


@lru_cache(maxsize=1)
def methods() -> Mapping[str, Method]:
    """Every public method of every client, in the registry's order, by key."""
    found = {}
    for service in UPSTREAMS:
        for name, function in _public(client_class(service)):
            method = _method(service, name, function)
            found[method.key] = method
    return found


def _public(client: type[BaseClient] | None) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public methods as they stand in the source, those of the bases first."""
    seen: set[str] = set()
    for base in reversed(client.__mro__) if client else ():
        for name, function in vars(base).items():
            if inspect.isfunction(function) and not name.startswith("_") and name not in seen:
                seen.add(name)
                yield name, getattr(client, name)


def _method(service: str, name: str, function: Callable[..., Any]) -> Method:
    hints = typing.get_type_hints(function)
    params = [
        _param(one, hints.get(one.name, str))
        for one in list(inspect.signature(function).parameters.values())[1:]
    ]
    returns = inspect.formatannotation(hints.get("return", None)).replace("vinyl.upstreams.", "")
    about = (inspect.getdoc(function) or "").partition("\n")[0]
    return Method(f"{service}.{name}", service, name, tuple(params), returns, about)


def _param(one: inspect.Parameter, hint: Any) -> Param:
    kind, inner, choices = _kind(hint)
    default = None if one.default is EMPTY else one.default
    name = inner.__name__ if isinstance(inner, type) else str(inner)
    return Param(
        name=one.name,
        kind=kind,
        type_name=name,
        required=one.default is EMPTY and kind != "yes_no",
        default=default.value if isinstance(default, enum.Enum) else default,
        choices=choices,
        python_type=inner,
    )


def _kind(hint: Any) -> tuple[str, Any, tuple[str, ...]]:
    """(kind, type, choices) of a type hint."""
    if typing.get_origin(hint) in _OPTIONAL:
        inner = [one for one in typing.get_args(hint) if one is not type(None)]
        return _kind(inner[0])
    if typing.get_origin(hint) is typing.Literal:
        return "choice", str, tuple(str(one) for one in typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "choice", hint, tuple(str(one.value) for one in hint)
    origin = typing.get_origin(hint)
    if origin in (tuple, list, set, frozenset) or (
        isinstance(origin, type) and issubclass(origin, Sequence)
    ):
        return "words", origin, ()
    return _KINDS.get(hint, "text"), hint, ()


def _read_choice(param: Param, text: str) -> Any:
    if text not in param.choices:
        raise ValueError(text)
    is_enum = isinstance(param.python_type, type) and issubclass(param.python_type, enum.Enum)
    return param.python_type(text) if is_enum else text


def _read_moment(param: Param, text: str) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


_READERS: dict[str, Callable[[Param, str], Any]] = {
    "text": lambda _param, text: text,
    "whole": lambda _param, text: int(text),
    "number": lambda param, text: param.python_type(text),
    "day": lambda _param, text: datetime.date.fromisoformat(text),
    "moment": _read_moment,
    "choice": _read_choice,
    "yes_no": lambda _param, text: bool(text),
    "words": lambda _param, text: tuple(word.strip() for word in text.split(",") if word.strip()),
}
