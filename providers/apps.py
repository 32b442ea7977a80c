from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = gettext_lazy("AI services")
