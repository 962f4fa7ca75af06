"""Addresses of prices and of the pages that show them."""

from __future__ import annotations

from django.urls import path

from pricing import notice_views, views
from pricing.pages import describing
from pricing.pages import views as pages
from pricing.sellers import views as sellers

app_name = "pricing"

urlpatterns = [
    # --- prices: asking, and the parts of pages that show them
    path("albums/<int:album_id>/ask/", views.ask_album, name="ask_album"),
    path(
        "albums/<int:album_id>/pressings/<int:release_id>/ask/",
        views.ask_release,
        name="ask_release",
    ),
    path("albums/<int:album_id>/prices/", views.album_prices, name="album_prices"),
    path("albums/<int:album_id>/prices/<slug:provider>/", views.block, name="block"),
    path("albums/<int:album_id>/tag/", views.tag, name="tag"),
    path("offers/<int:quote_id>/check/", views.check_offer, name="check_offer"),
    # --- sellers
    path("sellers/", sellers.sellers, name="sellers"),
    path("sellers/follow/", sellers.follow, name="sellers_follow"),
    path("sellers/undo/", sellers.undo, name="sellers_undo"),
    path("sellers/<int:followed_id>/", sellers.seller, name="seller"),
    path("sellers/<int:followed_id>/favourite/", sellers.favourite, name="seller_favourite"),
    path("sellers/<int:followed_id>/read/", sellers.read_again, name="seller_read"),
    path("sellers/<int:followed_id>/remove/", sellers.unfollow, name="seller_remove"),
    # --- what eBay sends
    path("ebay/account-deletion/", notice_views.account_deletion, name="ebay_account_deletion"),
    # --- pages: album, artist, pressing, wants, shelf
    path("albums/<int:album_id>/", pages.album, name="album"),
    path("artists/<int:artist_id>/", pages.artist, name="artist"),
    path("releases/<int:release_id>/", pages.release, name="release"),
    path("wants/", pages.wants, name="wants"),
    path("shelf/", pages.shelf, name="shelf"),
    path("wants/<int:row_id>/", describing.want, name="want"),
    path("shelf/<int:row_id>/", describing.copy, name="copy"),
    path("shelf/doubles/", describing.doubles, name="doubles"),
    path("shelf/doubles/meant/", describing.doubles_meant, name="doubles_meant"),
    path("wants/<int:row_id>/remove/", pages.remove, {"name": "wants"}, name="wants_remove"),
    path("wants/undo/", pages.undo, {"name": "wants"}, name="wants_undo"),
    path("shelf/<int:row_id>/remove/", pages.remove, {"name": "shelf"}, name="shelf_remove"),
    path("shelf/undo/", pages.undo, {"name": "shelf"}, name="shelf_undo"),
]
