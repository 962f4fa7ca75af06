"""Forms of our models: addresses without a scheme, and nothing that the next Django changes."""

import warnings

import pytest
from django import forms
from django.apps import apps
from django.forms import modelform_factory
from django.test.html import parse_html
from django.utils.deprecation import RemovedInDjango60Warning

from catalog.models import Cover
from vinyl.widgets import LongSelect

OURS = ("catalog", "accounts", "pricing", "recommendations", "jobs", "credentials")


@pytest.mark.parametrize("label", OURS)
def test_forms_of_our_models_say_what_django_is_about_to_change(label):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RemovedInDjango60Warning)
        for model in apps.get_app_config(label).get_models():
            names = [field.name for field in model._meta.fields if field.editable]
            modelform_factory(model, fields=names)()


def test_an_address_that_is_typed_without_its_scheme_is_https():
    field = modelform_factory(Cover, fields=["source_url"]).base_fields["source_url"]
    assert field.clean("coverartarchive.org/x") == "https://coverartarchive.org/x"
    assert field.clean("http://old.example/x") == "http://old.example/x"


def test_a_long_select_says_what_djangos_own_says():
    class Fields(forms.Form):
        own = forms.ChoiceField(choices=[("", "None"), ("a&b", "A <b>"), ("c", "C")])
        long = forms.ChoiceField(choices=own.choices, widget=LongSelect)

    for value in ("", "a&b", "c", "unknown"):
        form = Fields({"own": value, "long": value})
        own, long = parse_html(str(form["own"])), str(form["long"]).replace("long", "own")
        assert parse_html(long) == own
    assert 'aria-invalid="true"' in str(form["long"]) and 'id="id_long"' in str(form["long"])
