"""Addresses of jobs, live events and the status page."""

from __future__ import annotations

from django.urls import path

from vinyl.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<int:job_id>/again/", views.again, name="again"),
    path("live/", views.live_events, name="live"),
    path("status/", views.status_page, name="status"),
    path("status/lights/", views.status_lights, name="status_lights"),
    path("status/log/", views.status_log, name="status_log"),
]
