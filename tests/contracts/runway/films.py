"""Clips that the simulated Runway makes: real mp4 of the very picture, nearer and nearer, and marked."""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from echoes.kernel.ffmpeg import command
from echoes.kernel.ffmpeg.run import run

FPS = 24
NEARER = 0.12  # of the picture, over the whole clip
LINES = 720  # of a clip that takes its shape from the picture

Pixels = npt.NDArray[np.uint8]
_making = threading.Lock()


def decoded(content: bytes) -> Pixels | None:
    """The picture, or nothing when it is none."""
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if found is None else np.asarray(found, np.uint8)


def size(ratio: str, picture: Pixels) -> tuple[int, int]:
    """Width and height of what is made for a ratio: "1280:720" is pixels, "16:9" a shape, and anything else
    leaves the shape to the picture."""
    height, width = picture.shape[:2]
    if ":" in ratio:
        width, height = map(int, ratio.split(":"))
        if min(width, height) > 100:
            return width, height
    scale = LINES / min(width, height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def clip(content: bytes, *, ratio: str, seconds: int, sound: bool) -> bytes:
    """The mp4; made once in a process for the same picture and wishes."""
    with _making:
        return _clip(content, ratio, seconds, sound)


@functools.lru_cache(maxsize=64)
def _clip(content: bytes, ratio: str, seconds: int, sound: bool) -> bytes:
    picture = decoded(content)
    assert picture is not None
    width, height = size(ratio, picture)
    with tempfile.TemporaryDirectory(prefix="echoes-simulated-") as folder:
        out = Path(folder) / "clip.mp4"
        run(
            _arguments(width, height, seconds, sound, out),
            timeout=120 + 30 * seconds,
            duration=Fraction(seconds),
            stdin=_frames(_covering(picture, width, height), seconds * FPS),
        )
        return out.read_bytes()


def _arguments(width: int, height: int, seconds: int, sound: bool, out: Path) -> list[str]:
    heard = ("-f", "lavfi", "-i", f"sine=frequency=330:duration={seconds}", "-c:a", "aac", "-shortest")
    return [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(FPS), "-i", "pipe:0"),
        *(heard if sound else ()),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-f", "mp4"),
        command.address(out),
    ]


def _covering(picture: Pixels, width: int, height: int) -> Pixels:
    """The middle of the picture, as large as the clip."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    grown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = max(0, (grown.shape[0] - height) // 2), max(0, (grown.shape[1] - width) // 2)
    return np.asarray(cv2.resize(grown[top : top + height, left : left + width], (width, height)), np.uint8)


def _frames(picture: Pixels, number: int) -> Iterator[bytes]:
    height, width = picture.shape[:2]
    for place in range(number):
        near = 1 + NEARER * place / max(1, number - 1)
        move = np.array(
            [[near, 0, (1 - near) * width / 2], [0, near, (1 - near) * height / 2]], dtype=np.float64
        )
        frame = cv2.warpAffine(picture, move, (width, height), flags=cv2.INTER_LINEAR)
        yield cv2.cvtColor(_marked(frame), cv2.COLOR_BGR2YUV_I420).tobytes()  # half of what ffmpeg must read


def _marked(frame: Pixels) -> Pixels:
    """Nobody shall take it for what a service has made."""
    scale = min(frame.shape[:2]) / 720
    place = (int(16 * scale), frame.shape[0] - int(18 * scale))
    for colour, thick in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        cv2.putText(
            frame,
            "simulated",
            place,
            cv2.FONT_HERSHEY_SIMPLEX,
            0.8 * scale,
            colour,
            max(1, int(thick * scale)),
        )
    return frame
