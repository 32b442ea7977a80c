from __future__ import annotations

from django.urls import path

from providers import hooks

app_name = "providers"
urlpatterns = [path("hooks/<slug:provider>/<str:key>/", hooks.hear, name="hook")]
