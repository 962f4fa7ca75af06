"""Migrations that take the rows of people along."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Want
from tests.factories import make_album, make_person, make_release, make_want

COUNTRIES = import_module("accounts.migrations.0007_countries_of_wants")


@pytest.mark.django_db
def test_wants_name_their_countries_as_pressings_do(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(COUNTRIES, "PORTION", 2)  # several portions
    person = make_person()
    told = {
        "as written": (["EU", "USA"], ["Europe", "US"]),
        "one twice": (["GB", "UK", "united kingdom"], ["UK"]),
        "right already": (["Germany", "Japan"], ["Germany", "Japan"]),
        "nobody's name": (["Atlantis", "European Union"], ["Atlantis", "Europe"]),
        "all": ([], []),
    }
    wants = {
        name: make_want(person, make_album(name), countries=before)
        for name, (before, _after) in told.items()
    }
    pressing = make_want(person, release=make_release(make_album()))

    for writes in (3, 0):
        # Two portions of two and the look behind them; the second time nothing is written.
        with django_assert_num_queries(3 + writes):
            COUNTRIES.rename(apps, connection.schema_editor())
        for name, (_before, after) in told.items():
            assert Want.objects.get(pk=wants[name].pk).countries == after, name
    assert Want.objects.get(pk=pressing.pk).countries == []
