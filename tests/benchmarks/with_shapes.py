"""Makes the clips of a film in its shape, one after the other: `python -m tests.benchmarks.with_shapes TASK`.

Says in the file `told` how many CPU seconds of that went into reading photos and into finding what they show.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from unittest import mock

from compiler import plan, recipes
from compiler.timeline import Timeline
from providers.local import motion, subjects
from tests.benchmarks import with_echoes

P, T = ParamSpec("P"), TypeVar("T")
READING, LOOKING = "reading", "looking"


def main(task: Mapping[str, Any]) -> None:
    timeline = Timeline.from_json(task["timeline"])
    files = {digest: Path(path) for digest, path in task["sources"].items()}
    cuts = [made for made in recipes.of(timeline, plan.plan(timeline)) if made.what == recipes.CUT]
    files |= {cut.digest: with_echoes.piece_of(Path(task["pieces"]), cut) for cut in cuts}
    spent = {READING: 0.0, LOOKING: 0.0}
    with (
        mock.patch.object(motion, "_read", _timed(motion._read, spent, READING)),
        mock.patch.object(subjects, "find", _timed(subjects.find, spent, LOOKING)),
    ):
        for cut in cuts:
            with_echoes.made(cut, files)
    Path(task["told"]).write_text(json.dumps(spent))


def _timed(function: Callable[P, T], spent: dict[str, float], what: str) -> Callable[P, T]:
    """The same function, whose CPU seconds in this process are added up."""

    @functools.wraps(function)
    def timed(*args: P.args, **kwargs: P.kwargs) -> T:
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[what] += time.process_time() - began

    return timed


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
