"""The thing in a picture without any trained network: the ground's colour, then GrabCut, then soft edges.

1. What is far from the ground's colour is probably the thing, what is near it and at the rim is ground.
2. GrabCut (Rother and others, 2004) cuts where the picture has edges, at SIDE pixels.
3. Holes in the thing that are no sight of the ground, such as a label of the paper's colour, are filled.
4. The edge is softened in the picture's own size.

It is good where a thing stands before something plain, and knows when it is not: `sure`. Where the ground is
not plain, a second cut that knows nothing of its colour has to come to the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from providers.local.matting import edges, ground
from providers.local.matting.ground import Ground

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE = 480
ROUNDS = 4
NEAR, FAR = 2.5, 6.0
"""Spreads of the ground: up to NEAR it is ground, from FAR on it is something else."""
LEAST_FAR = 9.0
"""In Lab."""
SHARP = 1.5
"""Of an outline, from each pixel to the next, in Lab."""
TRIMMED = 5
"""How deep the foot of a shadow may be, in pixels."""
CRUMB = 0.04
"""Of the largest part: smaller ones are dust."""
LABEL_FILLS = 0.9
"""A label fills its rectangle; what is seen through a handle is round."""
SMALL_HOLE = 0.002
"""Of the thing."""
SECOND_RIM = 0.06
"""Of the shorter side."""
FEW, MANY = 0.02, 0.85
"""Of the picture."""


@dataclass(frozen=True, eq=False)
class Separated:
    """`alpha` has the picture's size, 0 to 1; `sure` is 0 to 1, and below a half nobody should rely on it."""

    alpha: Floats
    sure: float


def separate(*, image: Picture) -> Separated:
    """The thing in an RGB picture; the same picture gives the same answer."""
    small = _shrunk(image)
    colours = ground.lab(image=small)
    found = ground.find(colours=colours)
    step = _step(colours)
    mask = _trimmed(_opened(_cut(small, found, step), step, found), colours, found)
    mask = _filled(_cleaned(mask), found)
    sure = _sure(small, mask, step, found)
    large = cv2.resize(mask.astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return Separated(edges.softened(mask=np.asarray(large, np.float32), image=image), sure)


def is_plain(*, image: Picture) -> bool:
    """Whether it is worth trying: a fiftieth of the work of `separate`."""
    found = ground.find(colours=ground.lab(image=_shrunk(image)))
    return _plainness(found) >= 0.5


def _shrunk(image: Picture) -> Picture:
    scale = SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    size = tuple(max(8, round(side * scale)) for side in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _step(colours: Floats) -> Floats:
    """How much the colour changes from each pixel to the next, in Lab."""
    soft = cv2.GaussianBlur(colours, (0, 0), 1)
    ways = (cv2.Sobel(soft, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    return np.asarray(np.sqrt(sum(np.square(way).sum(axis=2) for way in ways)), np.float32)


def _cut(small: Picture, found: Ground, step: Floats) -> Mask:
    """1 where the thing is."""
    labels = _seeds(found, step)
    if not ((labels == cv2.GC_PR_FGD) | (labels == cv2.GC_FGD)).any():
        return np.zeros(labels.shape, np.uint8)
    return _grabbed(small, labels)


def _grabbed(small: Picture, labels: Mask) -> Mask:
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    smooth = cv2.bilateralFilter(np.ascontiguousarray(small[..., ::-1]), 5, 20, 3)
    cv2.grabCut(smooth, labels, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), np.uint8)


def _seeds(found: Ground, step: Floats) -> Mask:
    """What GrabCut begins with. A shadow has the ground's hue and no outline: from the rim, ground is
    followed into it until something sharp."""
    far = max(LEAST_FAR, FAR * found.spread)
    away = np.asarray(cv2.GaussianBlur(found.away, (0, 0), 1), np.float32)
    thing = (away > far).astype(np.uint8)
    labels = np.where(away > (far + NEAR * found.spread) / 2, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    core = cv2.erode(cv2.morphologyEx(thing, cv2.MORPH_OPEN, _disc(2)), _disc(3), borderValue=1)
    labels[core > 0] = cv2.GC_FGD
    like = _is_like_ground(found, step)
    labels[like] = cv2.GC_PR_BGD
    labels[_reaches_the_rim(like)] = cv2.GC_BGD
    return labels


def _is_like_ground(found: Ground, step: Floats) -> npt.NDArray[np.bool_]:
    """In the light, or where a shadow might lie."""
    away = np.asarray(cv2.GaussianBlur(found.away, (0, 0), 1), np.float32)
    near = NEAR * found.spread
    return np.asarray((away <= near) | ((found.shaded <= near) & (step < SHARP)), np.bool_)


def _reaches_the_rim(near: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The parts that touch the picture's rim, a little smaller than they are."""
    small = cv2.erode(near.astype(np.uint8), _disc(2), borderValue=1)
    _, parts = cv2.connectedComponents(small)
    rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return np.asarray(np.isin(parts, np.unique(rim[rim > 0])), np.bool_)


def _opened(mask: Mask, step: Floats, found: Ground) -> Mask:
    """With the holes through which ground is seen, which GrabCut closes where they are small."""
    like = (_is_like_ground(found, step) & (mask > 0)).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(like, cv2.MORPH_OPEN, _disc(2)))
    opened = mask.copy()
    for part in range(1, len(stats)):
        hole = parts == part
        if float(np.median(found.away[hole])) <= FAR * found.spread and _is_ground(
            hole, int(mask.sum()), found
        ):
            opened[hole] = 0
    return opened


def _trimmed(mask: Mask, colours: Floats, found: Ground) -> Mask:
    """Without the foot of a shadow, which is too near to something sharp for the seeds: there, what might be
    shadow goes to the side whose colours nearby it has."""
    inside, outside = cv2.erode(mask, _disc(TRIMMED), borderValue=1), 1 - cv2.dilate(mask, _disc(1))
    nearer = _off(colours, outside) < _off(colours, inside)
    doubtful = (mask > inside) & (found.shaded <= NEAR * found.spread)
    return np.where(doubtful & nearer, 0, mask).astype(np.uint8)


def _off(colours: Floats, part: npt.ArrayLike) -> Floats:
    """How far each pixel's colour is from the mean of that part around it."""
    share = np.asarray(part, np.float32)
    weight = cv2.GaussianBlur(share, (0, 0), TRIMMED)
    mean = cv2.GaussianBlur(colours * share[..., None], (0, 0), TRIMMED) / np.maximum(weight, 1e-3)[..., None]
    return np.where(weight > 1e-3, np.sqrt(np.square(colours - mean).sum(axis=2)), np.inf).astype(np.float32)


def _cleaned(mask: Mask) -> Mask:
    """Without dust."""
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(1)), np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.asarray((areas >= max(1, CRUMB * areas.max()))[parts] & (parts > 0), np.uint8)


def _filled(mask: Mask, found: Ground) -> Mask:
    """With those of its holes through which no ground is seen."""
    whole = mask.copy()
    _, parts, stats, _ = cv2.connectedComponentsWithStats((1 - mask).astype(np.uint8), connectivity=4)
    rim = set(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]).tolist())
    for part in range(1, len(stats)):
        hole = parts == part
        if part not in rim and mask[hole].sum() == 0 and not _is_ground(hole, int(mask.sum()), found):
            whole[hole] = 1
    return whole


def _is_ground(hole: npt.NDArray[np.bool_], thing: int, found: Ground) -> bool:
    area = int(hole.sum())
    if area < SMALL_HOLE * thing or float(np.median(found.shaded[hole])) > FAR * found.spread:
        return False
    points = np.argwhere(hole)[:, ::-1].astype(np.float32)
    _, (width, height), _ = cv2.minAreaRect(points)
    return area / ((width + 1) * (height + 1)) < LABEL_FILLS


def _sure(small: Picture, mask: Mask, step: Floats, found: Ground) -> float:
    """As sure as the weakest of what speaks for it."""
    share = float(mask.mean())
    if not FEW <= share <= MANY:
        return 0.0
    speaks = min(_distinct(mask, found), _supported(mask, step), _inside(mask), _one(mask))
    plain = _plainness(found)
    if plain < 0.5 <= speaks:
        plain = max(plain, _agreed(small, mask))
    return round(min(plain, speaks), 3)


def _plainness(found: Ground) -> float:
    """Of a ground with more than six steps of colour in it, or of which a thing hides half the rim, nobody
    knows where it ends."""
    return min(_between(found.spread, 7.0, 1.5), _between(found.share, 0.5, 0.85))


def _agreed(small: Picture, mask: Mask) -> float:
    """How far a cut that is told only that the rim is ground finds the same."""
    labels = np.full(mask.shape, cv2.GC_PR_FGD, np.uint8)
    deep = max(2, round(SECOND_RIM * min(mask.shape)))
    labels[:deep] = labels[-deep:] = labels[:, :deep] = labels[:, -deep:] = cv2.GC_BGD
    second = _cleaned(_grabbed(small, labels))
    shared, joint = int((mask & second).sum()), int((mask | second).sum())
    return _between(shared / max(1, joint), 0.75, 0.98)


def _distinct(mask: Mask, found: Ground) -> float:
    """How far the thing's colours are from the ground's: white on white may be cut anywhere."""
    inside = found.away[mask > 0]
    return _between(float(np.percentile(inside, 25)) / max(3.0, found.spread), 1.5, 5.0)


def _supported(mask: Mask, step: Floats) -> float:
    """The share of the outline on which the picture has an edge as well."""
    strongest = cv2.dilate(step, _disc(3))
    outline = mask - cv2.erode(mask, _disc(1), borderValue=1)
    there = strongest[outline > 0]
    return _between(float((there > SHARP).mean()) if there.size else 0.0, 0.6, 0.95)


def _inside(mask: Mask) -> float:
    """A thing that is cut by more than one side or so of the picture is rather its ground."""
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return _between(float(rim.mean()), 0.5, 0.2)


def _one(mask: Mask) -> float:
    """A thing is in one piece, or nearly."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    return _between(float(stats[1:, cv2.CC_STAT_AREA].max() / mask.sum()), 0.2, 0.6)


def _between(value: float, none: float, full: float) -> float:
    """0 at `none`, 1 at `full`, whichever is larger."""
    return min(1.0, max(0.0, (value - none) / (full - none))) if math.isfinite(value) else 0.0


def _disc(radius: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)
