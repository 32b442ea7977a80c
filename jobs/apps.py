from __future__ import annotations

import dramatiq
from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = gettext_lazy("Jobs")

    def ready(self) -> None:
        from jobs import broker

        dramatiq.set_broker(broker.redis(settings.REDIS_URL))
