"""How messages of simulated services come to Echoes in a test: through its front, without a network."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from django.db import connections as databases
from django.test import Client


def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
    """What Echoes says to a message, whichever thread brings it."""
    try:
        kind = headers["Content-Type"]
        answer = Client().post(urlsplit(url).path, data=body, content_type=kind, headers=headers)
        return answer.status_code
    finally:
        if threading.current_thread() is not threading.main_thread():
            databases.close_all()
