"""Addresses of recommendations; `try/` stands in vinyl.urls."""

from __future__ import annotations

from django.urls import path

from recommendations import (
    act_views,
    dismissal_views,
    export_views,
    playlist_views,
    seed_views,
    taste_views,
    views,
)

app_name = "recommendations"
urlpatterns = [
    path("records/", views.records, name="records"),
    path("records/refresh/", views.refresh, name="refresh"),
    path("records/export/", export_views.export, name="export"),
    path("records/playlist/", playlist_views.playlist, name="playlist"),
    path("records/playlist/spotify/", playlist_views.ask_spotify, name="playlist_spotify"),
    path("records/dismissed/", dismissal_views.dismissed, name="dismissed"),
    path("records/reset/", dismissal_views.reset, name="reset"),
    path("records/reset/undo/", dismissal_views.reset_undo, name="reset_undo"),
    path("records/<int:album_id>/keep/", act_views.lock, name="lock"),
    path("records/<int:album_id>/want/", act_views.want, name="want"),
    path("records/<int:album_id>/own/", act_views.own, name="own"),
    path("records/<int:album_id>/dismiss/", act_views.dismiss, name="dismiss"),
    path("records/<int:album_id>/undo/", act_views.undo, name="undo"),
    path("records/<int:album_id>/why/", act_views.why, name="why"),
    path("records/<int:album_id>/back/", dismissal_views.bring_back, name="bring_back"),
    path("records/<int:album_id>/more/", act_views.more_like, name="more_like"),
    path("records/<int:album_id>/less/", act_views.less_like, name="less_like"),
    path("settings/taste/", taste_views.taste, name="taste"),
    path("settings/taste/leans/<int:artist_id>/back/", taste_views.lean_back, name="lean_back"),
    path("seeds/", seed_views.seeds, name="seeds"),
    path("seeds/add/", seed_views.seed_add, name="seed_add"),
    path("seeds/<int:artist_id>/remove/", seed_views.seed_remove, name="seed_remove"),
    path("seeds/suggest/", seed_views.suggest, name="suggest"),
]
