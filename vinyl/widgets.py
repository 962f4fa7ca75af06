"""Fields of forms that Django draws slowly."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


class LongSelect(forms.Select):
    """A select of many plain options, without groups. Django draws two templates for each option:
    for five hundred time zones that takes longer than the rest of the page."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        drawn = _options(tuple((str(one), str(label)) for one, label in self.choices))
        for one in self.format_value(value):
            drawn = drawn.replace(_option(one), _option(one, " selected"), 1)
        given = {"name": name, **self.build_attrs(self.attrs, attrs)}
        return mark_safe(f"<select{flatatt(given)}>{drawn}</select>")  # noqa: S308 - escaped above


def _option(value: str, selected: str = "") -> str:
    return f'<option value="{escape(value)}"{selected}>'


@lru_cache(maxsize=32)
def _options(choices: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"{_option(value)}{escape(label)}</option>" for value, label in choices)
