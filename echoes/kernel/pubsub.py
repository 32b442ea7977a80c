"""Channels' pub/sub layer over Redis, with what it leaves out.

channels_redis 4.3.0 takes `on_disconnect` and `on_reconnect` and calls neither: Redis goes and comes back,
the sockets stay open, and what was said meanwhile is lost without a word. Here

- a subscription counts when Redis has confirmed it, so that "registered" is a fact;
- every member of a group gets DEAF when Redis is lost, and RESYNC when its subscriptions stand again;
- who reads more slowly than others write loses what is waiting, and gets RESYNC instead;
- code that is not async speaks over a connection that stays open (0.2 ms; a new event loop took 2).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import cached_property
from typing import Any

import redis
from channels_redis import pubsub, utils
from redis import backoff
from redis.asyncio import client as async_client
from redis.asyncio import retry as async_retry
from redis.retry import Retry

log = logging.getLogger(__name__)

Message = dict[str, Any]

DEAF: Message = {"type": "live.deaf"}
RESYNC: Message = {"type": "live.resync"}
AGAIN, THERE = b"subscribed again", b"still there"
WAITING_BYTES = 1_000_000  # before one socket; some three thousand messages
STIRRED_SECONDS = 60
QUIET_SECONDS = 55  # a little less than the above, for the moments between
CONFIRM_SECONDS = 5.0
PAUSE_SECONDS = 0.25  # between two tries to reach Redis
ASK_SECONDS, SILENT_SECONDS = 2.0, 6.0  # of hearing nothing: then a ping, then the line counts as dead
# One retry, at once, is for a connection that went stale; more would hold up pages while Redis is away.
CONNECTION = {"socket_connect_timeout": 1.0, "socket_timeout": 2.0}


class Layer(pubsub.RedisPubSubChannelLayer):  # type: ignore[misc]
    """The layer of a process; `group_add` and the like go to the one of the running event loop."""

    def __init__(self, *, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix
        retry = async_retry.Retry(backoff.NoBackoff(), 1)
        super().__init__(hosts=[{"address": url, "retry": retry, **CONNECTION}], prefix=prefix)

    def say(self, group: str, message: Message) -> None:
        """Tell a group, from code that is not async; raises redis.RedisError."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(stirred(self._prefix, group), 1, ex=STIRRED_SECONDS)
        pipe.publish(f"{self._prefix}__group__{group}", self.serialize(message))
        pipe.execute()

    @cached_property
    def _redis(self) -> redis.Redis:
        return redis.Redis.from_url(self._url, retry=Retry(backoff.NoBackoff(), 1), **CONNECTION)

    def _get_layer(self) -> LoopLayer:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            self._layers[loop] = LoopLayer(*self._args, **self._kwargs, channel_layer=self)
            utils._wrap_close(self, loop)
        found: LoopLayer = self._layers[loop]
        return found


class LoopLayer(pubsub.RedisPubSubLoopLayer):  # type: ignore[misc]
    """The layer of one event loop: its channels, groups and connection."""

    def __init__(self, *, hosts: list[Any], **options: Any) -> None:
        super().__init__(hosts=hosts, **options)
        self._shards = [Shard(host, self) for host in utils.decode_hosts(hosts)]

    async def is_quiet(self, group: str) -> bool:
        """Whether nobody has said anything to the group in the last QUIET_SECONDS."""
        return not await self._get_shard(group).exists(stirred(self.prefix, group))

    async def forget(self, channel: str) -> None:
        """Give up a channel. The layer does it by itself only when its reader is cancelled while it waits."""
        if self.channels.pop(channel, None) is not None:
            await self._get_shard(channel).unsubscribe(channel)

    def tell_all(self, message: Message) -> None:
        """Put a message before every member of every group of this process, without Redis."""
        data = self.channel_layer.serialize(message)
        for channel in {channel for members in self.groups.values() for channel in members}:
            if channel in self.channels:
                self.channels[channel].put_nowait(data)

    async def _subscribe_to_channel(self, channel: str) -> None:
        self.channels[channel] = Inbox(full=self.channel_layer.serialize(RESYNC))
        try:
            await self._get_shard(channel).subscribe(channel)
        except BaseException:
            del self.channels[channel]
            raise


class Shard(pubsub.RedisSingleShardConnection):  # type: ignore[misc]
    """The connection that listens, and one that speaks."""

    def __init__(self, host: Any, channel_layer: LoopLayer) -> None:
        super().__init__(host, channel_layer)
        self._redis: Any = None
        self._pubsub: Any = None
        self._asked: dict[bytes, asyncio.Future[None]] = {}
        self._heard_at = 0.0
        self._is_deaf = False
        self._is_over = False

    async def flush(self) -> None:
        """Returns when nothing listens any more.

        A cancellation alone does not always end the listening: up to Python 3.11 `asyncio.wait_for`, by
        which redis-py sends, swallows one that comes in the moment in which what it waits for is done.
        """
        self._is_over = True
        try:
            await super().flush()
        finally:
            self._is_over = False

    async def exists(self, key: str) -> bool:
        self._ensure_redis()
        return bool(await self._redis.exists(key))

    async def subscribe(self, channel: str) -> None:
        """Returns when Redis has confirmed it; raises redis.RedisError or TimeoutError."""
        await super().subscribe(channel)
        await self._confirmed()

    async def _confirmed(self) -> None:
        """The connection answers in order: the answer to this ping comes after the subscription."""
        token = uuid.uuid4().hex.encode()
        self._asked[token] = answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._pubsub.ping(token)
                await answer
        finally:
            del self._asked[token]

    def _ensure_redis(self) -> None:
        is_first = self._redis is None
        super()._ensure_redis()
        if is_first:
            self._pubsub = Subscriptions(self._redis.connection_pool)

    async def _do_receiving(self) -> None:
        while not self._is_over:
            try:
                await self._receive()
            except Exception as error:  # the edge of a task that must outlive whatever Redis does
                self._lost(error)
                await self._hang_up()
                await asyncio.sleep(PAUSE_SECONDS)

    async def _receive(self) -> None:
        if not (self._pubsub and self._pubsub.subscribed):
            self._heard_at = _monotonic()
            await asyncio.sleep(0.02)
            return
        message = await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=0.5)
        if message:
            self._receive_message(message)
        else:
            await self._doubt()

    async def _doubt(self) -> None:
        """A line that died without a word looks like one on which nothing is said."""
        silence = _monotonic() - self._heard_at
        if silence > SILENT_SECONDS:
            raise redis.ConnectionError("it does not answer")
        if silence > ASK_SECONDS:
            await self._pubsub.ping(THERE)

    async def _hang_up(self) -> None:
        """Whatever went wrong, only a new connection subscribes again and says so."""
        self._heard_at = _monotonic()
        if self._pubsub and self._pubsub.connection:
            await self._pubsub.connection.disconnect(nowait=True)

    def _receive_message(self, message: Message) -> None:
        self._heard_at = _monotonic()
        if message["type"] == "pong":
            self._answered(message["data"])
        else:
            super()._receive_message(message)

    def _answered(self, token: bytes) -> None:
        again = token == AGAIN
        for asked, answer in self._asked.items():
            if (again or asked == token) and not answer.done():
                answer.set_result(None)
        if again:
            log.log(logging.WARNING if self._is_deaf else logging.INFO, "Redis is back; pages are told")
            self._is_deaf = False
            self.channel_layer.tell_all(RESYNC)

    def _lost(self, error: Exception) -> None:
        if not self._is_deaf:
            self._is_deaf = True
            log.warning("Redis is away, pages look for themselves: %s", error)
            self.channel_layer.tell_all(DEAF)


class Subscriptions(async_client.PubSub):
    async def on_connect(self, connection: Any) -> None:
        """Called at every connection but the first. The answer to the ping follows the subscriptions."""
        await super().on_connect(connection)
        await self.ping(AGAIN)


class Inbox(asyncio.Queue[bytes]):
    """What waits for one channel; when it is full, `full` stands for all of it."""

    def __init__(self, *, full: bytes) -> None:
        super().__init__()
        self._full = full
        self._bytes = 0

    def put_nowait(self, item: bytes) -> None:
        if self._bytes + len(item) > WAITING_BYTES:
            while not self.empty():
                self.get_nowait()
            item = self._full
        super().put_nowait(item)

    # What asyncio.Queue leaves to its subclasses.
    def _put(self, item: bytes) -> None:
        self._bytes += len(item)
        super()._put(item)

    def _get(self) -> bytes:
        item = super()._get()
        self._bytes -= len(item)
        return item


def stirred(prefix: str, group: str) -> str:
    """The key that is there while something was said to the group a moment ago."""
    return f"{prefix}:stirred:{group}"


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
