"""In which order photos earn AI motion. Pure: the same photos give the same order, whatever is spent on them,
so a larger budget keeps what a smaller one chose.

Faces and sharp pictures come first. Of photos that were taken within seconds of each other one comes in the
first round, and the others only when every other photo has had its turn. Within a round they spread over the
film: next to one that moves already a photo is worth less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

BURST = timedelta(seconds=5)
"""Photos with no longer pause between them show the same."""
FACES, SHARP, LIGHT, SIZE = 0.45, 0.3, 0.15, 0.1
"""What each share of the quality weighs; together 1."""
UNKNOWN = 0.35
"""What is not known of a photo counts as a little less than the middle."""
SPREAD = 0.5
"""What a photo loses right beside one that is chosen, of a quality of at most 1."""
PORTRAIT = 0.15
"""Share of the picture from which on larger faces make no difference."""
CROWD = 3
"""So many faces are as good as more."""
CRISP = 12.0
"""Sharpness (see `providers.local.look`) of a photo in which every hair is seen."""
RICH = 55.0
"""Contrast of a photo with deep shadows and bright lights."""
LARGE = 1080
"""Pixels of the shorter side that a film shows."""


@dataclass(frozen=True)
class Photo:
    """A photo at its own `place` in the film. `moves` says that it has what the others compete for: it takes
    no turn, but those beside it wait."""

    id: UUID
    place: int
    quality: float
    taken_at: datetime | None = None
    moves: bool = False


def quality(*, look: Mapping[str, Any], width: int, height: int) -> float:
    """What a photo is worth by itself, 0 to 1; of one that was never measured only its size is known."""
    size = min(1.0, min(width, height) / LARGE)
    if not look:
        return UNKNOWN * (FACES + SHARP + LIGHT) + SIZE * size
    share = min(1.0, look["face_share"] / PORTRAIT) ** 0.5
    people = 0.7 * share + 0.3 * min(1.0, look["faces"] / CROWD)
    sharp = min(1.0, look["sharpness"] / CRISP) ** 0.5
    light = look["light"] * min(1.0, look["contrast"] / RICH)
    return float(FACES * people + SHARP * sharp + LIGHT * light + SIZE * size)


def ranked(photos: Sequence[Photo]) -> Iterator[UUID]:
    """The photos that do not move yet, the one that earns it most first. Works out only what is asked for."""
    by_place = {photo.place: photo.id for photo in photos}
    rounds = _rounds(photos)
    chosen = [photo.place for photo in photos if photo.moves]
    nearest = {photo.place: _nearest(photo.place, chosen) for photo in photos}
    for turn in sorted(set(rounds.values())):
        waiting = {photo.place: photo for photo in photos if rounds.get(photo.place) == turn}
        while waiting:
            reach = len(photos) / (len(chosen) + 1)
            best = waiting.pop(_best(waiting, nearest, reach=reach)).place
            chosen.append(best)
            nearest = {place: min(far, abs(place - best)) for place, far in nearest.items()}
            yield by_place[best]


def _rounds(photos: Sequence[Photo]) -> dict[int, int]:
    """The round in which the photo at each place takes its turn: in every burst the best is first."""
    rounds: dict[int, int] = {}
    for burst in _bursts(photos):
        in_turn = sorted(burst, key=lambda photo: (not photo.moves, -photo.quality, photo.place))
        rounds |= {photo.place: turn for turn, photo in enumerate(in_turn) if not photo.moves}
    return rounds


def _bursts(photos: Sequence[Photo]) -> list[list[Photo]]:
    """A photo that does not say when it was taken is a burst of its own."""
    bursts = [[photo] for photo in photos if photo.taken_at is None]
    dated = [(photo.taken_at, photo.place, photo) for photo in photos if photo.taken_at]
    before: datetime | None = None
    for moment, _, photo in sorted(dated, key=lambda each: each[:2]):
        if before and moment - before <= BURST:
            bursts[-1].append(photo)
        else:
            bursts.append([photo])
        before = moment
    return bursts


def _nearest(place: int, chosen: Sequence[int]) -> float:
    return min((abs(place - other) for other in chosen), default=float("inf"))


def _best(waiting: Mapping[int, Photo], nearest: Mapping[int, float], *, reach: float) -> int:
    """Its place. `reach` is how far apart they would be if they were spread evenly."""

    def worth(place: int) -> tuple[float, int]:
        beside = max(0.0, 1 - nearest[place] / reach)
        return (waiting[place].quality - SPREAD * beside, -place)

    return max(waiting, key=worth)
