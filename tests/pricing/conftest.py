"""Somebody who reads the pages of prices."""

import pytest

# Models are imported by the fixtures: this file is read before Django is set up.


@pytest.fixture
def person(db):
    from tests.factories import make_person

    return make_person()


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


@pytest.fixture
def browser(person):
    from django.test import Client

    client = Client()
    client.force_login(person)
    return client
