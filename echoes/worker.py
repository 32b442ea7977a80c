"""What a Dramatiq worker process loads: the apps, and with them the broker and the actors."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")
django.setup()

from jobs.tasks import media, quick  # noqa: E402  (the actors need the apps)

__all__ = ["media", "quick"]
