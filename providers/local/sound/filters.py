"""The few operations on signals that come from SciPy, typed, for float32 arrays whose last axis is time."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

RATE = 48_000

Signal: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.float64]


def seconds(samples: int) -> Numbers:
    """The time of every sample."""
    return np.arange(samples, dtype=np.float64) / RATE


def lowpass(signal: Signal, *, hertz: float, order: int = 2) -> Signal:
    return cascade(signal, sections=_butterworth(order, hertz, "lowpass"))


def highpass(signal: Signal, *, hertz: float, order: int = 2) -> Signal:
    return cascade(signal, sections=_butterworth(order, hertz, "highpass"))


def bandpass(signal: Signal, *, low: float, high: float) -> Signal:
    return cascade(signal, sections=_butterworth(1, (low, high), "bandpass"))


def cascade(signal: Signal, *, sections: Numbers) -> Signal:
    """Second-order sections in a row; in float64, because float32 is too coarse for poles near 40 Hz."""
    filtered = np.empty_like(signal)
    rows = zip(filtered.reshape(-1, signal.shape[-1]), signal.reshape(-1, signal.shape[-1]), strict=True)
    for target, channel in rows:  # one at a time: float64 of a whole track is large
        target[:] = scipy.signal.sosfilt(sections, channel)
    return filtered


def resonate(excitation: Signal, *, feedback: Numbers) -> Signal:
    """`feedback[k]` times the output k+1 samples ago is added to the excitation; many make a string."""
    denominator = np.concatenate([[1.0], -feedback])
    rung: Signal = scipy.signal.lfilter([1.0], denominator, excitation).astype(np.float32)
    return rung


def convolve(signal: Signal, *, impulse: Signal) -> Signal:
    """One channel through an impulse response, as long as the signal."""
    whole: Signal = scipy.signal.oaconvolve(signal, impulse)
    return whole[: len(signal)].astype(np.float32)


def oversample(signal: Signal, *, factor: int) -> Signal:
    finer: Signal = scipy.signal.resample_poly(signal, factor, 1, axis=-1)
    return finer


def running_minimum(signal: Signal, *, width: int) -> Signal:
    lowest: Signal = scipy.ndimage.minimum_filter1d(signal, width)
    return lowest


def running_mean(signal: Signal, *, width: int) -> Signal:
    mean: Signal = scipy.ndimage.uniform_filter1d(signal.astype(np.float64), width).astype(np.float32)
    return mean


def shelf(*, hertz: float, decibels: float) -> Numbers:
    """Sections that raise what lies above `hertz`, after Bristow-Johnson's cookbook, with a slope of one."""
    amplitude = 10 ** (decibels / 40)
    omega = 2 * np.pi * hertz / RATE
    cosine, alpha = np.cos(omega), np.sin(omega) / np.sqrt(2)
    up, down, root = amplitude + 1, amplitude - 1, 2 * np.sqrt(amplitude) * alpha
    above = [
        amplitude * (up + down * cosine + root),
        -2 * amplitude * (down + up * cosine),
        amplitude * (up + down * cosine - root),
    ]
    below = [up - down * cosine + root, 2 * (down - up * cosine), up - down * cosine - root]
    sections: Numbers = np.array([above + below]) / below[0]
    return sections


def _butterworth(order: int, hertz: float | tuple[float, float], kind: str) -> Numbers:
    sections: Numbers = scipy.signal.butter(order, hertz, kind, fs=RATE, output="sos")
    return sections
