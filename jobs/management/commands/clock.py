from __future__ import annotations

import asyncio
import itertools
import logging
import signal
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
PERIOD = 1.0  # seconds
HOUSEKEEPING_TICKS = 600


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
    await asyncio.gather(_sweep(stop), poller.run(stop))


async def _sweep(stop: asyncio.Event) -> None:
    for number in itertools.count():
        await sync_to_async(_tick)(tidy=number % HOUSEKEEPING_TICKS == 0)
        if stop.is_set():
            return
        try:
            await asyncio.wait_for(stop.wait(), PERIOD)
        except TimeoutError:
            continue


def _tick(*, tidy: bool) -> None:
    close_old_connections()
    try:
        sweep.tick(now=clock.now())
        for path in settings.HOUSEKEEPING if tidy else ():
            import_string(path)(now=clock.now())
    except Exception:  # the edge of the clock: the next second tries again
        log.exception("the clock missed a tick")
    finally:
        close_old_connections()
