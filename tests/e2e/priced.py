"""The settings of a product in which two more models can film, for credits."""

from django.apps import AppConfig

from echoes.settings import *  # noqa: F403
from echoes.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.e2e.priced.Priced"]


class Priced(AppConfig):
    """Once there are models, there are two more."""

    name = "tests.e2e"

    def ready(self) -> None:
        from providers.registry import MOTION, MotionModel

        for slug, title in (("dream", "Dream"), ("vision", "Vision")):
            MOTION[slug] = MotionModel(
                slug=slug,
                title=title,
                note=f"Made by {title}",
                price_label="",
                version="providers.local.motion.VERSION",
                render="providers.local.motion.render",
            )
