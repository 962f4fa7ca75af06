"""Rules that hold for every template: nothing inline, nothing that is not there."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

BASE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
COMMENTS = re.compile(r"{% comment.*?endcomment %}|{#.*?#}", re.S)

# Each with the words that say what it would break under `default-src 'self'`.
FORBIDDEN = [
    (re.compile(r"<script(?![^>]*\bsrc=)", re.I), "inline script"),
    (re.compile(r"<style\b", re.I), "inline style sheet"),
    (re.compile(r"\sstyle\s*=", re.I), "style attribute"),
    (re.compile(r"<[^>]*\son[a-z]+\s*=", re.I), "event attribute"),
    (re.compile(r"\bhx-on\b|\bdata-hx-on\b", re.I), "hx-on"),
    (re.compile(r"hx-vals\s*=\s*[\"']js:|hx-headers\s*=\s*[\"']js:", re.I), "evaluated htmx value"),
    (
        re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']+\.(?:js|css|woff2?)", re.I),
        "another host's file",
    ),
    (re.compile(r"\bjavascript:", re.I), "javascript: address"),
]


def source(path):
    return COMMENTS.sub("", path.read_text("utf-8"))


def name(path):
    return path.relative_to(BASE / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_needs_a_looser_policy(path):
    found = [what for pattern, what in FORBIDDEN if pattern.search(source(path))]
    assert found == []


@pytest.mark.parametrize(
    "bad",
    [
        "<script>1</script>",
        '<p style="x">',
        '<a href="#" onclick="x">',
        "<div hx-on:click='x'>",
        '<link href="https://cdn.test/x.css">',
    ],
)
def test_the_rules_would_notice(bad):
    assert any(pattern.search(bad) for pattern, _ in FORBIDDEN)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_template_parses(path):
    get_template(name(path))


def test_every_static_file_that_is_named_exists():
    named = {
        (name(path), file)
        for path in TEMPLATES
        for file in re.findall(r"{%\s*static\s+[\"']([^\"']+)[\"']", source(path))
    }
    assert named
    assert [pair for pair in sorted(named) if finders.find(pair[1]) is None] == []


def test_every_font_a_style_sheet_names_exists():
    for sheet in (BASE / "static" / "css").glob("*.css"):
        for address in re.findall(r"url\(([^)]+)\)", sheet.read_text("utf-8")):
            assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"


def test_every_template_that_is_included_exists():
    missing = []
    for path in TEMPLATES:
        for other in re.findall(r"{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']", source(path)):
            try:
                get_template(other)
            except TemplateDoesNotExist:
                missing.append((name(path), other))
    assert missing == []


def test_every_component_says_what_it_is_given():
    for path in (BASE / "templates" / "components").glob("*.html"):
        assert re.match(r"(?:{% load [^%]+%})?{% comment %}\n\S", path.read_text("utf-8")), (
            path.name
        )


def test_links_to_other_sites_do_not_hand_over_the_window():
    for path in TEMPLATES:
        for link in re.findall(r"<a\b[^>]*\starget=[^>]*>", source(path)):
            assert "noopener" in link, f"{name(path)}: {link}"
