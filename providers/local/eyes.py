"""What a picture shows as far as it can be measured: faces, colours, light, shape, and where the eye goes.

No network names what is in it. The ideas are moves of a camera that the local studio carries out and that
every service's model understands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from providers.capabilities import Answer, EyesRequest, Seen
from providers.errors import Failed
from providers.local import colours, look, subjects
from providers.local.geometry import Box

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

WIDE, PANORAMA = 1.15, 1.9
"""Width over height; their inverses are tall ones."""
LARGE_FACE = 0.04
"""Of the picture: a portrait."""
SOFT, CRISP = 3.0, 12.0
"""Sharpness, see `look`."""
PALE, RICH = 30.0, 55.0
"""Contrast."""
DARK, BRIGHT = 70, 180
"""Mean light, of 255."""
SMALL_REGION = 0.12
"""Of the picture: what stands out is one thing."""
HORIZON, STEP = 0.7, 3.0
"""Of the columns at both sides: so many have their strongest change of light, of so much, at one height."""
NUMBERS = {1: "one face", 2: "two faces", 3: "three faces", 4: "four faces"}


@dataclass(frozen=True)
class Measures:
    """What the words are made from. `where` is "left", "right" or "middle", of what stands out."""

    shape: str
    faces: int
    portrait: bool
    colours: list[str]
    sharpness: float
    contrast: float
    light: int
    horizon: bool
    where: str
    one_thing: bool


def answer(
    request: EyesRequest, *, folder: Path, on_progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> Answer:
    image = cv2.imread(str(request.picture.path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise Failed("bad_input", detail="the picture cannot be read")
    return Answer(said=seen(measured(image=np.asarray(image, np.uint8), known=request.look)).model_dump())


def measured(*, image: Picture, known: Mapping[str, Any]) -> Measures:
    """Of an RGB picture, of which `known` is the look that was measured before, if any."""
    found = subjects.find(image)
    numbers = known if {"sharpness", "contrast"} <= set(known) else vars(look.look(image=image))
    return Measures(
        shape=_shape(image.shape[1] / image.shape[0]),
        faces=max(len(found.faces), int(numbers.get("faces", 0))),
        portrait=any(face.area >= LARGE_FACE for face in found.faces),
        colours=colours.dominant(image=image),
        sharpness=float(numbers["sharpness"]),
        contrast=float(numbers["contrast"]),
        light=round(float(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean())),
        horizon=_has_horizon(image),
        where=_where(found.region),
        one_thing=found.region.area <= SMALL_REGION,
    )


def seen(found: Measures) -> Seen:
    """In words. Pure."""
    return Seen(description=_description(found), ideas=_ideas(found)[:3], tags=_tags(found)[:12])


def _shape(ratio: float) -> str:
    if ratio >= PANORAMA:
        return "panorama"
    if ratio >= WIDE:
        return "wide"
    return "tall" if ratio <= 1 / WIDE else "square"


def _where(region: Box) -> str:
    return "left" if region.centre.x < 0.38 else "right" if region.centre.x > 0.62 else "middle"


def _has_horizon(image: Picture) -> bool:
    """Whether at both sides the light changes most at one height, which is nearly the same."""
    if image.shape[1] < WIDE * image.shape[0]:
        return False
    grey = cv2.cvtColor(cv2.resize(image, (96, 72), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(np.asarray(grey, np.float32), (0, 0), 1.5)
    steps = np.abs(np.diff(soft, axis=0))[8:-8]
    sides = np.concatenate([steps[:, :24], steps[:, -24:]], axis=1)
    places = sides.argmax(axis=0)
    along = (sides.max(axis=0) >= STEP) & (np.abs(places - np.median(places)) <= 5)
    return bool(along.mean() >= HORIZON)


def _description(found: Measures) -> str:
    kind = "A portrait" if found.portrait and found.faces == 1 else f"A {found.shape} picture"
    kind = "A panorama" if found.shape == "panorama" and not found.portrait else kind
    people = f" with {_faces(found.faces)}" if found.faces and kind != "A portrait" else ""
    ground = ", with a horizon" if found.horizon and not found.faces else ""
    return f"{kind}{people}{ground}, mostly {_listed(found.colours)}{_quality(found)}."


def _faces(count: int) -> str:
    return NUMBERS.get(count, f"{count} faces")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _quality(found: Measures) -> str:
    said = _light(found) + _contrast(found) + _sharpness(found)
    return f"; {_listed(said)}" if said else ""


def _light(found: Measures) -> list[str]:
    return ["dark"] if found.light < DARK else ["bright"] if found.light > BRIGHT else []


def _contrast(found: Measures) -> list[str]:
    return ["pale"] if found.contrast < PALE else ["contrasty"] if found.contrast > RICH else []


def _sharpness(found: Measures) -> list[str]:
    return ["soft"] if found.sharpness < SOFT else ["sharp"] if found.sharpness > CRISP else []


def _ideas(found: Measures) -> list[str]:
    """The best first; each is a clause that `prompts` reads as a move."""
    if found.faces == 1:
        first = ["Zoom in slowly on the face", "Zoom out slowly from the face"]
    elif found.faces:
        first = ["Pan right slowly across the faces", "Zoom in slowly on the faces"]
    elif found.shape == "panorama":
        first = ["Pan right slowly along the panorama", "Pan left slowly along the panorama"]
    elif found.horizon:
        first = ["Pan right slowly along the horizon", "Zoom out slowly to show it all"]
    else:
        first = [_to_what_stands_out(found), "Zoom out slowly to show it all"]
    rest = ["Tilt up slowly"] if found.shape == "tall" else ["Pan left slowly", "Zoom in slowly"]
    return [*first, *(idea for idea in rest if not any(each.startswith(idea) for each in first))]


def _to_what_stands_out(found: Measures) -> str:
    side = "in the middle" if found.where == "middle" else f"on the {found.where}"
    return f"Zoom in slowly on what is {side}" if found.one_thing else "Zoom in slowly"


def _tags(found: Measures) -> list[str]:
    kind = ["portrait"] if found.portrait else []
    people = ["people"] if found.faces > 1 else ["person"] if found.faces else []
    place = ["horizon"] if found.horizon and not found.faces else []
    return [
        *kind,
        *people,
        *place,
        found.shape,
        *found.colours,
        *_light(found),
        *_contrast(found),
        *_sharpness(found),
    ]
