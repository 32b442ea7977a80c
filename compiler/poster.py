"""Picks the picture that stands for a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from echoes.kernel import errors

WIDEST = 1_280
QUALITY = 86
# How far into the film is looked, in key frames: a poster shows the beginning, not the end.
CANDIDATES = 8


class NoPoster(errors.EchoesError):
    """No picture could be taken from this film."""

    code = "no_poster"


def make(*, film: Path, out: Path) -> None:
    """Writes a JPEG, at most 1280 pixels wide: the liveliest of the first key frames. Raises NoPoster."""
    pictures = _key_frames(film)
    if not pictures:
        raise NoPoster
    best: NDArray[Any] = max(pictures, key=liveliness)
    height, width = best.shape[:2]
    if width > WIDEST:
        best = cv2.resize(best, (WIDEST, round(height * WIDEST / width)), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(
        ".jpg", best, [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    )
    if not done:
        raise NoPoster
    out.write_bytes(data.tobytes())


def liveliness(picture: NDArray[np.uint8]) -> float:
    """Contrast and detail of a BGR picture: a black frame has neither, a blurred card has little."""
    grey = cv2.cvtColor(cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    detail = float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())
    return float(grey.std()) + 2.0 * detail


def _key_frames(film: Path) -> list[NDArray[np.uint8]]:
    pictures: list[NDArray[np.uint8]] = []
    with av.open(str(film)) as container:
        if not container.streams.video:
            return []
        container.streams.video[0].codec_context.skip_frame = "NONKEY"
        for frame in container.decode(video=0):
            bgr = frame.reformat(format="bgr24", src_colorspace="ITU709", dst_colorspace="ITU709")
            pictures.append(bgr.to_ndarray().astype(np.uint8, copy=False))
            if len(pictures) == CANDIDATES:
                break
    return pictures
