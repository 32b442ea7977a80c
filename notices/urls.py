from __future__ import annotations

from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("", views.show, name="all"),
    path("bell/", views.bell, name="bell"),
    path("told/", views.told, name="told"),
    path("seen/", views.seen, name="seen"),
    path("by-mail/", views.wishes, name="wishes"),
    path("off/<str:sealed>/", views.off, name="off"),
]
