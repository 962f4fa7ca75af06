"""Addresses of the catalogue: search and sleeves."""

from __future__ import annotations

from django.urls import path

from catalog import views
from catalog.sleeve_views import album_sleeve, cover

app_name = "catalog"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("albums/<int:album_id>/sync/", views.sync_album, name="sync_album"),
    path("sleeves/<int:album_id>.svg", album_sleeve, name="sleeve"),
    path("covers/<slug:picture>.webp", cover, name="cover"),
]
