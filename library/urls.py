from __future__ import annotations

from django.urls import path

from library import api, sent_views, views

app_name = "library"
urlpatterns = [
    path("api/v1/uploads", api.upload_start, name="uploads"),
    path("api/v1/uploads/<uuid:pk>", api.upload_status, name="upload_status"),
    path("api/v1/uploads/<uuid:pk>/parts", api.upload_parts, name="upload_parts"),
    path("api/v1/uploads/<uuid:pk>/complete", api.upload_complete, name="upload_complete"),
    path("settings/sent/", sent_views.page, name="sent"),
    path("settings/sent/summary/", sent_views.summary, name="sent_summary"),
    path("settings/sent/photos/<uuid:pk>/", sent_views.withhold, name="withhold"),
    path("yours/space/", views.usage, name="usage"),
    path("yours/export/", views.export, name="export"),
    path("yours/export/cancel/", views.export_cancel, name="export_cancel"),
]
