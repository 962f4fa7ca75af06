"""login/ and login/callback/ below the account pages."""

from allauth.socialaccount.providers.oauth.urls import default_urlpatterns

from accounts.providers.discogs.provider import DiscogsProvider

urlpatterns = default_urlpatterns(DiscogsProvider)
