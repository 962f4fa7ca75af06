"""Addresses below /api/v1/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts import api as accounts
from accounts import api_files as files
from catalog import api as catalog
from pricing import api as pricing
from pricing import api_alerts as alerts
from pricing import api_history as history
from pricing import api_sellers as sellers
from recommendations import api as recommendations
from vinyl.api import JobDetail, JobList

urlpatterns = [
    path("me", accounts.Me.as_view(), name="api-me"),
    path("wants", accounts.Wants.as_view(), name="api-wants"),
    path("wants/<int:pk>", accounts.WantDetail.as_view(), name="api-want"),
    path("collection", accounts.Collection.as_view(), name="api-collection"),
    path("collection/<int:pk>", accounts.CopyDetail.as_view(), name="api-copy"),
    path("collection/file", files.ShelfFile.as_view(), name="api-collection-file"),
    path("wants/file", files.WantsFile.as_view(), name="api-wants-file"),
    path("wants/<int:want_id>/alert", alerts.WantAlert.as_view(), name="api-want-alert"),
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("files", files.Files.as_view(), name="api-files"),
    path("files/<int:file_id>", files.FileDetail.as_view(), name="api-file"),
    path("files/<int:file_id>/rows", files.FileRows.as_view(), name="api-file-rows"),
    path("files/<int:file_id>/store", files.StoreFile.as_view(), name="api-file-store"),
    path("files/<int:file_id>/take", files.TakeRow.as_view(), name="api-file-take"),
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
    path("prices/<int:album_id>/history", history.AlbumHistory.as_view(), name="api-history"),
    path("prices/releases/<int:release_id>", pricing.ReleasePrices.as_view(), name="api-prices-of"),
    path(
        "prices/releases/<int:release_id>/history",
        history.ReleaseHistory.as_view(),
        name="api-history-of",
    ),
    path(
        "prices/releases/<int:release_id>/suggestion",
        pricing.ReleaseSuggestion.as_view(),
        name="api-suggestion",
    ),
    path("sellers", sellers.Sellers.as_view(), name="api-sellers"),
    path("sellers/<int:followed_id>", sellers.FollowedSellerDetail.as_view(), name="api-seller"),
    path(
        "sellers/<int:followed_id>/offers",
        sellers.SellerOffers.as_view(),
        name="api-seller-offers",
    ),
    path("sellers/<int:followed_id>/read", sellers.ReadSeller.as_view(), name="api-seller-read"),
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
