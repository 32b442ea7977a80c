"""Which services this deployment may use, and where they are.

A service without a key is off: none of its models is offered. Where a service's address is this machine (a
simulated one, for tests and for looking around), what it makes is fetched from that address alone without
https, and every page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class Provider(models.TextChoices):
    LOCAL = "local", gettext_lazy("This machine")
    RUNWAY = "runway", "Runway"
    REPLICATE = "replicate", "Replicate"
    OPENAI = "openai", "OpenAI"


@dataclass(frozen=True)
class Connection:
    """`url` is empty for the service's own address; `strict`: answers that break the contract are errors."""

    key: str
    url: str = ""
    strict: bool = False


def connection(provider: str) -> Connection:
    """How to reach a service; raises KeyError for one that nobody knows."""
    key, url = settings.PROVIDERS[provider]
    return Connection(key, url, settings.PROVIDERS_STRICT)


def is_connected(provider: str) -> bool:
    """Whether its models can be used here."""
    return provider == Provider.LOCAL or bool(connection(provider).key)


def simulated() -> list[str]:
    """The services that are simulated on this machine, by name."""
    return [name for name, (key, url) in settings.PROVIDERS.items() if key and is_here(url)]


def plain_origins() -> frozenset[str]:
    """The addresses on this machine from which results may be fetched without https."""
    return frozenset(url.rstrip("/") for key, url in settings.PROVIDERS.values() if key and is_here(url))


def is_here(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
