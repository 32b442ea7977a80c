from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = gettext_lazy("Credits")

    def ready(self) -> None:
        from billing import arrivals

        arrivals.listen()
