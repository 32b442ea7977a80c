from __future__ import annotations

from django.urls import path

from projects import views

urlpatterns = [
    path("new/", views.create, name="create"),
    path("<uuid:pk>/rename/", views.rename, name="rename"),
    path("<uuid:pk>/withhold/", views.withhold, name="withhold"),
    path("<uuid:pk>/delete/", views.delete, name="delete"),
    path("<uuid:pk>/restore/", views.restore, name="restore"),
]
