"""What a run of tests has made once and does not make again: the catalogue's music, and takes that factories
ask for.

Both follow from what they are made of alone (tests/providers show that the same recipe gives the same bytes),
and the first of each is made by the product itself. A take is put where the product looks for one that its
owner has already; the job, its row and its events are as always.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from clips.models import Take
from echoes.kernel import shapes
from echoes.kernel.ffmpeg import encoding
from echoes.kernel.storage import base as storages
from providers import registry
from providers.local import music
from tests.environment import HOME


class Music:
    """In place of the module, for the job that records the catalogue."""

    def __getattr__(self, name: str) -> Any:
        return getattr(music, name)

    def make(self, *, recipe: music.Recipe, out: Path) -> music.Made:
        made, path = _recorded(music.make, recipe)
        shutil.copyfile(path, out)
        return made


@cache
def _recorded(make: Callable[..., music.Made], recipe: music.Recipe) -> tuple[music.Made, Path]:
    path = _folder() / f"{os.getpid()}-{len(list(_folder().iterdir()))}.m4a"
    return make(recipe=recipe, out=path), path


@contextmanager
def same_chance(seed: int) -> Iterator[None]:
    """In here, chance falls as it did the last time: a take of the same photo is the same take."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def bring(take: Take) -> None:
    """If this run has made it, its owner has it."""
    if _path(take).exists():
        storages.get("photos").put(_key(take), _path(take))


def keep(take: Take) -> None:
    """Now that it is made."""
    if not _path(take).exists():
        with storages.get("photos").local_copy(_key(take)) as path:
            shutil.copyfile(path, _path(take).with_suffix(f".{os.getpid()}"))
        _path(take).with_suffix(f".{os.getpid()}").replace(_path(take))


def _key(take: Take) -> str:
    """As in clips/execution.py; `keep` does not find it where the two differ."""
    return f"{take.owner_id}/takes/{take.digest}-{encoding.VERSION}.mp4"


def _path(take: Take) -> Path:
    """The size is not of the recipe, and some tests have smaller films."""
    size = shapes.size(take.aspect)
    render = registry.motion(take.model).render
    return _folder() / f"{take.digest}-{encoding.VERSION}-{size.width}x{size.height}-{render}.mp4"


def _folder() -> Path:
    folder = Path(os.environ[HOME]) / "shelf"
    folder.mkdir(exist_ok=True)
    return folder
