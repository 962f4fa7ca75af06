"""Undo without a script comes back to the card's place."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_list_comes_back_filtered_as_it_was_at_the_card_that_returned(
    nuria, sign_in, with_list
):
    albums = with_list(12)
    client = sign_in(nuria)
    asked = {"Referer": "/records/?genre=Jazz"}
    dismiss, undo = (
        reverse(f"recommendations:{name}", args=[albums[4].pk]) for name in ("dismiss", "undo")
    )
    client.post(dismiss, headers=asked)
    back = client.post(undo, {"what": "dismiss"}, headers=asked)
    address, _hash, place = back["Location"].partition("#")
    assert address == "/records/?genre=Jazz"
    assert f'id="{place}"' in client.get("/records/").content.decode()
    assert place == f"album-{albums[4].pk}"
