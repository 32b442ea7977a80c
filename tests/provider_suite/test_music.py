"""What is held of every model that makes music, the composer of this machine among them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from echoes.kernel.ffmpeg import command
from providers.capabilities import Capability, MusicRequest, Order
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker

SECONDS, MOOD = 8, "calm"
RATE = 8_000

pytestmark = pytest.mark.parametrize("maker", harness.makers(Capability.MUSIC))


def order(maker: Maker, *, words: str = "") -> Order:
    return Order(maker.spec, MusicRequest(MOOD, SECONDS, seed=3, prompt=words))


def samples(path: Path) -> npt.NDArray[np.int16]:
    """What ffmpeg hears of a file, as one channel."""
    told = [command.executable(), "-v", "error", "-i", command.address(path), "-ac", "1"]
    heard = subprocess.run(
        [*told, "-ar", str(RATE), "-f", "s16le", "pipe:1"], check=True, capture_output=True
    ).stdout
    return np.frombuffer(heard, np.int16)


def test_one_track_of_the_asked_length_comes_back(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as produce:
        answer = produce(order(maker), tmp_path)
    [made] = answer.files
    assert abs(len(samples(made)) / RATE - SECONDS) < 1.0


def test_it_can_be_heard(maker: Maker, tmp_path: Path) -> None:
    words = "warm strings and a slow piano"
    with maker.open() as produce:
        answer = produce(order(maker, words=words), tmp_path)
    heard = samples(answer.files[0]).astype(np.float64)
    thirds = np.array_split(heard, 3)
    assert min(np.sqrt((third**2).mean()) for third in thirds[:2]) > 50
    assert np.abs(heard).max() < 32_768
