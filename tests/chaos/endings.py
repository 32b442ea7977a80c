"""Work is ended on purpose: a deploy stops a worker, a person cancels."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import check
from tests.chaos.crashes import film_to_be
from tests.chaos.facts import Ref, refs
from tests.chaos.rig import Rig

LONG = 5  # seconds of a clip that ffmpeg is still at when we come
DRIP = 4.0  # seconds of a download


# ---- G5: a worker is asked to end -----------------------------------------------------------


@dataclass(frozen=True)
class Farewell:
    """Seconds from SIGTERM to the end of the process; from the start of another to the end of the work."""

    exit: float
    settled: float


def ended_during(rig: Rig, kind: str) -> Farewell:
    """SIGTERM in the middle of one kind of work: it goes on elsewhere, and the interruption is no try."""
    owner: str = rig.ask("person")
    rig.disarm()
    name, begin = DURING[kind]
    asked, at_work = begin(rig, owner)
    rig.until(at_work, f"{kind} is at work")
    began = time.monotonic()
    rig.ask_to_end(name)
    rig.until(lambda: not rig.children[name].lives, f"{name} has ended")
    took = time.monotonic() - began
    check.nothing_left(rig)
    rig.start(name)
    settled = rig.settled(owner)
    check.all_is_well(rig, owner)
    for ref in asked(rig, owner):
        assert rig.row(ref)["attempt"] <= 1, "the interruption counted as a try"
    return Farewell(took, settled)


Asked = Callable[[Rig, str], list[Ref]]
Begun = tuple[Asked, Callable[[], object]]


def _everything(rig: Rig, owner: str) -> list[Ref]:
    return rig.jobs_of(owner)


def _begin_reading(rig: Rig, owner: str) -> Begun:
    rig.photos(4, owner=owner)
    return _everything, lambda: rig.readers()


def _begin_rendering(rig: Rig, owner: str) -> Begun:
    project = rig.ask("project", owner=owner, seconds=LONG)
    rig.photos(2, owner=owner, project=project)
    return _everything, lambda: rig.programs("ffmpeg")


def _begin_filming(rig: Rig, owner: str) -> Begun:
    project = film_to_be(rig, owner, seconds=3)
    rig.ask("film", project=project)
    return _everything, lambda: rig.programs("ffmpeg")


def _begin_sending(rig: Rig, owner: str) -> Begun:
    rig.provider.pause = 2.0
    rig.ask("errands", number=3, owner=owner)
    rig.until(lambda: rig.provider.open, "the provider has been asked")
    rig.provider.pause = 0.0
    return _everything, lambda: True


def _begin_downloading(rig: Rig, owner: str) -> Begun:
    wish = {"seconds": 0.2, "bytes": 65_536, "drip": DRIP}
    [ref] = refs(rig.ask("errands", owner=owner, wish=wish))
    return _everything, lambda: rig.row(ref)["queue"] == "media" and rig.state(ref) == "running"


def _begin_waiting(rig: Rig, owner: str) -> Begun:
    """The clock is asked to end while it has questions open."""
    rig.ask("errands", number=20, owner=owner, wish={"seconds": 1})
    return _everything, lambda: rig.provider.live


DURING: dict[str, tuple[str, Callable[[Rig, str], Begun]]] = {
    "reading": ("media", _begin_reading),
    "rendering": ("media", _begin_rendering),
    "filming": ("media", _begin_filming),
    "sending": ("worker", _begin_sending),
    "downloading": ("media", _begin_downloading),
    "polling": ("clock", _begin_waiting),
}


# ---- cancelling -----------------------------------------------------------------------------


def cancelled(rig: Rig) -> float:
    """Cancel a clip while ffmpeg makes it; gives the seconds until ffmpeg is gone."""
    take = rendering(rig)
    began = time.monotonic()
    rig.ask("cancel", kind="take", id=take[1])
    rig.until(lambda: not rig.programs("ffmpeg"), "ffmpeg is gone", 15)
    took = time.monotonic() - began
    rig.until(lambda: rig.state(take) == "cancelled", "the take is cancelled", 10)
    return took


def rendering(rig: Rig, *, seconds: int = LONG) -> Ref:
    """A take that ffmpeg is making now, and will be for a while."""
    owner: str = rig.ask("person")
    project = rig.ask("project", owner=owner, seconds=seconds)
    rig.photos(1, owner=owner, project=project)

    def takes() -> list[Ref]:
        return [ref for ref in rig.jobs_of(owner) if ref[0] == "take"]

    rig.until(lambda: takes() and rig.programs("ffmpeg"), "ffmpeg is at work")
    [take] = takes()
    return take


def orphaned(rig: Rig) -> float:
    """SIGKILL to a worker whose ffmpeg is at work; gives the seconds until ffmpeg is gone as well."""
    take = rendering(rig)
    began = time.monotonic()
    [ffmpeg] = rig.programs("ffmpeg")
    os.kill(parent_of(ffmpeg), signal.SIGKILL)
    rig.until(lambda: not rig.programs("ffmpeg"), "ffmpeg is gone", 15)
    took = time.monotonic() - began
    rig.ask("cancel", kind=take[0], id=take[1])
    rig.tend()
    rig.settled()
    return took


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
