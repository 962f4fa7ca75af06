"""Somebody whose own program asks."""

import pytest

# Models are imported by the fixtures: this file is read before Django is set up.


@pytest.fixture
def person(db):
    from tests.factories import make_person

    return make_person()


@pytest.fixture
def api(person):
    from rest_framework.test import APIClient

    from accounts.tokens import make_token

    client = APIClient()
    token = make_token(person, name="script", can_write=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
    return client
