"""What must not be made, as far as a small classifier sees it: Yahoo's Open NSFW, packaged for onnxruntime.

Of eleven ordinary photos none scored above 0.24 (November 2026); nobody has measured here how much it misses,
so what it lets pass is no promise. Words are not judged. Only the package's weights are used, not its code.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from providers.capabilities import Answer, ModerationRequest, Picture, Verdict
from providers.errors import Failed
from providers.local import weights

Floats = npt.NDArray[np.float32]

UNSURE, FLAGGED = 0.4, 0.8
RESIZED, SEEN = 256, 224
MEAN = np.array([104.0, 117.0, 123.0], np.float32)
"""Of the pictures that it learned from: blue, green, red."""
CATEGORY = "nsfw"


def answer(
    request: ModerationRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    return Answer(said=judged(picture=request.picture).model_dump())


def judged(*, picture: Picture | None) -> Verdict:
    """Raises weights.Unusable, and Failed for what is no picture."""
    if picture is None:
        return Verdict(flagged=False, unsure=False, scores={})
    score = _score(picture.path)
    return Verdict(
        flagged=score > FLAGGED, unsure=UNSURE <= score <= FLAGGED, scores={CATEGORY: round(score, 4)}
    )


def _score(path: Path) -> float:
    network = weights.packaged(weights.OPEN_NSFW)
    try:
        with Image.open(path) as image:
            batch = _prepared(image.convert("RGB"))[None]
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Failed("bad_input", detail="the picture cannot be read") from error
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
