"""A clock that says at its end how it did: one line of JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys

import django

if __name__ == "__main__":
    django.setup()

    from jobs import polling
    from jobs.management.commands import clock

    polling.SLOWEST = float(sys.argv[1])
    poller = polling.Poller(lags=[])
    asyncio.run(clock.run(poller))
    assert poller.lags is not None
    usage = resource.getrusage(resource.RUSAGE_SELF)
    steps = statistics.quantiles(poller.lags, n=100)
    print(  # noqa: T201  (what it is for)
        json.dumps(
            {
                "polls": len(poller.lags),
                "p50": steps[49],
                "p99": steps[98],
                "cpu": usage.ru_utime + usage.ru_stime,
                "rss_mb": usage.ru_maxrss / 1024,
            }
        )
    )
