from __future__ import annotations

from django.apps import AppConfig


class CompilerConfig(AppConfig):
    name = "compiler"
