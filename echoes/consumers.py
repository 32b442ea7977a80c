"""The live socket: one group per person, taken from the session and never from the address."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from echoes.kernel import live

SIGNED_OUT = 4401


class LiveConsumer(AsyncJsonWebsocketConsumer):
    group = ""

    async def connect(self) -> None:
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(code=SIGNED_OUT)
            return
        self.group = live.group(user.pk)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send_json({"topic": "hello"})

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Pages have nothing to say here; whatever comes is dropped."""

    async def live_poke(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])
