"""Echoes with one more app: jobs of no product, and a provider of ours that does some of them."""

from echoes.settings import *  # noqa: F403
from echoes.settings import INSTALLED_APPS, INVENTORY, JOB_KINDS, PROVIDERS, REMOTE_SERVICES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.lab"]
JOB_KINDS = {
    **JOB_KINDS,
    "chore": ("tests.lab.models.Chore", "tests.lab.execution.chore"),
    "errand": ("tests.lab.models.Errand", "tests.lab.execution.errand"),
}
INVENTORY = [*INVENTORY, "tests.lab.inventory.PART"]
REMOTE_SERVICES = {**REMOTE_SERVICES, "lab": "tests.lab.service.LAB"}
# Whoever runs the tests may have keys; only the `live` tests use them.
PROVIDERS = dict.fromkeys(PROVIDERS, ("", ""))
PROVIDERS_STRICT = True
PASSWORD_HASHERS = ["tests.passwords.QuickHasher"]
MATTING_MODEL = None
