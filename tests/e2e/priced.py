"""The settings of a product in which two more models can film, for credits."""

from echoes.settings import *  # noqa: F403
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
