"""Land that is really there: a field of heights, its light and shadow, and what a camera sees of it.

World lengths are kilometres in spirit: x to the right, z away from the camera, heights upwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from echoes.demo.paint import Floats, Random, Size, as_floats, grid, stretched

DEPTHS = 1300


@dataclass(frozen=True)
class Land:
    """Heights on a square of cells, each `step` wide; the camera stands at the middle of the first row."""

    heights: Floats
    step: float

    def at(self, field: Floats, x: Floats, z: Floats) -> Floats:
        """The values of any field of this land at these places."""
        side = self.heights.shape[0]
        across, along = as_floats(x / self.step + side / 2), as_floats(z / self.step)
        return as_floats(cv2.remap(field, across, along, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT))


@dataclass(frozen=True)
class Camera:
    """`horizon` and `focal` in pixels; `height` above the land's zero."""

    size: Size
    horizon: float
    focal: float
    height: float
    near: float
    far: float


@dataclass(frozen=True)
class Seen:
    """Of each pixel: where in the world it lies, and whether (0 to 1) it is land at all."""

    x: Floats
    z: Floats
    cover: Floats


def cells_for(size: Size, *, full: int) -> int:
    """The side of a land for a picture of this size: `full` for a large one, fewer where nobody sees them."""
    return min(full, max(448, full * max(size) // 2400))


def eroded(
    side: int, random: Random, *, cells: int, octaves: int, ridged: float = 0.0, gain: float = 0.5
) -> Floats:
    """Heights of 0 to 1: rough where it is high, smooth in the valleys. Ridged at 1 makes an alp."""
    total = np.zeros((side, side), np.float32)
    weight = np.ones_like(total)
    for octave in range(octaves):
        count = cells * 2**octave
        lumps = _turned(random.random((count + 3, count + 3), np.float32), side, angle=37.0 * octave)
        sharp = (1 - np.abs(2 * lumps - 1)) ** 2
        layer = (lumps + (sharp - lumps) * ridged) * weight
        total += gain**octave * layer
        weight = np.clip(layer * 1.7, 0, 1)
    return stretched(total)


def daylight(land: Land, *, azimuth: float, elevation: float) -> Floats:
    """How much sun each cell gets, 0 to 1, shadows of other land included; angles in degrees,
    azimuth 0 is behind the land, 90 to the right of it."""
    turn, rise = math.radians(azimuth), math.radians(elevation)
    toward = np.array((math.sin(turn), math.cos(turn))) * math.cos(rise)
    along, across = np.gradient(land.heights, land.step)
    facing = (-across * toward[0] - along * toward[1] + math.sin(rise)) / np.sqrt(1 + along**2 + across**2)
    return as_floats(np.clip(facing, 0, 1) * _unshaded(land, turn, rise))


def look(land: Land, camera: Camera) -> Seen:
    """Which piece of land each pixel shows."""
    depths = _depths(camera)
    columns = (np.arange(camera.size.width, dtype=np.float32) + 0.5 - camera.size.width / 2) / camera.focal
    z = np.repeat(depths[:, None], camera.size.width, axis=1)
    rows = camera.horizon - camera.focal * (land.at(land.heights, columns * z, z) - camera.height) / z
    skyline = np.minimum.accumulate(rows, axis=0)
    z = _first_hits(skyline, depths, camera.size.height)
    _, y = grid(camera.size)
    cover = np.clip(y - skyline[-1] + 0.5, 0, 1)
    return Seen(as_floats(columns * z), z, as_floats(cover))


def fog(seen: Seen, heights: Floats, *, camera: Camera, density: float, falls: float) -> Floats:
    """How much mist (0 to 1) lies before each pixel, when it thins by e every 1 / `falls` upwards."""
    rise = falls * (heights - camera.height)
    rise = np.where(np.abs(rise) < 0.02, np.float32(0.02), rise)
    mean = np.exp(-falls * camera.height) * -np.expm1(-rise) / rise
    return as_floats(1 - np.exp(-density * seen.z * mean))


def _turned(lumps: Floats, side: int, *, angle: float) -> Floats:
    """Enlarged to the side and turned, so that no octave shows the grid of another."""
    scale = (lumps.shape[0] - 3) / side
    turn = math.radians(angle)
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    matrix = np.array([[cos, -sin, 1.0], [sin, cos, 1.0]])
    return as_floats(
        cv2.warpAffine(
            lumps,
            matrix,
            (side, side),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def _unshaded(land: Land, turn: float, rise: float) -> Floats:
    side = land.heights.shape[0]
    blocked = np.full((side, side), -1e6, np.float32)
    for cells in np.unique(np.geomspace(1, side / 3, 56).astype(int)):
        shift = np.array([[1, 0, math.sin(turn) * cells], [0, 1, math.cos(turn) * cells]])
        ahead = cv2.warpAffine(
            land.heights,
            shift,
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        blocked = np.maximum(blocked, ahead - cells * land.step * math.tan(rise))
    return as_floats(1 - np.clip((blocked - land.heights) / (land.step * 3), 0, 1))


def _depths(camera: Camera) -> Floats:
    return as_floats(np.geomspace(camera.near, camera.far, DEPTHS))


def _first_hits(skyline: Floats, depths: Floats, height: int) -> Floats:
    """The depth at which each pixel's ray meets the land, between two samples in proportion."""
    rows = np.arange(height, dtype=np.float32) + 0.5
    found = np.empty((height, skyline.shape[1]), np.float32)
    last = len(depths) - 1
    for column in range(skyline.shape[1]):
        line = skyline[:, column]
        hit = np.minimum(np.searchsorted(-line, -rows), last)
        before = np.maximum(hit - 1, 0)
        step = line[before] - line[hit]
        share = np.clip(np.where(step > 1e-6, (line[before] - rows) / np.maximum(step, 1e-6), 1), 0, 1)
        found[:, column] = depths[before] + (depths[hit] - depths[before]) * share
    return found
