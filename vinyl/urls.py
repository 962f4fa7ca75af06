"""All addresses of the site, by room. `path` order matters only for the catch-alls of allauth."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from recommendations.views import try_without_account
from vinyl import health, pages
from vinyl.desk.panel import panel

urlpatterns = [
    path("", pages.home, name="home"),
    path("try/", try_without_account, name="try"),
    path("privacy/", pages.privacy, name="privacy"),
    path("legal/", pages.legal, name="legal"),
    path("terms/", pages.terms, name="terms"),
    path("language/", pages.language, name="language"),
    path("theme/", pages.theme, name="theme"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("vinyl.jobs.urls")),
    path("", include("catalog.urls")),
    path("", include("accounts.urls")),
    path("", include("pricing.urls")),
    path("", include("recommendations.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/", include("vinyl.api_urls")),
    path("admin/panel/", admin.site.admin_view(panel), name="desk_panel"),
    path("admin/", admin.site.urls),
]
if settings.SANDBOX or settings.DEBUG:
    urlpatterns.append(path("parts/", pages.parts, name="parts"))
handler404 = "vinyl.pages.not_found"
handler500 = "vinyl.pages.server_error"
