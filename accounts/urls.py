from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("name/", views.name, name="name"),
    path("language/", views.language, name="language"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("sessions/end-others/", views.end_other_sessions, name="end_other_sessions"),
    path("leave/", views.leave, name="leave"),
    path("stay/", views.stay, name="stay"),
]
