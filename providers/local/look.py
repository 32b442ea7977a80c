"""How a photo looks, in a few numbers: enough to say which of many is worth more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from providers.local import faces, likeness

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

VERSION = 2
"""1 had no fingerprint."""
LONGEST = 1280
"""Pixels of the longer side that is looked at: as many as the finding of faces takes."""
GRID = 8
SHARPEST = 0.25
"""Share of the fields of the grid that tell how sharp a photo is: the ground of a portrait may be soft."""
BLACK, WHITE = 8, 247
"""Beyond these nothing can be seen any more, of 255."""


@dataclass(frozen=True)
class Look:
    """`faces` is how many there are and `face_share` what they take of the picture, 0 to 1; `sharpness` the
    spread of the second derivative where it is sharpest, and `contrast` that of the light, both of 255;
    `light` the share of the picture that is neither black nor burnt out; `fingerprint` is
    `likeness.fingerprint`, written in hexadecimals, since not every reader of JSON has numbers of 64 bits."""

    faces: int
    face_share: float
    sharpness: float
    contrast: float
    light: float
    fingerprint: str


def measure(*, photo: Path) -> dict[str, Any]:
    """The look of an upright photo as it is kept; empty for a file that cannot be read."""
    picture = _read(photo)
    return {"version": VERSION, **asdict(look(image=picture))} if picture is not None else {}


def look(*, image: Picture) -> Look:
    """Of an RGB picture."""
    found = faces.find(image=image)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    return Look(
        faces=len(found),
        face_share=round(min(1.0, sum((box.area for box in found), 0.0)), 4),
        sharpness=round(_sharpness(grey), 2),
        contrast=round(float(grey.std()), 2),
        light=round(float(((grey > BLACK) & (grey < WHITE)).mean()), 4),
        fingerprint=f"{likeness.fingerprint(image=image):016x}",
    )


def _read(photo: Path) -> Picture | None:
    """RGB, its longer side LONGEST at most."""
    found = cv2.imread(str(photo), cv2.IMREAD_COLOR_RGB)
    if found is None:
        return None
    height, width = found.shape[:2]
    scale = LONGEST / max(width, height)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        found = cv2.resize(found, size, interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)


def _sharpness(grey: Picture) -> float:
    edges: Floats = np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32)
    fields = [
        float(field.std())
        for row in np.array_split(edges, GRID, axis=0)
        for field in np.array_split(row, GRID, axis=1)
        if field.size
    ]
    best = sorted(fields, reverse=True)[: round(GRID * GRID * SHARPEST)]
    return sum(best) / len(best)
