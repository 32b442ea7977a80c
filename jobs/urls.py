"""The staff's pages about jobs. They stand inside the admin, so that its heading "Jobs" leads here."""

from __future__ import annotations

from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("all/", views.all_jobs, name="all"),
    path("<slug:kind>/<uuid:pk>/", views.show, name="show"),
    path("<slug:kind>/<uuid:pk>/retry/", views.retry, name="retry"),
    path("<slug:kind>/<uuid:pk>/cancel/", views.cancel, name="cancel"),
]
