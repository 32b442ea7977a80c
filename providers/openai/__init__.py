"""OpenAI: words in a form, what a picture shows, what is said, pictures, and what must not be made.

Facts are from the SDK's own types (openai 3.51.0, November 2026). Everything answers while its caller waits,
and nothing has an id that could be looked up later: of an answer that was lost on its way nobody knows, and
the SDK's own retries are off, so each order is sent once. Nothing is stored there (`store` is False).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from echoes.kernel.errors import Cancelled
from providers.capabilities import Answer, Capability, Direct, Order
from providers.openai import bodies, ears, images, moderation, retiring, words

HOSTS: frozenset[str] = frozenset()
"""What it makes comes with the answer: there is nothing to fetch."""
WAYS: dict[str, Callable[[Order, Path], Answer]] = {
    Capability.WRITER: words.write,
    Capability.EYES: words.look,
    Capability.EARS: ears.listen,
    Capability.IMAGE: images.draw,
    Capability.MODERATION: moderation.judge,
}
models_retiring = retiring.models_retiring


class OpenAI:
    """`providers.capabilities.Direct`, for every capability in WAYS."""

    def answer(
        self,
        order: Order,
        *,
        folder: Path,
        on_progress: Callable[[float], None] = lambda share: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answer:
        if cancelled():  # later there is no way to stop it
            raise Cancelled
        if order.spec.capability not in WAYS:
            raise bodies.bad(f"no way to {order.spec.capability}")
        return WAYS[order.spec.capability](order, folder)


OPENAI: Direct = OpenAI()
