"""The live socket: one group per person, taken from the session and never from the address.

What it says to a page:

=================================  ========================================================================
`{"topic": "hello", "quiet": 55}`  registered: from here on the page hears everything; nothing was said in the
                                   last `quiet` seconds (0: something was)
`{"topic": "take", "id": ...}`     look at this again
`{"topic": "deaf"}`                Redis is away: look for yourself
`{"topic": "resync"}`              Redis is back, or you were too slow: look at everything again
`{"topic": "here"}`                the answer to the one thing that a page may say, `there?`
=================================  ========================================================================
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any

import redis
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts import sessions
from echoes.kernel import clock, live, pubsub

log = logging.getLogger(__name__)

SIGNED_OUT = 4401
TOO_OLD = 4408
TOO_MUCH = 1008
TRY_LATER = 1013

RECHECK_SECONDS = 60.0
LIFE_SECONDS = 12 * 60 * 60.0
SEND_SECONDS = 10.0  # for one message; who takes longer has gone, or might as well have
QUESTIONS = 60  # of a page, between two rechecks
QUESTION, ANSWER = "there?", {"topic": "here"}


class LiveConsumer(AsyncWebsocketConsumer):
    def __init__(self) -> None:
        super().__init__()
        self.group = ""
        self.accepted = self.closed = False
        self.questions = 0
        self.watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except redis.RedisError as error:
            log.warning("a page could not be registered: %s", error)
            await self._refuse(send)
        except TimeoutError:
            log.info("a socket that takes nothing more is given up")
        finally:
            await self._leave()

    async def dispatch(self, message: Any) -> None:
        """Channels' own first gives back database connections, in a thread; here none is held."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        user = self.scope["user"]
        await self.accept()
        self.accepted = True
        if not user.is_authenticated:
            await self._end(SIGNED_OUT)
            return
        self.visit = sessions.visit(user=user, session=self.scope["session"])
        self.group = live.group(user.pk)
        await self.channel_layer.group_add(self.group, self.channel_name)
        # The session may have ended between the door and the group; from here on we are told.
        await self._recheck()
        quiet = await self.channel_layer.is_quiet(self.group)
        await self._say({"topic": "hello", "quiet": pubsub.QUIET_SECONDS if quiet else 0})
        self.watch = asyncio.create_task(self._watch())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.questions += 1
        if self.questions > QUESTIONS:
            await self._end(TOO_MUCH)
        elif text_data == QUESTION:
            await self._say(ANSWER)

    async def live_poke(self, event: dict[str, Any]) -> None:
        await self._say(event["message"])

    async def live_recheck(self, event: dict[str, Any]) -> None:
        await self._recheck()

    async def live_deaf(self, event: dict[str, Any]) -> None:
        await self._say({"topic": "deaf"})

    async def live_resync(self, event: dict[str, Any]) -> None:
        """What was lost may have been the word to look at the session."""
        await self._say({"topic": "resync"})
        await self._recheck()

    async def _watch(self) -> None:
        """The word that a session has ended may be lost. This is what makes sure."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LIFE_SECONDS
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(left, RECHECK_SECONDS))
            self.questions = 0
            with contextlib.suppress(
                TimeoutError
            ):  # a reader that takes nothing; the next look comes all the same
                await self._recheck()
        await self._end(TOO_OLD)

    async def _recheck(self) -> None:
        try:
            stands = await database_sync_to_async(sessions.stands)(self.visit, now=clock.now())
        except Exception as error:  # the database blinked: the next look decides
            log.warning("the session of a socket was not looked up: %s", error)
        else:
            if not stands:
                await self._end(SIGNED_OUT)

    async def _say(self, message: dict[str, Any]) -> None:
        if not self.closed:
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(json.dumps(message))

    async def _end(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            async with asyncio.timeout(SEND_SECONDS):
                await self.close(code=code)

    async def _refuse(self, send: Any) -> None:
        """The page tries again by and by, and polls meanwhile."""
        if not self.accepted:
            await send({"type": "websocket.accept"})
        if not self.closed:
            await send({"type": "websocket.close", "code": TRY_LATER})

    async def _leave(self) -> None:
        """However it ended, neither a group nor Redis may remember it."""
        if self.watch:
            self.watch.cancel()
        try:
            if self.group:
                await self.channel_layer.group_discard(self.group, self.channel_name)
            if name := getattr(self, "channel_name", ""):
                await self.channel_layer.forget(name)
        except redis.RedisError:
            log.info("Redis is away, and forgets by itself")
