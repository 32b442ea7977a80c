from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Credits"

    def ready(self) -> None:
        from billing import arrivals

        arrivals.listen()
