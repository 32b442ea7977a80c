"""Runway: a photo becomes a clip (`image_to_video`), by its official SDK, `runwayml` 5.24.0.

Runway has no webhooks, no list of tasks and no idempotency key: a create whose answer was lost is never sent
again, and nobody can look up what became of it. Pictures go by its ephemeral upload, which is held for a day.
"""

from providers.runway.adapter import HOSTS, RUNWAY, Runway

__all__ = ["HOSTS", "RUNWAY", "Runway"]
