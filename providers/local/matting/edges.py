"""Soft edges: a coarse mask follows the picture's own edges, and what is thin becomes part transparent.

The guided filter (He, Sun and Tang, 2010) with a grey guide: in every small square the mask is a linear
function of the picture. Written with box filters, since the OpenCV that is installed here is without it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

REACH = 0.006
"""Radius, of the longer side."""
SMOOTH = 1e-4
"""Differences in light below its root, of 1, are not edges."""
SURE_BELOW, SURE_FROM = 0.08, 0.92
DEEP = 3
"""Radii beyond which a mask is right as it is."""


def softened(*, mask: Floats, image: Picture) -> Floats:
    """A mask of the size of an RGB picture, 0 to 1."""
    radius = max(1, round(REACH * max(mask.shape)))
    guide = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) / 255, np.float32)
    alpha = np.clip((_guided(guide, mask, radius) - SURE_BELOW) / (SURE_FROM - SURE_BELOW), 0, 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * DEEP * radius + 1,) * 2)
    solid = (mask > 0.5).astype(np.uint8)
    inside, near = cv2.erode(solid, disc, borderValue=1), cv2.dilate(solid, disc)
    return np.asarray(np.where(inside > 0, 1, np.where(near > 0, alpha, 0)), np.float32)


def own_colours(*, image: Picture, alpha: Floats) -> Picture:
    """The picture with the ground's colour taken out of its soft edges: there, what lies just inside."""
    sure = (alpha >= SURE_FROM).astype(np.float32)
    radius = max(2, round(REACH * max(alpha.shape)))
    size = (6 * radius + 1,) * 2
    weight = cv2.GaussianBlur(sure, size, radius)[..., None]
    inner = cv2.GaussianBlur(image.astype(np.float32) * sure[..., None], size, radius) / np.maximum(
        weight, 1e-4
    )
    taken = np.where(weight > 1e-3, np.clip(3 * (1 - alpha), 0, 1)[..., None], 0).astype(np.float32)
    mixed = image * (1 - taken) + inner * taken
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _guided(guide: Floats, mask: Floats, radius: int) -> Floats:
    mean_guide, mean_mask = _mean(guide, radius), _mean(mask, radius)
    shared = _mean(guide * mask, radius) - mean_guide * mean_mask
    varied = _mean(guide * guide, radius) - mean_guide * mean_guide
    slope = np.asarray(shared / (varied + SMOOTH), np.float32)
    return _mean(slope, radius) * guide + _mean(mean_mask - slope * mean_guide, radius)


def _mean(values: Floats, radius: int) -> Floats:
    return np.asarray(cv2.blur(values, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT), np.float32)
