from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class LibraryConfig(AppConfig):
    name = "library"
    verbose_name = gettext_lazy("Library")
