"""Addresses below /api/v1/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts import api as accounts
from catalog import api as catalog
from pricing import api as pricing
from recommendations import api as recommendations
from vinyl.api import JobDetail, JobList

urlpatterns = [
    path("me", accounts.Me.as_view(), name="api-me"),
    path("wants", accounts.Wants.as_view(), name="api-wants"),
    path("wants/<int:pk>", accounts.WantDetail.as_view(), name="api-want"),
    path("collection", accounts.Collection.as_view(), name="api-collection"),
    path("collection/<int:pk>", accounts.CopyDetail.as_view(), name="api-copy"),
    path("artists", catalog.ArtistList.as_view(), name="api-artists"),
    path("albums", catalog.AlbumList.as_view(), name="api-albums"),
    path("albums/<int:pk>", catalog.AlbumDetail.as_view(), name="api-album"),
    path("releases", catalog.FindReleases.as_view(), name="api-releases"),
    path("releases/<int:pk>", catalog.ReleaseDetail.as_view(), name="api-release"),
    path(
        "catalog/refresh/<int:artist_id>",
        catalog.RefreshArtist.as_view(),
        name="api-refresh-artist",
    ),
    path("prices/<int:album_id>", pricing.AlbumPrices.as_view(), name="api-prices"),
    path("recs", recommendations.Recs.as_view(), name="api-recs"),
    path("recs/refresh", recommendations.RefreshRecs.as_view(), name="api-recs-refresh"),
    path("recs/playlist", recommendations.PlaylistRecs.as_view(), name="api-recs-playlist"),
    path("recs/taste", recommendations.Taste.as_view(), name="api-recs-taste"),
    path("recs/<int:album_id>/lean", recommendations.LeanRec.as_view(), name="api-lean"),
    path("recs/<int:album_id>/lock", recommendations.LockRec.as_view(), name="api-lock"),
    path("recs/<int:album_id>/dismiss", recommendations.DismissRec.as_view(), name="api-dismiss"),
    path("jobs", JobList.as_view(), name="api-jobs"),
    path("jobs/<int:pk>", JobDetail.as_view(), name="api-job"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
