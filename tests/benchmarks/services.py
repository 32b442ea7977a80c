"""A film's worth of AI motion, all at once: `python -m tests.benchmarks.services`.

A simulated Runway takes a minute for each clip. Echoes is one worker for short steps, the workers for media
and one clock, as real processes; beside it, in the same run, eight threads that each send one clip, wait for
it, fetch it and cut it, and then take the next: how such things are often made.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos import rig as rigs
from tests.contracts.runway import fake as runway

MODEL = "runway-gen4-turbo"
THREADS = 8
POLL = 5.0  # seconds
ASPECT, FPS = "16:9", 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--takes", type=float, default=60.0, help="seconds that the service takes for a clip")
    parser.add_argument("--seconds", type=int, default=5, help="of each clip")
    options = parser.parse_args()
    with runway.running(seconds=options.takes, waits=0, at_once=1_000, early=True) as service:
        ours = _ours(service, number=options.clips, takes=options.takes, seconds=options.seconds)
        theirs = _blocking(service, number=options.clips, seconds=options.seconds)
    table = Table(
        title=f"{options.clips} clips of {options.seconds} s, {options.takes:.0f} s each at the service"
    )
    for heading in ("what", "seconds", "beside it"):
        table.add_column(heading)
    table.add_row("one worker and one clock", f"{ours:.1f}", f"{ours / options.takes:.2f} of one clip's time")
    table.add_row(
        f"a blocking worker of {THREADS} threads", f"{theirs:.1f}", f"{theirs / ours:.1f} times as long"
    )
    Console(width=120).print(table)


def _ours(service: runway.Runway, *, number: int, takes: float, seconds: int) -> float:
    """From the click to the last clip that can be played."""
    extra = {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.connected",
        "SIMULATED_KEY": runway.KEY,
        "SIMULATED_URL": service.url,
    }
    with rigs.running(constants={}, extra=extra) as rig:
        owner = rig.ask("person")
        project = rig.ask("project", owner=owner, seconds=seconds)
        rig.photos(number, owner=owner, project=project)
        rig.settled(seconds=600)
        rig.query("UPDATE providers_model SET expected_seconds = %s RETURNING slug", round(takes))
        began = time.monotonic()
        rig.ask("takes_by", project=project, model=MODEL)
        rig.settled(seconds=takes * 5 + 300)
        took = time.monotonic() - began
        made = rig.query("SELECT state, error_detail FROM clips_take WHERE model = %s", MODEL)
        assert [take["state"] for take in made] == ["succeeded"] * number, made
        assert service.shortest_gap >= POLL
        return took


def _blocking(service: runway.Runway, *, number: int, seconds: int) -> float:
    """The same by threads that wait. They use the product's own adapter, and its own cutting."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.connected",
        "SIMULATED_KEY": runway.KEY,
        "SIMULATED_URL": service.url,
    }
    import django

    django.setup()
    from providers.runway import RUNWAY

    picture = _picture()
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _: _one(RUNWAY, picture, seconds=seconds), range(number)))
    return time.monotonic() - began


def _one(adapter: object, picture: object, *, seconds: int) -> None:
    import asyncio

    from jobs.remote import Pending
    from providers.capabilities import Capability, MotionRequest, Order, Spec
    from providers.local import footage

    spec = Spec(MODEL, Capability.MOTION, "gen4_turbo")
    receipt = adapter.submit(
        Order(spec, MotionRequest(picture, "", seconds, ASPECT, 1)), key=str(uuid.uuid4())
    )
    while True:
        time.sleep(POLL)
        said = asyncio.run(adapter.ask(receipt.remote_id))
        if not isinstance(said, Pending):
            break
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder, "made.mp4")
        video.write_bytes(urllib.request.urlopen(said.data["urls"][0]).read())  # noqa: S310 (ours)
        footage.render(
            photo=video,
            out=Path(folder, "take.mp4"),
            aspect=ASPECT,
            fps=FPS,
            seconds=seconds,
            seed=1,
            prompt="",
            on_progress=lambda share: None,
            cancelled=lambda: False,
        )


def _picture() -> object:
    from providers.capabilities import Picture
    from tests import pictures

    folder = Path(tempfile.mkdtemp())
    return Picture(pictures.jpeg(folder / "photo.jpg", seed=1, size=(1280, 720)), "image/jpeg", 1280, 720)


if __name__ == "__main__":
    main()
