"""login/ and login/callback/ below the account pages."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from accounts.providers.spotify.provider import SpotifyProvider

urlpatterns = default_urlpatterns(SpotifyProvider)
