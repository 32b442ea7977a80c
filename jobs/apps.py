from __future__ import annotations

import dramatiq
from django.apps import AppConfig
from django.conf import settings


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import broker

        dramatiq.set_broker(broker.redis(settings.REDIS_URL))
