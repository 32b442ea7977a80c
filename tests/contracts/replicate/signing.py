"""How Replicate signs its webhooks (the Standard Webhooks specification)."""

from __future__ import annotations

import base64
import hashlib
import hmac

SECRET = "whsec_" + base64.b64encode(b"a secret of our simulation").decode()


def signed(body: bytes, *, id: str, timestamp: int, secret: str = SECRET) -> dict[str, str]:
    """The headers of a message."""
    key = base64.b64decode(secret.partition("_")[2])
    mac = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
