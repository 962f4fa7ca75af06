"""Addresses of jobs, live events and the status page."""

from __future__ import annotations

from django.urls import path

from vinyl.jobs import views
from vinyl.jobs.status import views as status

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.own_jobs, name="own"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<int:job_id>/again/", views.again, name="again"),
    path("live/", views.live_events, name="live"),
    path("status/", status.status_page, name="status"),
    path("status/live/", status.status_live, name="status_live"),
]
