"""Addresses of the catalogue: search, the pressing finder, sleeves."""

from __future__ import annotations

from django.urls import path

from catalog import views
from catalog.finder_views import find
from catalog.refresh_views import refresh_artist
from catalog.sleeve_views import album_sleeve, cover

app_name = "catalog"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("search/ask/", views.ask, name="ask"),
    path("find/", find, name="find"),
    path("albums/<int:album_id>/sync/", views.sync_album, name="sync_album"),
    path("artists/<int:artist_id>/refresh/", refresh_artist, name="refresh_artist"),
    path("sleeves/<int:album_id>.svg", album_sleeve, name="sleeve"),
    path("covers/<slug:picture>.webp", cover, name="cover"),
]
