"""The drawn sleeve at its own address."""

import pytest
from django.urls import reverse

from catalog.models import Album

pytestmark = pytest.mark.django_db


@pytest.fixture
def album():
    return Album.objects.create(title="Ege Bamyasi")


def address(album_id):
    return reverse("catalog:sleeve", args=[album_id])


def test_a_sleeve_is_an_image_that_may_be_kept(client, album):
    response = client.get(address(album.pk))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("image/svg+xml")
    assert "Ege Bamyasi" in response.text
    assert "public" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


def test_a_kept_sleeve_is_not_sent_again(client, album):
    etag = client.get(address(album.pk))["ETag"]
    again = client.get(address(album.pk), headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_another_title_has_another_tag(client, album):
    before = client.get(address(album.pk))["ETag"]
    album.title = "Tago Mago"
    album.save()
    assert client.get(address(album.pk))["ETag"] != before


def test_no_album_no_sleeve(client):
    assert client.get(address(10**12)).status_code == 404


def test_a_sleeve_costs_few_queries(client, album, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(address(album.pk))
