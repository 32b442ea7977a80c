"""What a worker of a rig loads instead of `echoes.worker`."""

from __future__ import annotations

from echoes import worker
from tests.chaos import inject

inject.apply()

__all__ = ["worker"]
