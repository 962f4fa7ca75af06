"""Somebody whom the services know."""

import pytest

# Models are imported by the fixture: this file is read before Django is set up.


@pytest.fixture
def can(sandbox):
    from catalog.services.seeding import seed_artist

    return seed_artist("Can")
