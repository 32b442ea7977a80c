from __future__ import annotations

from django.apps import AppConfig


class ClipsConfig(AppConfig):
    name = "clips"
