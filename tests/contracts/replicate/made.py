"""What the simulated models make: genuine small files, drawn from what was sent, with a mark that says what
they are."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from echoes.kernel.ffmpeg import command

Pixels = npt.NDArray[np.uint8]

MARK = "simulated"
SIZES = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "3:4": (896, 1152),
    "4:3": (1152, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
KINDS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
}
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
RATE = 32_000


@lru_cache(maxsize=16)
def clip(picture: bytes, *, frames: int, fps: int, lines: int) -> bytes:
    """The very picture, slowly coming nearer: an mp4 whose shorter side has so many lines."""
    still = _fitted(pixels(picture), lines)
    height, width = still.shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "made.mp4"
        arguments = [
            *(command.executable(), "-hide_banner", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24"),
            *("-s", f"{width}x{height}", "-r", str(fps), "-i", "pipe:0", "-c:v", "libx264"),
            *("-preset", "ultrafast", "-threads", "1", "-pix_fmt", "yuv420p", "-movflags", "+faststart"),
            command.address(out),
        ]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE) as ffmpeg:
            assert ffmpeg.stdin is not None
            for number in range(frames):
                ffmpeg.stdin.write(_nearer(still, number / frames).tobytes())
        assert ffmpeg.returncode == 0
        return out.read_bytes()


def _nearer(still: Pixels, share: float) -> Pixels:
    height, width = still.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1 + 0.1 * share)
    moved = cv2.warpAffine(still, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return marked(np.asarray(moved, np.uint8))


@lru_cache(maxsize=32)
def drawn(words: str, *, seed: int, size: tuple[int, int], kind: str, under: bytes = b"") -> bytes:
    """Stripes and discs whose colours come from the words; over a picture where there is one."""
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed} {words}".encode()).digest()[:8]))
    width, height = size
    top, low = chance.integers(40, 255, 3), chance.integers(0, 200, 3)
    ramp = np.linspace(0, 1, height)[:, None, None]
    canvas = np.broadcast_to(top * (1 - ramp) + low * ramp, (height, width, 3)).astype(np.uint8).copy()
    for _ in range(6):
        middle = (int(chance.integers(0, width)), int(chance.integers(0, height)))
        colour = [float(value) for value in chance.integers(0, 255, 3)]
        cv2.circle(canvas, middle, int(chance.integers(height // 20, height // 5)), colour, -1)
    if under:
        canvas = cv2.addWeighted(cv2.resize(pixels(under), size), 0.7, canvas, 0.3, 0)
    return encoded(marked(np.asarray(canvas, np.uint8)), kind)


@lru_cache(maxsize=32)
def along_edges(words: str, *, seed: int, control: bytes, kind: str) -> bytes:
    """Another picture with the edges of this one."""
    still = pixels(control)
    height, width = still.shape[:2]
    under = pixels(drawn(words, seed=seed, size=(width, height), kind="png"))
    lines = cv2.dilate(cv2.Canny(cv2.cvtColor(still, cv2.COLOR_BGR2GRAY), 60, 160), np.ones((2, 2), np.uint8))
    under[lines > 0] = (250, 250, 250)
    return encoded(under, kind)


@lru_cache(maxsize=32)
def sound(words: str, *, seconds: int, seed: int, kind: str) -> bytes:
    """A chord that swells, in stereo; the words choose it."""
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed} {words}".encode()).digest()[:8]))
    time = np.arange(RATE * seconds) / RATE
    root = 110 * 2 ** (int(chance.integers(0, 12)) / 12)
    tones = sum(np.sin(2 * np.pi * root * step * time) for step in (1, 5 / 4, 3 / 2, 2)) / 4
    swell = 0.5 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.2 * time))
    samples = np.repeat((tones * swell * 20_000).astype("<i2")[:, None], 2, axis=1)
    held = io.BytesIO()
    with wave.open(held, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return held.getvalue() if kind == "wav" else _mp3(held.getvalue())


def _mp3(wav: bytes) -> bytes:
    arguments = [
        command.executable(),
        "-hide_banner",
        "-v",
        "error",
        "-f",
        "wav",
        "-i",
        "pipe:0",
        "-f",
        "mp3",
    ]
    return subprocess.run([*arguments, "pipe:1"], input=wav, check=True, capture_output=True).stdout


@lru_cache(maxsize=32)
def cut_out(picture: bytes) -> bytes:
    """The middle of the picture, its edge soft, as a PNG with alpha."""
    still = pixels(picture)
    height, width = still.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, (width // 2, height // 2), (width // 3, int(height / 2.5)), 0, 0, 360, 255.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, width / 200))
    rgb = cv2.cvtColor(still, cv2.COLOR_BGR2RGB)
    held = io.BytesIO()
    Image.fromarray(np.dstack([rgb, soft])).save(held, "PNG")
    return held.getvalue()


def spoken(recording: bytes) -> float:
    """How long a recording is, in seconds; raises where it is none."""
    arguments = [command.executable(), "-hide_banner", "-v", "error", "-i", "pipe:0"]
    raw = ["-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1"]
    heard = subprocess.run([*arguments, *raw], input=recording, check=True, capture_output=True).stdout
    return len(heard) / 16_000


def pixels(picture: bytes) -> Pixels:
    """Raises ValueError for what is no picture."""
    found = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if found is None:
        raise ValueError("cannot identify image file")
    return np.asarray(found, np.uint8)


def encoded(picture: Pixels, kind: str) -> bytes:
    held = io.BytesIO()
    Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).save(held, FORMATS[kind], quality=85)
    return held.getvalue()


def marked(picture: Pixels) -> Pixels:
    height = picture.shape[0]
    place, scale = (height // 40, height - height // 40), height / 900
    for colour, thickness in ((0.0, 3), (255.0, 1)):
        cv2.putText(
            picture, MARK, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (colour,) * 3, thickness, cv2.LINE_AA
        )
    return picture


def _fitted(picture: Pixels, lines: int) -> Pixels:
    height, width = picture.shape[:2]
    scale = lines / min(height, width)
    even = [max(2, int(side * scale) // 2 * 2) for side in (width, height)]
    return np.asarray(cv2.resize(picture, (even[0], even[1]), interpolation=cv2.INTER_AREA), np.uint8)
