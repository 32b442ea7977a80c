"""Every address of Echoes. Pages that belong to several apps are given their names here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from echoes import media, pages, views
from echoes.styleguide import views as styleguide
from projects import urls as project_urls

project_patterns = [
    path("", pages.dashboard, name="dashboard"),
    path("<uuid:pk>/", pages.project, name="show"),
    path("<uuid:pk>/films/", pages.project_films, name="films"),
    path("<uuid:pk>/surprise/", pages.surprise, name="surprise"),
    *project_urls.urlpatterns,
]
urlpatterns = [
    path("", views.landing, name="landing"),
    path("pricing/", views.pricing, name="pricing"),
    path("healthz/", views.healthz, name="healthz"),
    path("mail/", views.mailbox, name="mailbox"),
    path("fonts.css", views.fonts_css, name="fonts_css"),
    path("fonts/<slug:name>.ttf", views.font, name="font"),
    # The list of sessions is a part of the settings.
    path("accounts/sessions/", RedirectView.as_view(pattern_name="accounts:settings")),
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.urls")),
    path("admin/jobs/", include("jobs.urls")),
    path("", include("billing.urls")),
    path("", include("providers.urls")),
    path("admin/", admin.site.urls),
    path("projects/", include((project_patterns, "projects"))),
    path("", include("clips.urls")),
    path("", include("compiler.urls")),
    path("", include("library.urls")),
    path("notices/", include("notices.urls")),
    path("work/", pages.tray, name="tray"),
    path("styleguide/", styleguide.index, name="styleguide"),
    path("styleguide/<slug:name>/", styleguide.error, name="styleguide_error"),
    path("media/<slug:storage>/", media.receive, name="media_receive"),
    re_path(r"^media/(?P<storage>[a-z]+)/(?P<key>.+)$", media.send, name="media_send"),
]
handler400 = "echoes.views.bad_request"
handler403 = "echoes.views.forbidden"
handler404 = "echoes.views.not_found"
handler500 = "echoes.views.server_error"
