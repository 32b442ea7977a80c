"""Whether a message is Replicate's, and which prediction it is about (the Standard Webhooks signature).

The SDK checks the signature; unasked it does not look at the clock. The secret is the account's: it is
fetched once in each process, and once more where a signature does not fit and the secret is not new, since
staff may have exchanged it.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping

import httpx
from replicate.webhook import Webhooks, WebhookSigningSecret, WebhookValidationError

from providers import connections
from providers.callbacks import Forged, Named, NotYet
from providers.connections import Connection, Provider
from providers.replicate import line, outputs

TOLERANCE = 300  # seconds, of the past and of the future
NEW = 300.0  # seconds for which a secret is not fetched again
BEGUN = frozenset({"starting", "processing"})
SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")

_secrets: dict[Connection, tuple[WebhookSigningSecret, float]] = {}
_lock = threading.Lock()


def named(*, headers: Mapping[str, str], body: bytes) -> Named:
    """The prediction that a message of Replicate's is about. Raises Forged, and NotYet while the secret
    cannot be fetched."""
    signed = {name: headers.get(name, "") for name in SIGNED}
    if not _is_of_now(signed["webhook-timestamp"]) or not all(signed.values()):
        raise Forged
    connection = connections.connection(Provider.REPLICATE)
    if not connection.key:
        raise Forged
    if not _fits(signed, body, _secret(connection)) and not _fits(signed, body, _newer(connection)):
        raise Forged
    try:
        said = json.loads(body)
        return Named(outputs.id_of(said), has_only_begun=said.get("status") in BEGUN)
    except (ValueError, line.Strange):
        raise Forged("This is signed, and yet it is about no prediction.") from None


def _is_of_now(timestamp: str) -> bool:
    with contextlib.suppress(ValueError):
        return abs(time.time() - int(timestamp)) <= TOLERANCE
    return False


def _fits(signed: dict[str, str], body: bytes, secret: WebhookSigningSecret) -> bool:
    try:
        Webhooks.validate(headers=signed, body=body.decode(), secret=secret, tolerance=TOLERANCE)
    except (WebhookValidationError, ValueError):
        return False
    return True


def _secret(connection: Connection) -> WebhookSigningSecret:
    with _lock:
        if connection not in _secrets:
            _secrets[connection] = (_fetched(connection), time.monotonic())
        return _secrets[connection][0]


def _newer(connection: Connection) -> WebhookSigningSecret:
    with _lock:
        secret, since = _secrets[connection]
        if time.monotonic() - since > NEW:
            secret = _fetched(connection)
            _secrets[connection] = (secret, time.monotonic())
        return secret


def _fetched(connection: Connection) -> WebhookSigningSecret:
    try:
        secret: WebhookSigningSecret = line.quick_client(connection).webhooks.default.secret()
        return secret
    except (line.Declined, line.Strange, httpx.TransportError, ValueError) as error:
        raise NotYet from error
