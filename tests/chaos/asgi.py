"""What the web process of a rig serves instead of `echoes.asgi`."""

from __future__ import annotations

from echoes.asgi import application
from tests.chaos import inject

inject.apply()

__all__ = ["application"]
