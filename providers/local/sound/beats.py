"""Where the beats of a recording fall, heard as a person taps along.

1. Somebody hears a beat where many tones begin at once: `Onsets` hears the recording piece by piece, and
   keeps how much louder its bands of tones grow, a hundred times a second.
2. The tempo is the distance at which those beginnings come again, the likelier the nearer it is to the pace
   at which people tap (about 110 a minute).
3. The beats are the chain of beginnings that keeps to that tempo best (D. Ellis, Beat Tracking by Dynamic
   Programming, Journal of New Music Research 36, 2007).

A recording without a steady beat (a voice, the sea, silence) has none: a film is rather cut at even lengths
than at wrong moments.
"""

from __future__ import annotations

import math
from array import array
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from providers.local.sound.filters import Numbers

RATE = 8_000
HOP = 80  # samples: a hundredth of a second
A_SECOND = RATE // HOP
WINDOW = 512
BANDS = 24
LOWEST, HIGHEST = 40.0, 3_800.0  # Hz
SLOWEST, FASTEST, USUAL = 50.0, 190.0, 110.0  # beats a minute
OCTAVES = 0.9  # how far from the usual tempo, in doublings, a tempo may be and still be two thirds as likely
TIGHT = 100.0  # how much dearer than a weak beginning an uneven step is
# How much more begins on the beats than elsewhere, at least; and that, times how alike the recording is to
# itself one beat later (0 to 1). Of noise, sea and speech the first is below 2 or the product below 0.26; of
# the catalogue's tracks the first is above 5 and the product above 0.36.
PLAIN, SURE = 2.0, 0.3
FEWEST = 8
# A beginning is heard when half of it is within the window.
LATE = Fraction(WINDOW // 2 + HOP // 2, RATE)


class Onsets:
    """Hears samples at RATE, mono, -1 to 1, in pieces of any length."""

    def __init__(self) -> None:
        self._strengths = array("d")
        self._rest: Numbers = np.zeros(0)
        self._before: Numbers | None = None
        self._bank = _bank()
        self._taper = signal.get_window("hann", WINDOW)

    def hear(self, samples: Numbers) -> None:
        heard = np.concatenate([self._rest, samples])
        count = (len(heard) - WINDOW) // HOP + 1
        if count < 1:
            self._rest = heard
            return
        frames = np.lib.stride_tricks.sliding_window_view(heard, WINDOW)[: count * HOP : HOP]
        self._rest = heard[count * HOP :]
        self._note(np.log1p(1_000 * (np.abs(np.fft.rfft(frames * self._taper)) @ self._bank)))

    def _note(self, levels: Numbers) -> None:
        before = levels[:1] if self._before is None else self._before
        self._before = levels[-1:]
        rises = np.maximum(0.0, np.diff(np.concatenate([before, levels]), axis=0)).sum(axis=1)
        self._strengths.extend(rises.tolist())

    def beats(self) -> tuple[Fraction, ...]:
        """Seconds from the start; none where no beat is plain."""
        strengths = _plain(np.frombuffer(self._strengths, dtype=np.float64))
        if len(strengths) < FEWEST * A_SECOND // 2 or not strengths.any():
            return ()
        period, sure = _tempo(strengths)
        places = _trimmed(_chain(strengths, period), strengths)
        if len(places) < FEWEST:
            return ()
        plain = _plainness(places, strengths)
        if plain < PLAIN or plain * sure < SURE:
            return ()
        return tuple(max(Fraction(0), Fraction(place, A_SECOND) + LATE) for place in places)


def _bank() -> Numbers:
    """Triangles over the tones of a spectrum, evenly spaced as ears have it."""
    tones = np.fft.rfftfreq(WINDOW, 1 / RATE)
    edges = np.geomspace(LOWEST, HIGHEST, BANDS + 2)
    rising = (tones[:, None] - edges[None, :-2]) / np.diff(edges)[:-1]
    falling = (edges[None, 2:] - tones[:, None]) / np.diff(edges)[1:]
    bank = np.clip(np.minimum(rising, falling), 0.0, None)
    bank[np.argmin(np.abs(tones[:, None] - edges[None, 1:-1]), axis=0), np.arange(BANDS)] += 0.5
    found: Numbers = bank / np.maximum(bank.sum(axis=0), 1e-9) / WINDOW
    return found


def _plain(strengths: Numbers) -> Numbers:
    """What stands out of its neighbourhood, as many times as it usually does."""
    if not len(strengths):
        return strengths
    around = ndimage.uniform_filter1d(strengths, A_SECOND)
    out = ndimage.gaussian_filter1d(np.maximum(0.0, strengths - around), 2.0)
    deviation = float(out.std())
    return out / deviation if deviation > 1e-9 else np.zeros_like(out)


def _tempo(strengths: Numbers) -> tuple[float, float]:
    """Steps from beat to beat, and how alike the recording is to itself one beat later, 0 to 1."""
    even = strengths - strengths.mean()
    alike = signal.correlate(even, even, method="fft")[len(even) - 1 :]
    alike = alike / alike[0]
    first, last = (round(60 * A_SECOND / tempo) for tempo in (FASTEST, SLOWEST))
    lags = np.arange(first, min(last, len(alike) - 2) + 1, dtype=np.int64)
    liking = np.exp(-0.5 * (np.log2(lags * USUAL / (60 * A_SECOND)) / OCTAVES) ** 2)
    best = int(lags[np.argmax(_combed(alike, lags) * liking)])
    return _between(alike, best), float(alike[best])


def _combed(alike: Numbers, lags: NDArray[np.int64]) -> Numbers:
    """A tempo shows at its multiples, too."""
    total = np.zeros(len(lags))
    for times, weight in ((1, 1.0), (2, 0.5), (4, 0.25)):
        places = np.minimum(lags * times, len(alike) - 1).astype(int)
        total += weight * ndimage.maximum_filter1d(alike, times)[places]
    return total


def _between(values: Numbers, place: int) -> float:
    """The top of the parabola through a peak and its neighbours."""
    left, top, right = (float(values[at]) for at in (place - 1, place, place + 1))
    bend = left - 2 * top + right
    return place + (max(-0.5, min(0.5, (left - right) / (2 * bend))) if bend < 0 else 0.0)


def _chain(strengths: Numbers, period: float) -> list[int]:
    """The places of the best chain, in order."""
    steps = np.arange(round(period / 2), round(period * 2) + 1)
    dear = TIGHT * np.log(steps / period) ** 2
    total, came = strengths.copy(), np.full(len(strengths), -1)
    for place in range(int(steps[0]), len(strengths)):
        reach = steps[: np.searchsorted(steps, place, side="right")]
        before = total[place - reach] - dear[: len(reach)]
        best = int(before.argmax())
        if before[best] > 0:
            total[place] += before[best]
            came[place] = place - reach[best]
    place = len(total) - 1 - int(total[::-1][: 2 * math.ceil(period)].argmax())
    chain = [place]
    while came[chain[-1]] >= 0:
        chain.append(int(came[chain[-1]]))
    return chain[::-1]


def _trimmed(places: list[int], strengths: Numbers) -> list[int]:
    """Without beats before the music begins and after it has ended."""
    heard = [float(strengths[max(0, place - 3) : place + 4].max()) for place in places]
    least = 0.3 * float(np.median(heard))
    there = [index for index, strength in enumerate(heard) if strength >= least]
    return places[there[0] : there[-1] + 1] if there else []


def _plainness(places: list[int], strengths: Numbers) -> float:
    heard = [float(strengths[max(0, place - 3) : place + 4].max()) for place in places]
    return float(np.mean(heard)) / max(float(strengths[places[0] : places[-1] + 1].mean()), 1e-9)
