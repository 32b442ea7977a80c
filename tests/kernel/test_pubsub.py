"""The channel layer on a Redis of its own, which is stopped, killed, held up and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
from channels_redis.pubsub import RedisPubSubChannelLayer

from echoes.embedded import claim, servers
from echoes.kernel import pubsub
from echoes.kernel.pubsub import DEAF, RESYNC, Layer

SECONDS = 5.0
WORD = {"type": "live.poke", "message": {"id": 1}}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Servers]:
    home = tmp_path_factory.mktemp("redis")
    for folder in (home, *home.parents[:2]):
        folder.chmod(0o755)
    claimed = claim.take(data_dir=home, what="a test")
    started = servers.start(claimed, with_postgres=False, durable=False)
    yield started
    started.stop()
    claimed.release()


@pytest.fixture
def own(machine: servers.Servers) -> servers.Servers:
    """The same Redis, up."""
    machine.revive()
    return machine


@pytest.fixture
async def layer(own: servers.Servers) -> AsyncIterator[Layer]:
    made = Layer(url=own.urls.redis, prefix="test")
    yield made
    await made.flush()


class Member:
    """One socket's place in a group."""

    def __init__(self, layer: Any, name: str) -> None:
        self._layer, self._name = layer, name

    async def hears(self, *, within: float = SECONDS) -> Any:
        async with asyncio.timeout(within):
            return await self._layer.receive(self._name)

    async def hears_nothing(self, *, within: float = 1.0) -> bool:
        try:
            await self.hears(within=within)
        except TimeoutError:
            return True
        return False


async def member(layer: Any, group: str = "user.1") -> Member:
    name = await layer.new_channel()
    await layer.group_add(group, name)
    return Member(layer, name)


def stop(own: servers.Servers) -> int:
    """Its port."""
    assert own.redis
    port = own.redis.port
    own.redis.stop()
    return port


class TestSay:
    async def test_reaches_every_member_of_the_group(self, layer: Layer) -> None:
        first, second = await member(layer), await member(layer)
        stranger = await member(layer, "user.2")
        await asyncio.to_thread(layer.say, "user.1", WORD)
        assert await first.hears() == await second.hears() == WORD
        assert await stranger.hears_nothing()

    async def test_leaves_a_mark_that_something_was_said(self, layer: Layer) -> None:
        assert await layer.is_quiet("user.3")
        await asyncio.to_thread(layer.say, "user.3", WORD)
        assert not await layer.is_quiet("user.3")

    def test_fails_soon_when_redis_is_away(self) -> None:
        with pytest.raises(redis.ConnectionError):
            Layer(url="redis://127.0.0.1:9/0", prefix="test").say("user.1", WORD)


class TestSubscribing:
    async def test_is_over_when_redis_knows_it(self, layer: Layer, own: servers.Servers) -> None:
        with redis.Redis.from_url(own.urls.redis) as client:
            for number in range(50):
                await member(layer, f"user.{number}")
                assert client.publish(f"test__group__user.{number}", b"\x80") == 1

    async def test_of_channels_own_layer_may_still_be_on_its_way(self, own: servers.Servers) -> None:
        """The twin: it returns as soon as the command is written, while Redis knows nothing of it."""
        plain = RedisPubSubChannelLayer(hosts=[own.urls.redis], prefix="test")
        name = await plain.new_channel()
        _signal(own, signal.SIGSTOP)
        try:
            async with asyncio.timeout(SECONDS):
                await plain.group_add("user.1", name)
        finally:
            _signal(own, signal.SIGCONT)
        await plain.flush()

    async def test_waits_for_a_redis_that_is_held_up(self, layer: Layer, own: servers.Servers) -> None:
        name = await layer.new_channel()
        _signal(own, signal.SIGSTOP)
        adding = asyncio.create_task(layer.group_add("user.1", name))
        await asyncio.sleep(0.3)
        assert not adding.done()
        _signal(own, signal.SIGCONT)
        async with asyncio.timeout(SECONDS):
            await adding

    async def test_fails_and_leaves_nothing_when_redis_is_away(
        self, layer: Layer, own: servers.Servers
    ) -> None:
        stop(own)
        with pytest.raises(redis.RedisError):
            await layer.new_channel()
        assert layer._get_layer().channels == {}


class TestLosingRedis:
    async def test_every_member_is_told_when_it_goes_and_when_it_is_back(
        self, layer: Layer, own: servers.Servers
    ) -> None:
        first, second = await member(layer), await member(layer, "user.2")
        port = stop(own)
        assert await first.hears() == await second.hears() == DEAF
        own.start_redis(port=port)
        assert await first.hears() == await second.hears() == RESYNC
        await asyncio.to_thread(layer.say, "user.2", WORD)
        assert await second.hears() == WORD

    async def test_channels_own_layer_tells_nobody(self, own: servers.Servers) -> None:
        """The twin: what was said meanwhile is lost, and nobody learns that anything was."""
        told: list[str] = []
        plain = RedisPubSubChannelLayer(
            hosts=[own.urls.redis],
            prefix="test",
            on_disconnect=lambda: told.append("gone"),
            on_reconnect=lambda: told.append("back"),
        )
        one = await member(plain)
        own.start_redis(port=stop(own))
        assert await one.hears_nothing(within=3)
        assert told == []
        await plain.flush()

    async def test_a_cut_of_a_moment_is_owned_up_to(self, layer: Layer, own: servers.Servers) -> None:
        one = await member(layer)
        with redis.Redis.from_url(own.urls.redis) as client:
            client.client_kill_filter(_type="pubsub")
        assert await one.hears() == RESYNC

    async def test_a_line_that_died_without_a_word_is_noticed(
        self, layer: Layer, own: servers.Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pubsub, "ASK_SECONDS", 0.2)
        monkeypatch.setattr(pubsub, "SILENT_SECONDS", 1.0)
        one = await member(layer)
        _signal(own, signal.SIGSTOP)
        try:
            assert await one.hears() == DEAF
        finally:
            _signal(own, signal.SIGCONT)
        assert await one.hears() == RESYNC

    async def test_silence_alone_is_no_reason(self, layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pubsub, "ASK_SECONDS", 0.2)
        monkeypatch.setattr(pubsub, "SILENT_SECONDS", 1.0)
        one = await member(layer)
        assert await one.hears_nothing(within=2.5)

    async def test_a_message_that_cannot_be_read_does_not_end_the_listening(
        self, layer: Layer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = await member(layer)
        failing = iter([True])
        receive = pubsub.Shard._receive_message

        def fail_once(shard: Any, message: Any) -> None:
            if next(failing, False):
                raise ValueError("not a message")
            receive(shard, message)

        monkeypatch.setattr(pubsub.Shard, "_receive_message", fail_once)
        await asyncio.to_thread(layer.say, "user.1", WORD)
        assert [await one.hears(), await one.hears()] == [DEAF, RESYNC]


class TestWhoIsTooSlow:
    async def test_hears_once_that_everything_is_to_be_looked_at(
        self, layer: Layer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pubsub, "WAITING_BYTES", 10 * len(layer.serialize(WORD)))
        slow, brisk = await member(layer), await member(layer, "user.2")
        for _ in range(11):
            await asyncio.to_thread(layer.say, "user.1", WORD)
        await asyncio.to_thread(layer.say, "user.2", WORD)
        assert await brisk.hears() == WORD
        assert await slow.hears() == RESYNC
        assert await slow.hears_nothing()


class TestFlush:
    async def test_ends_a_listening_that_was_not_told_of_its_cancellation(
        self, layer: Layer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As `asyncio.wait_for` of Python 3.11 does it to a ping that is sent in that moment."""
        listening = asyncio.Event()

        async def deaf_to_cancellation(shard: pubsub.Shard) -> None:
            listening.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(SECONDS)

        monkeypatch.setattr(pubsub.Shard, "_receive", deaf_to_cancellation)
        layer._get_layer()._shards[0]._ensure_receiver()
        await listening.wait()
        async with asyncio.timeout(SECONDS):
            await layer.flush()


class TestForget:
    async def test_gives_up_a_channel_that_nobody_waited_on(self, layer: Layer, own: servers.Servers) -> None:
        name = await layer.new_channel()
        await layer.forget(name)
        with redis.Redis.from_url(own.urls.redis) as client:
            assert client.pubsub_channels("test*") == []


def _signal(own: servers.Servers, number: int) -> None:
    assert own.redis
    os.kill(own.redis.launched.process.pid, number)
