"""Where a process may die, by name: a function of the product, before it or when it has returned.

The product knows nothing of this table: `tests.chaos.inject` wraps the functions in the processes of a rig.
The numbers are the steps of the design's list of places where a crash must harm nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def any_call(*args: Any, **options: Any) -> bool:
    return True


def _tells_success(user_id: Any, event: dict[str, Any]) -> bool:
    return bool(event["message"]["state"] == "succeeded")


@dataclass(frozen=True)
class Point:
    """`role` is the process that dies; `work` is what is asked for, so that it comes this way."""

    step: int
    what: str
    role: str
    work: str
    function: str
    when: str = "before"
    nth: int = 1
    only: Callable[..., bool] = any_call


POINTS = {
    "committed-not-rung": Point(
        1, "committed, the doorbell not rung", "asker", "photo", "jobs.doorbell.ring_queue"
    ),
    "claimed": Point(2, "claimed, nothing done", "media", "photo", "jobs.execution.carry"),
    "submitting": Point(
        3, "'submitting' written, not sent", "worker", "errand", "jobs.remote._begin", "after"
    ),
    "accepted-not-written": Point(
        4, "the provider has accepted, its id is not written", "worker", "errand", "jobs.remote._accept"
    ),
    "accepted": Point(5, "the provider's id is written", "worker", "errand", "jobs.remote._accept", "after"),
    "polling": Point(6, "in the middle of a poll", "clock", "errand", "tests.lab.service.Lab.ask"),
    "answered": Point(7, "success is known, nothing downloaded", "worker", "errand", "jobs.remote._collect"),
    "downloading": Point(
        8, "in the middle of a download", "media", "errand", "tests.lab.service.part_arrived", nth=2
    ),
    "downloaded": Point(9, "downloaded, not looked into", "media", "errand", "tests.lab.service.arrived"),
    "reading": Point(
        10, "a stranger's photo is being read", "media", "photo", "echoes.kernel.sandbox._start", "after"
    ),
    "putting": Point(
        11, "half-way into storage", "media", "photo", "echoes.kernel.storage.local.shutil.copyfile", "after"
    ),
    "put-not-written": Point(
        12, "in storage, not in the database", "media", "photo", "library.execution._adopt"
    ),
    "written-not-ended": Point(
        12, "in the database, its job not ended", "media", "photo", "jobs.lifecycle.succeed"
    ),
    "committed-not-pushed": Point(
        13, "committed, pages not told", "media", "photo", "echoes.kernel.live._send", only=_tells_success
    ),
    "rendering": Point(
        14,
        "ffmpeg makes a clip",
        "media",
        "photo",
        "echoes.kernel.ffmpeg.run._Watch._stop_if_asked",
        nth=3,
    ),
    "filming": Point(
        14, "ffmpeg makes a film", "media", "film", "echoes.kernel.ffmpeg.run._Watch._stop_if_asked", nth=2
    ),
    "settled-not-committed": Point(
        15, "settled, not committed", "media", "photo", "clips.models.Take.settle", "after"
    ),
    "told-not-polled": Point(
        16, "a webhook is stored, nobody has asked yet", "asker", "told-errand", "jobs.remote.nudge", "after"
    ),
    "ending": Point(15, "done, and not written", "worker", "chore", "jobs.lifecycle.succeed"),
    "placed": Point(
        15, "a clip is placed, its job not ended", "worker", "photo", "clips.execution._place", "after"
    ),
}
