"""A Runway of ours: `running()` starts one here, and `python -m tests.contracts.runway` runs it alone."""

from tests.contracts.runway.fake import KEY, Runway, running

__all__ = ["KEY", "Runway", "running"]
