"""What curators read in the admin: the site's name and look, and every column in their language."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.functional import Promise

from tests.factories import make_album, make_release

OURS = ("accounts", "catalog", "pricing", "recommendations", "vinyl")


def ours():
    return [model for model in admin.site._registry if model.__module__.startswith(OURS)]


def test_every_column_and_table_of_the_admin_can_be_translated():
    unnamed = [
        f"{model._meta.label}.{field.name}"
        for model in ours()
        for field in model._meta.local_concrete_fields
        if not field.primary_key and not isinstance(field.verbose_name, Promise)
    ]
    unnamed += [one.label for one in (model._meta for model in ours())
                if not isinstance(one.verbose_name_plural, Promise)]  # fmt: skip
    assert len(ours()) > 20
    assert unnamed == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Catalogue number", "Unofficial", "Number at Discogs", ">Curators<")),
        ("es", ("Número de catálogo", "No oficial", "Número en Discogs", ">Administración<")),
    ],
)
def test_a_list_of_the_admin_speaks_the_curators_language(admin_client, language, said):
    make_release(make_album("Ege Bamyasi", "Can"))
    page = admin_client.get(
        reverse("admin:catalog_release_changelist"), headers={"Accept-Language": language}
    ).content.decode()
    for text in (*said, "Vinilogy", "css/admin"):
        assert text in page
    assert "Django" not in page.partition("</header>")[0]


@pytest.mark.parametrize(("language", "said"), [("en", "Medium"), ("es", "Soporte")])
def test_the_medium_of_a_pressing_is_not_called_its_condition(admin_client, language, said):
    release = make_release(make_album("Ege Bamyasi", "Can"))
    page = admin_client.get(
        reverse("admin:catalog_release_change", args=[release.pk]),
        headers={"Accept-Language": language},
    ).content.decode()
    assert f"{said}:</label>" in page or f"{said}:</legend>" in page
    assert "ondition of the disc" not in page and "stado del disco" not in page
