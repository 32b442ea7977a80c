from __future__ import annotations

from django.urls import path

from library import api

app_name = "library"
urlpatterns = [
    path("api/v1/uploads", api.upload_start, name="uploads"),
    path("api/v1/uploads/<uuid:pk>", api.upload_status, name="upload_status"),
    path("api/v1/uploads/<uuid:pk>/parts", api.upload_parts, name="upload_parts"),
    path("api/v1/uploads/<uuid:pk>/complete", api.upload_complete, name="upload_complete"),
]
