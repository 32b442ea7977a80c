from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils.module_loading import import_string

from echoes.kernel import clock
from jobs import sweep
from jobs.polling import Poller

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0
TIDY_SECONDS = 600.0


class Command(BaseCommand):
    help = (
        "Wakes, rescues and rings for jobs, and asks providers how theirs go. Any number of copies may run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(run(Poller()))


async def run(poller: Poller) -> None:
    """Sweep and poll until told to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    tick = sync_to_async(partial(_guarded, sweep.tick))
    # Throwing things away may take its time: on a thread of its own, so that nobody waits for it.
    tidy = sync_to_async(_tidy, thread_sensitive=False)
    await asyncio.gather(
        _again_and_again(stop, TICK_SECONDS, tick),
        _again_and_again(stop, TIDY_SECONDS, tidy),
        poller.run(stop),
    )


async def _again_and_again(
    stop: asyncio.Event, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    while not stop.is_set():
        await work()
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue


def _tidy() -> None:
    for path in settings.HOUSEKEEPING:
        _guarded(import_string(path))


def _guarded(work: Callable[..., object]) -> None:
    close_old_connections()
    try:
        work(now=clock.now())
    except Exception:  # the edge of the clock: the next time tries again
        log.exception("the clock missed %s", work)
    finally:
        close_old_connections()
