from __future__ import annotations

from django.urls import path

from compiler import views

app_name = "compiler"
urlpatterns = [
    path("projects/<uuid:pk>/finish/", views.finish, name="finish"),
    path("projects/<uuid:pk>/preview.json", views.preview, name="preview"),
    path("projects/<uuid:pk>/shelf/", views.shelf, name="shelf"),
    path("projects/<uuid:pk>/music/", views.order, name="order"),
    path("projects/<uuid:pk>/music/<uuid:recording>/cancel/", views.cancel_order, name="cancel_order"),
    path("clips/<uuid:pk>/finish/", views.clip_finish, name="clip_finish"),
    path("films/<uuid:pk>/", views.film, name="film"),
    path("films/<uuid:pk>/fragment/", views.film_fragment, name="film_fragment"),
    path("films/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("films/<uuid:pk>/retry/", views.retry, name="retry"),
    path("films/<uuid:pk>/delete/", views.delete, name="delete"),
]
