"""Addresses of the catalogue."""

from __future__ import annotations

from django.urls import path

from catalog.sleeve_views import album_sleeve

app_name = "catalog"
urlpatterns = [
    path("sleeves/<int:album_id>.svg", album_sleeve, name="sleeve"),
]
