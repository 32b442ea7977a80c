from __future__ import annotations

from django.urls import path

from clips import budget_views, choice_views, sheet_views, views

app_name = "clips"
urlpatterns = [
    path("projects/<uuid:pk>/clips/", views.grid, name="grid"),
    path("projects/<uuid:pk>/clips/reading/", views.reading, name="reading"),
    path("projects/<uuid:pk>/clips/animate/", views.animate_all, name="animate_all"),
    path("projects/<uuid:pk>/clips/approve/", views.approve_all, name="approve_all"),
    path("projects/<uuid:pk>/clips/chosen/", choice_views.act, name="chosen"),
    path("projects/<uuid:pk>/clips/order/", views.order, name="order"),
    path("projects/<uuid:pk>/clips/budget/", budget_views.show, name="budget"),
    path("projects/<uuid:pk>/clips/budget/bring/", budget_views.bring, name="bring"),
    path("clips/<uuid:pk>/", views.card, name="card"),
    path("clips/<uuid:pk>/takes/", views.take_list, name="takes"),
    path("clips/<uuid:pk>/takes/<uuid:take>/choose/", views.choose_take, name="choose_take"),
    path("clips/<uuid:pk>/animate/", views.animate, name="animate"),
    path("clips/<uuid:pk>/ideas/", sheet_views.ideas, name="ideas"),
    path("clips/<uuid:pk>/withhold/", sheet_views.withhold, name="withhold"),
    path("clips/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("clips/<uuid:pk>/approve/", views.approve, name="approve"),
    path("clips/<uuid:pk>/trim/", views.trim, name="trim"),
    path("clips/<uuid:pk>/move/", views.move, name="move"),
    path("clips/<uuid:pk>/remove/", views.remove, name="remove"),
    path("clips/<uuid:pk>/restore/", views.restore, name="restore"),
    path("api/v1/projects/<uuid:pk>/photos", views.photo_start, name="photos"),
    path(
        "api/v1/projects/<uuid:pk>/photos/<uuid:ticket>/complete", views.photo_complete, name="photo_complete"
    ),
]
