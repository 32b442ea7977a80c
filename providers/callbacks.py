"""What services tell us by themselves: webhooks.

A message is a doorbell. It names what a service makes, and the service is asked, at once unless the message
says that it has only begun; what else it says is not believed, so it may be forged, late, repeated, in any
order. Its address holds the key of the try that was sent, signed by us: nobody can guess it, and it says for
which job a service makes something whose id never came.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from echoes.kernel.errors import EchoesError
from jobs import remote
from providers import connections

MOST_BYTES = 512 * 1024
"""A message tells the whole question again, and with it the picture that went along: up to 342 kB of
base64."""
REMEMBERED = 1_200  # seconds; a message older than five minutes is not believed anyway

# service: gives what a message is about as Named, with headers= and body=; raises Forged, NotYet.
NAMED = {"replicate": "providers.replicate.webhooks.named"}


@dataclass(frozen=True)
class Named:
    """What a message is about, by the service's own id for it."""

    remote_id: str
    has_only_begun: bool = False


class Forged(EchoesError):
    """This is not from a service of ours."""

    code = "forged"


class NotYet(EchoesError):
    """Whether this is true cannot be found out now."""

    code = "not_yet"
    permanent = False


def address(*, provider: str, key: str) -> str:
    """Where a service may say that what was sent under that key is done; empty where it cannot reach us."""
    if provider not in NAMED:
        return ""
    if not settings.PUBLIC_URL.startswith("https://") and provider not in connections.simulated():
        return ""
    path = reverse("providers:hook", args=[str(provider), _signer(provider).sign(key)])
    return f"{settings.PUBLIC_URL}{path}"


def receive(*, provider: str, sealed: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Hear a message; true when it was of use to a job of ours. Raises Forged, NotYet."""
    key = _key(provider, sealed)
    named: Named = import_string(NAMED[provider])(headers=headers, body=body)
    seen = f"hook:{hashlib.sha256(headers.get('webhook-id', '').encode()).hexdigest()}"
    if _is_remembered(seen):
        return False
    useful = _told(provider, key, named, now=now)
    with contextlib.suppress(RedisError):
        cache.set(seen, True, REMEMBERED)
    return useful


def _told(provider: str, key: UUID, named: Named, *, now: datetime) -> bool:
    """That something has begun is news where its id is not known yet, and no reason to ask any sooner."""
    about: dict[str, Any] = {"service": provider, "remote_id": named.remote_id, "now": now}
    if not named.has_only_begun and remote.nudge(**about):
        return True
    return remote.heard_of(**about, submit_key=key, has_only_begun=named.has_only_begun)


def _is_remembered(seen: str) -> bool:
    """Whether a message came before. Where that cannot be said, once more does no harm."""
    with contextlib.suppress(RedisError):
        return bool(cache.get(seen))
    return False


def _key(provider: str, sealed: str) -> UUID:
    """The key in an address of ours. Raises Forged."""
    if provider not in NAMED:
        raise Forged
    try:
        return UUID(_signer(provider).unsign(sealed))
    except (signing.BadSignature, ValueError):
        raise Forged from None


def _signer(provider: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"providers.callbacks.{provider!s}")
