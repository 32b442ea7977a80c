"""How a request becomes the inputs of a model. Files stand in them as `File`, until something is sent.

Pure: what is asked for and cannot be given is refused here, before anything leaves this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from providers.capabilities import (
    CutoutRequest,
    EarsRequest,
    ImageRequest,
    MotionRequest,
    MusicRequest,
    Picture,
)
from providers.errors import refused

WAN_FPS = 16  # the rate for which it is priced, and its own
AUDIO = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".wav": "audio/wav"}
MOST_AUDIO = 25 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """Something on disk that goes along."""

    path: Path
    content_type: str

    @property
    def name(self) -> str:
        """What the service reads: its own name is nobody's business."""
        kind = self.content_type.rpartition("/")[2]
        return f"input.{ {'jpeg': 'jpg', 'mpeg': 'mp3', 'mp4': 'm4a'}.get(kind, kind) }"


Inputs = dict[str, Any]


def motion(*, picture: str, aspect: str = "", seed: str = "") -> Callable[[MotionRequest], Inputs]:
    """For models with whole seconds; empty names are of what the model cannot be told. Where it cannot be
    told a shape, it keeps the picture's."""

    def fill(asked: MotionRequest) -> Inputs:
        told: Inputs = {"prompt": asked.prompt, picture: _file(asked.picture), "duration": asked.seconds}
        return told | ({aspect: asked.aspect} if aspect else {}) | ({seed: asked.seed} if seed else {})

    return fill


def wan(asked: MotionRequest) -> Inputs:
    """It counts frames, and one more than the rate times the seconds."""
    return {
        "prompt": asked.prompt,
        "image": _file(asked.picture),
        "num_frames": WAN_FPS * asked.seconds + 1,
        "frames_per_second": WAN_FPS,
        "seed": asked.seed,
    }


def image(*, reference: str = "") -> Callable[[ImageRequest], Inputs]:
    """For models that draw from words, and some of them from one picture."""

    def fill(asked: ImageRequest) -> Inputs:
        if asked.control or asked.transparent or len(asked.references) > (1 if reference else 0):
            raise refused("bad_input", detail="control, transparency or references that it does not know")
        told: Inputs = {"prompt": asked.prompt, "aspect_ratio": asked.aspect, "seed": asked.seed}
        return told | ({reference: _file(asked.references[0])} if asked.references else {})

    return fill


def edges(asked: ImageRequest) -> Inputs:
    """For models that keep the edges of a picture, and with them its shape."""
    if asked.control is None or asked.references or asked.transparent:
        raise refused("bad_input", detail="it needs a control picture, and knows nothing else")
    return {"prompt": asked.prompt, "control_image": _file(asked.control), "seed": asked.seed}


def music(asked: MusicRequest) -> Inputs:
    words = asked.prompt or f"{asked.mood} instrumental music"
    return {"prompt": words, "duration": asked.seconds, "seed": asked.seed}


def cutout(asked: CutoutRequest) -> Inputs:
    return {"image": _file(asked.picture)}


def ears(asked: EarsRequest) -> Inputs:
    kind = AUDIO.get(asked.sound.suffix.lower())
    if kind is None or asked.sound.stat().st_size > MOST_AUDIO:
        raise refused("bad_input", detail="a recording of another kind, or larger than 25 MB")
    return {"audio": File(asked.sound, kind), "language": asked.language or "auto"}


def _file(picture: Picture) -> File:
    return File(picture.path, picture.content_type)
