"""Loaded first by every process of a rig: it wraps the functions at which the process may be told to die.

Nothing happens until the rig writes a file: `armed/<point>` makes the next process that comes there die once,
`without/<guard>` takes a guard away for as long as the file is there.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import inspect
import json
import os
import signal
import time
import types
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.chaos import guards
from tests.chaos.points import POINTS, Point

HOME = "ECHOES_CHAOS_HOME"
ROLE = "CHAOS_ROLE"
SET = "CHAOS_SET"

Function = Callable[..., Any]
_seen: dict[tuple[str, int], int] = {}


def apply() -> None:
    """Wrap what this process may die at or do without, and set the constants that the rig names."""
    for dotted, seconds in json.loads(os.environ.get(SET, "{}")).items():
        holder, name = _holder(dotted)
        kind = type(getattr(holder, name))
        setattr(holder, name, timedelta(seconds=seconds) if kind is timedelta else kind(seconds))
    for guard, (dotted, unguarded) in guards.GUARDS.items():
        _replace(dotted, functools.partial(_switchable, guard=guard, unguarded=unguarded))
    for label, point in POINTS.items():
        if point.role == os.environ[ROLE] and _exists(point.function):
            _replace(point.function, functools.partial(_deadly, name=label, point=point))


def _replace(dotted: str, wrap: Callable[[Function], Function]) -> None:
    holder, name = _holder(dotted)
    setattr(holder, name, wrap(getattr(holder, name)))


def _holder(dotted: str) -> tuple[Any, str]:
    """The object whose attribute it is. A module inside a module is copied first: `storage.local.shutil` may
    change without the rest of the process seeing another shutil."""
    parts = dotted.split(".")
    holder: Any = None
    for length in range(1, len(parts)):
        try:
            holder = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            return _inside(holder, parts[length - 1 : -1]), parts[-1]
    return holder, parts[-1]


def _inside(holder: Any, names: list[str]) -> Any:
    for name in names:
        found = getattr(holder, name)
        if isinstance(found, types.ModuleType):
            copy = types.ModuleType(found.__name__)
            copy.__dict__.update(found.__dict__)
            setattr(holder, name, copy)
            found = copy
        holder = found
    return holder


def _exists(dotted: str) -> bool:
    try:
        holder, name = _holder(dotted)
    except (ImportError, AttributeError):
        return False
    return hasattr(holder, name)


# ---- guards ---------------------------------------------------------------------------------


def _switchable(original: Function, *, guard: str, unguarded: guards.Unguarded) -> Function:
    @functools.wraps(original)
    def switched(*args: Any, **options: Any) -> Any:
        if (_home() / "without" / guard).exists():
            return unguarded(original, *args, **options)
        return original(*args, **options)

    return switched


# ---- deaths ---------------------------------------------------------------------------------


def _deadly(original: Function, *, name: str, point: Point) -> Function:
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def awaited(*args: Any, **options: Any) -> Any:
            if point.when == "before":
                _die_if_armed(name, point, args, options)
            result = await original(*args, **options)
            if point.when == "after":
                _die_if_armed(name, point, args, options)
            return result

        return awaited

    @functools.wraps(original)
    def wrapped(*args: Any, **options: Any) -> Any:
        if point.when == "before":
            _die_if_armed(name, point, args, options)
        result = original(*args, **options)
        if point.when == "after":
            _die_if_armed(name, point, args, options)
        return result

    return wrapped


def _die_if_armed(name: str, point: Point, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    file = _home() / "armed" / name
    try:
        told = json.loads(file.read_text())
        stamp = file.stat().st_mtime_ns
    except (OSError, ValueError):
        return
    if not point.only(*args, **options) or not _concerns(told["job"], args):
        return
    _seen[name, stamp] = _seen.get((name, stamp), 0) + 1
    if _seen[name, stamp] < point.nth:
        return
    if told["once"]:
        try:
            file.rename(_home() / "spent" / f"{name}.{stamp}")
        except FileNotFoundError:  # another process was first
            return
    (_home() / "fired" / f"{name}.{time.time_ns()}").write_text(str(os.getpid()))
    DEATHS[told["death"]]()


def _concerns(job: str, args: tuple[Any, ...]) -> bool:
    return not job or any(str(getattr(arg, "pk", "")) == job for arg in args)


def _kill() -> None:
    """As the kernel does when memory is short, or a machine goes away."""
    os.kill(os.getpid(), signal.SIGKILL)


def _crash() -> None:
    """A library of C reads where nothing is."""
    ctypes.string_at(0)


def _freeze() -> None:
    """The process stands still until somebody lets it go on: a machine that swaps, or a laptop's lid."""
    os.kill(os.getpid(), signal.SIGSTOP)


def _loop() -> None:
    while True:
        time.sleep(0.01)


DEATHS: dict[str, Callable[[], None]] = {"kill": _kill, "crash": _crash, "freeze": _freeze, "loop": _loop}


def _home() -> Path:
    return Path(os.environ[HOME])
