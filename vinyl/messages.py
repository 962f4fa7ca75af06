"""Keeps the translations in step with the sources, without gettext's own tools.

    python -m vinyl.messages update     collect the texts of the sources into every django.po
    python -m vinyl.messages compile    write django.mo from django.po
    python -m vinyl.messages check      say what is missing, exit 1 when something is

Python files are read with Babel, templates are turned into Python first as Django does it.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parent.parent
LOCALE = BASE / "locale"
PACKAGES = ("vinyl", "catalog", "accounts", "pricing", "recommendations")
LANGUAGES = ("es",)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_noop": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Reading a file token by token takes long, and four in five hold no text.
_MARKED = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\s*\(")
_PLACES = re.compile(r"%\([a-z_0-9]+\)[sdr]|\{[a-z_0-9]*\}")


def _sources() -> Iterator[tuple[str, str]]:
    """(path, Python source) of everything that may hold texts."""
    for package in PACKAGES:
        for path in sorted((BASE / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(BASE).as_posix(), path.read_text("utf-8")
    for path in sorted((BASE / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            python = templatize(path.read_text("utf-8"), origin=path.name)
            # What is not a text became X's; its indentation would confuse the tokenizer.
            yield path.relative_to(BASE).as_posix(), re.sub(r"(?m)^[ \t]+", "", python)


def collect() -> Catalog:
    """All texts of the sources."""
    catalog = Catalog(charset="utf-8")
    for path, source in _sources():
        if not _MARKED.search(source):
            continue
        found = extract(
            "python", io.BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
        )
        for _line, message, _comments, context in found:
            if message and message != "":
                catalog.add(message, locations=[(path, 0)], context=context)
    return catalog


def _folder(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES"


def _read(language: str) -> Catalog:
    path = _folder(language) / "django.po"
    if not path.exists():
        return Catalog(locale=language, project="Vinilogy", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def update() -> None:
    """Bring every django.po in step with the sources; new texts stay empty, old ones go."""
    fresh = collect()
    for language in LANGUAGES:
        catalog = _read(language)
        catalog.update(fresh, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.fuzzy = False
        catalog.header_comment = f"# Vinilogy, {language}."
        catalog.project, catalog.version = "Vinilogy", ""
        catalog.last_translator = catalog.language_team = ""
        # A date would change the file at every run though no text changed.
        catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
        path = _folder(language) / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(
                stream,
                catalog,
                width=100,
                include_lineno=False,
                omit_header=False,
                sort_output=True,
            )


def compiled(language: str) -> bytes:
    """What django.mo should hold."""
    stream = io.BytesIO()
    write_mo(stream, _read(language))
    return stream.getvalue()


def compile_all() -> None:
    """Write every django.mo."""
    for language in LANGUAGES:
        (_folder(language) / "django.mo").write_bytes(compiled(language))


def _texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value or ""] if isinstance(value, str | None) else list(value)


def _faults(language: str, message: Message) -> Iterator[str]:
    name = f"{language}: {_texts(message.id)[0][:60]!r}"
    if message.fuzzy:
        yield f"{name} is fuzzy"
    if not all(_texts(message.string)):
        yield f"{name} is not translated"
        return
    asked = {place for text in _texts(message.id) for place in _PLACES.findall(text)}
    for text in _texts(message.string):
        if not set(_PLACES.findall(text)) <= asked:
            yield f"{name} has a place that the original does not have"
    if isinstance(message.id, str) and set(_PLACES.findall(_texts(message.string)[0])) != asked:
        yield f"{name} has lost a place"


def problems(fresh: Catalog | None = None) -> list[str]:
    """Everything that keeps the translations from being complete and in step with `fresh`, the
    texts of the sources (collected where nobody did)."""
    found: list[str] = []
    texts = collect() if fresh is None else fresh
    sources = {(message.context, _texts(message.id)[0]) for message in texts if message.id}
    for language in LANGUAGES:
        catalog = _read(language)
        known = {(message.context, _texts(message.id)[0]) for message in catalog if message.id}
        found += [
            f"{language}: {text[:60]!r} is not in django.po"
            for _c, text in sorted(sources - known, key=str)
        ]
        found += [
            f"{language}: {text[:60]!r} is in no source"
            for _c, text in sorted(known - sources, key=str)
        ]
        for message in catalog:
            if message.id:
                found += _faults(language, message)
        found += _stale(language)
    return found


def _stale(language: str) -> list[str]:
    path = _folder(language) / "django.mo"
    if not path.exists():
        return [f"{language}: django.mo is missing"]
    with path.open("rb") as stream:
        held = {(m.context, str(m.id)): m.string for m in read_mo(stream) if m.id}
    wanted = {
        (m.context, str(m.id)): m.string for m in read_mo(io.BytesIO(compiled(language))) if m.id
    }
    return [] if held == wanted else [f"{language}: django.mo is older than django.po"]


def main(arguments: list[str]) -> int:
    """Run one of the three commands; 0 when all is well."""
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = problems()
            print("\n".join(found) or "Translations are complete and in step.")
            return 1 if found else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
