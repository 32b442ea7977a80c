"""The tests' settings, with the simulated services that the environment names."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import PROVIDERS

PROVIDERS = {**PROVIDERS, "runway": (os.environ["SIMULATED_KEY"], os.environ["SIMULATED_URL"])}
AWAY_PER_OWNER = 1_000
