"""Whether beats are heard where they are: ticks at known moments, and sounds that have no beat."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from providers.local import music
from providers.local.sound import beats
from providers.local.sound.filters import Numbers

SECONDS = 30
NEAR = 0.04  # seconds: a frame


def silence() -> Numbers:
    return np.zeros(beats.RATE * SECONDS)


def ticks(moments: list[float]) -> Numbers:
    """Short noises at these moments, over a quiet hiss."""
    chance = np.random.default_rng(5)
    sound = chance.normal(0, 0.002, beats.RATE * SECONDS)
    for moment in moments:
        at = int(moment * beats.RATE)
        sound[at : at + 240] += chance.normal(0, 0.4, 240) * np.exp(-np.arange(240) / 60)
    return sound


def heard(sound: Numbers, *, piece: int = beats.RATE) -> tuple[Fraction, ...]:
    onsets = beats.Onsets()
    for start in range(0, len(sound), piece):
        onsets.hear(sound[start : start + piece])
    return onsets.beats()


def farthest(found: tuple[Fraction, ...], moments: list[float]) -> float:
    return max(min(abs(float(one) - moment) for moment in moments) for one in found)


class TestBeats:
    @pytest.mark.parametrize("tempo", [60, 84, 100, 128, 150])
    def test_are_heard_at_an_even_tempo(self, tempo: int) -> None:
        moments = [0.4 + 60 / tempo * number for number in range(int((SECONDS - 1) * tempo / 60))]
        found = heard(ticks(moments))
        assert len(found) >= len(moments) - 2
        assert farthest(found, moments) < NEAR

    def test_follow_a_tempo_that_wavers(self) -> None:
        moments = [0.3]
        while moments[-1] < SECONDS - 1:
            moments.append(moments[-1] + 0.5 + 0.04 * float(np.sin(moments[-1] / 3)))
        found = heard(ticks(moments))
        assert len(found) >= len(moments) - 2
        assert farthest(found, moments) < NEAR

    def test_are_the_same_however_the_recording_comes(self) -> None:
        sound = ticks([0.5 * number for number in range(1, 58)])
        assert heard(sound, piece=777) == heard(sound, piece=beats.RATE) != ()

    def test_are_those_that_a_composer_wrote(self, tmp_path: Path) -> None:
        recipe = next(one for one in music.CATALOGUE if one.slug == "paper-boats")
        made = music.make(recipe=recipe, out=tmp_path / "song.m4a", seconds=25)
        written = [beat / 24_000 for beat in made.beats]
        found = music.measure(path=tmp_path / "song.m4a").beats
        assert len(found) >= len(written) - 3
        assert farthest(found, written) < NEAR

    @pytest.mark.parametrize("name", ["silence", "a tone", "noise", "the sea", "too short"])
    def test_are_none_where_nobody_could_tap_along(self, name: str) -> None:
        chance = np.random.default_rng(1)
        time = np.arange(beats.RATE * SECONDS) / beats.RATE
        noise = chance.normal(0, 0.1, len(time))
        sounds = {
            "silence": silence(),
            "a tone": 0.3 * np.sin(2 * np.pi * 330 * time),
            "noise": noise,
            "the sea": noise * np.sin(0.7 * time) ** 2,
            "too short": ticks([0.5, 1.0, 1.5])[: beats.RATE * 2],
        }
        assert heard(sounds[name]) == ()
