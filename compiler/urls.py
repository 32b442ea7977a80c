from __future__ import annotations

from django.urls import path

from compiler import film_views, views

app_name = "compiler"
urlpatterns = [
    path("projects/<uuid:pk>/finish/", views.finish, name="finish"),
    path("projects/<uuid:pk>/preview.json", views.preview, name="preview"),
    path("projects/<uuid:pk>/shelf/", views.shelf, name="shelf"),
    path("projects/<uuid:pk>/music/", views.order, name="order"),
    path("projects/<uuid:pk>/music/<uuid:recording>/cancel/", views.cancel_order, name="cancel_order"),
    path("clips/<uuid:pk>/finish/", views.clip_finish, name="clip_finish"),
    path("films/<uuid:pk>/", film_views.film, name="film"),
    path("films/<uuid:pk>/fragment/", film_views.film_fragment, name="film_fragment"),
    path("films/<uuid:pk>/cancel/", film_views.cancel, name="cancel"),
    path("films/<uuid:pk>/retry/", film_views.retry, name="retry"),
    path("films/<uuid:pk>/again/", film_views.again, name="again"),
    path("films/<uuid:pk>/poster/", film_views.poster, name="poster"),
    path("films/<uuid:pk>/delete/", film_views.delete, name="delete"),
    path("films/<uuid:pk>/restore/", film_views.restore, name="restore"),
]
