"""Where services say something, and the staff's pages about trials."""

from __future__ import annotations

from django.urls import path

from providers import hooks, views

app_name = "providers"
urlpatterns = [
    path("hooks/<slug:provider>/<str:key>/", hooks.hear, name="hook"),
    path("admin/services/models/<slug:slug>/try/", views.try_out, name="try_out"),
    path("admin/services/trials/<uuid:pk>/", views.trial, name="trial"),
    path("admin/services/trials/<uuid:pk>/sample/", views.use_as_sample, name="use_as_sample"),
]
