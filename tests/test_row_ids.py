"""Numbers of rows, as they are typed."""

import pytest

from vinyl.row_ids import LARGEST_ID, row_id


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1.0", "²", "٣", " 1", str(LARGEST_ID + 1), "9" * 5000]
)
def test_what_is_no_number_of_a_row_is_none(text):
    assert row_id(text) is None


def test_every_number_of_a_row_is_read():
    assert [row_id(text) for text in ("0", "7", "007", str(LARGEST_ID))] == [0, 7, 7, LARGEST_ID]


@pytest.mark.django_db
def test_an_artist_of_thousands_of_digits_is_refused_by_name(client):
    answer = client.get("/api/v1/albums", {"artist": "9" * 5000})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["artist"]
