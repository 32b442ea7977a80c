"""Signatures over small facts: who may read which object until when, what an upload may contain.

A link is signed for a fixed window, so that the same object has the same link on every process while the
window lasts and a browser's cache hits; the link outlives its window, so it never dies while it is fresh.

settings.MEDIA_KEYS are the secrets. The first signs, any is believed: put a new one in front, let the old one
go an hour later, and nobody notices. Let the old one go at once, and every link and ticket is void.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from django.conf import settings

from echoes.kernel.errors import EchoesError

WINDOW_SECONDS = 30 * 60
LIFE_SECONDS = 2 * WINDOW_SECONDS


class BadSignature(EchoesError):
    """This link is not valid, or no longer."""

    code = "bad_signature"


def window_expiry(*, now: float) -> int:
    """The Unix second at which a link signed now ends: between one and two windows away."""
    return int(now) // WINDOW_SECONDS * WINDOW_SECONDS + LIFE_SECONDS


def sign(*parts: str) -> str:
    """A URL-safe signature of the parts, in their order."""
    return _signature(settings.MEDIA_KEYS[0], parts)


def check(signature: str, *parts: str) -> None:
    """Raise BadSignature unless `signature` was made from exactly these parts."""
    given = signature.encode(errors="replace")
    if not any(hmac.compare_digest(_signature(key, parts).encode(), given) for key in settings.MEDIA_KEYS):
        raise BadSignature


def seal(purpose: str, facts: dict[str, Any]) -> str:
    """Facts with their signature, as one URL-safe string that anybody can read and nobody can change."""
    text = base64.urlsafe_b64encode(json.dumps(facts, sort_keys=True).encode()).decode()
    return f"{text}.{sign(purpose, text)}"


def unseal(purpose: str, sealed: str) -> dict[str, Any]:
    """The facts of `seal`; raises BadSignature for anything else."""
    text, _, signature = sealed.rpartition(".")
    check(signature, purpose, text)
    facts: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
    return facts


def _signature(secret: str, parts: tuple[str, ...]) -> str:
    message = "\n".join(f"{len(part)}:{part}" for part in parts)
    mac = hmac.digest(_key(secret), message.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    """For this purpose alone: what else is signed with the same secret says nothing here."""
    return hashlib.sha256(f"echoes.kernel.signing{secret}".encode()).digest()
