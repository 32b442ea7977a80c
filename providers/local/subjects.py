"""What a photo is about: its faces, what stands out, and the point where the eye goes first."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from providers.local import faces
from providers.local.geometry import Box, Point, between

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

ANALYSED = 320
"""Longer side, in pixels, of the picture that is analysed for what stands out."""
RARITY, DETAIL, RESIDUAL = 0.35, 0.30, 0.35
"""Weights of the mix: rare colours, sharp edges, and structure that the spectrum does not expect."""
SPECTRUM = 64
STANDS_OUT = 0.42
"""A region is salient above this share of the highest value."""
FACES_FOR_DETECTOR = 1280
AROUND = 0.12
"""Of a side: how much around a point that somebody chose has to stay in view."""


@dataclass(frozen=True, eq=False)
class Subjects:
    """`faces` the surest first, `region` the main salient region, `focus` where to look; all fractions of the
    picture. `saliency` is a small map of it, 0 to 1."""

    faces: tuple[Box, ...]
    saliency: Floats
    focus: Point
    region: Box


def find(image: Picture) -> Subjects:
    """Look at an RGB picture (height, width, 3)."""
    found = faces.find(image=_shrunk(image, FACES_FOR_DETECTOR))
    saliency = salience(image=image)
    region, middle = _main_region(saliency)
    focus = max(found, key=lambda box: box.area).centre if found else middle
    return Subjects(faces=found, saliency=saliency, focus=focus, region=region)


def around(focus: Point) -> Subjects:
    """As if somebody had found only what lies around this point."""
    region = between(
        left=max(0.0, focus.x - AROUND),
        top=max(0.0, focus.y - AROUND),
        right=min(1.0, focus.x + AROUND),
        bottom=min(1.0, focus.y + AROUND),
    )
    return Subjects(faces=(), saliency=np.zeros((1, 1), np.float32), focus=focus, region=region)


def salience(*, image: Picture) -> Floats:
    """A map, 0 to 1, of what stands out in an RGB picture; at most ANALYSED pixels a side."""
    small = _shrunk(image, ANALYSED)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) / 255, np.float32)
    mix = RARITY * _rarity(small) + DETAIL * _detail(grey) + RESIDUAL * _residual(grey)
    smooth = _blurred(mix * _centre_prior(*grey.shape), 0.03)
    return _scaled(smooth)


def _shrunk(image: Picture, longest: int) -> Picture:
    height, width = image.shape[:2]
    scale = longest / max(width, height)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _rarity(small: Picture) -> Floats:
    """How far each colour is, in Lab, from all the others, counted by how often these occur."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    bins = (lab // 32).astype(np.int32) @ np.array([64, 8, 1], np.int32)
    codes, where, counts = np.unique(bins, return_inverse=True, return_counts=True)
    colours = np.stack([codes // 64, codes // 8 % 8, codes % 8], 1).astype(np.float32)
    distances = np.sqrt(((colours[:, None] - colours[None]) ** 2).sum(2))
    rarity = distances @ (counts / counts.sum()).astype(np.float32)
    return _scaled(_blurred(rarity[where.reshape(bins.shape)], 0.01))


def _detail(grey: Floats) -> Floats:
    return _scaled(_blurred(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), 0.02))


def _residual(grey: Floats) -> Floats:
    """Spectral residual (Hou and Zhang, 2007): what is left when the spectrum's smooth part is taken away."""
    if float(np.ptp(grey)) < 1 / 255:
        return np.zeros_like(grey)  # the spectrum of one colour is nothing but rounding
    small = cv2.resize(grey, (SPECTRUM, SPECTRUM), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small)
    strength = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    residual = strength - cv2.blur(strength, (3, 3))
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    surprise = cv2.GaussianBlur((np.abs(back) ** 2).astype(np.float32), (0, 0), 2.5)
    return _scaled(cv2.resize(surprise, grey.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _centre_prior(height: int, width: int) -> Floats:
    """People put what matters near the middle, but not always: the corners keep a good third."""
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    return (0.35 + 0.65 * np.exp(-(y[:, None] ** 2 + x[None] ** 2) / (2 * 0.3**2))).astype(np.float32)


def _blurred(values: npt.ArrayLike, share: float) -> Floats:
    """Blurred by a share of the longer side."""
    plane = np.asarray(values, np.float32)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(0.5, share * max(plane.shape))), np.float32)


def _scaled(values: npt.ArrayLike) -> Floats:
    """To 0..1, where only the highest hundredth reaches 1; all zero for a picture without any difference."""
    plane = np.asarray(values, np.float32)
    low, high = float(plane.min()), float(np.percentile(plane, 99.5))
    if high - low < 1e-6:
        return np.zeros_like(plane)
    return np.asarray(np.clip((plane - low) / (high - low), 0, 1), np.float32)


def _main_region(saliency: Floats) -> tuple[Box, Point]:
    """The salient region that weighs most, and its centre of mass; the middle of a picture without any."""
    mask = (saliency >= STANDS_OUT).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return Box(0.35, 0.35, 0.3, 0.3), Point(0.5, 0.5)
    masses = np.bincount(labels.ravel(), weights=saliency.ravel(), minlength=count)
    best = int(np.argmax(masses[1:])) + 1
    return _box_of(stats[best], saliency.shape), _centre_of_mass(np.where(labels == best, saliency, 0))


def _box_of(stats: npt.NDArray[np.int32], shape: tuple[int, ...]) -> Box:
    left, top, width, height = (int(value) for value in stats[:4])
    rows, columns = shape
    return between(
        left=left / columns, top=top / rows, right=(left + width) / columns, bottom=(top + height) / rows
    )


def _centre_of_mass(weights: Floats) -> Point:
    height, width = weights.shape
    total = float(weights.sum(dtype=np.float64))
    x = float(weights.sum(0, dtype=np.float64) @ (np.arange(width) + 0.5)) / total / width
    y = float(weights.sum(1, dtype=np.float64) @ (np.arange(height) + 0.5)) / total / height
    return Point(round(x, 3), round(y, 3))
