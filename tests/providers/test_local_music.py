"""A track that is made: what the file holds, how loud it is, where its beats fall, and that it repeats."""

from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import scipy.signal

from echoes.kernel.ffmpeg import command, probe
from providers.local import music
from providers.local.sound import mixing
from providers.local.sound.styles import STYLES

RATE = 48_000


def short(mood: str) -> music.Recipe:
    recipe = next(recipe for recipe in music.CATALOGUE if recipe.mood == mood)
    return dataclasses.replace(recipe, seconds=24)


@pytest.fixture(scope="module")
def track(tmp_path_factory) -> tuple[Path, music.Made]:
    out = tmp_path_factory.mktemp("music") / "kites.m4a"
    return out, music.make(recipe=short("uplifting"), out=out)


@pytest.fixture(scope="module")
def sound(track) -> np.ndarray:
    with av.open(str(track[0])) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


class TestCatalogue:
    def test_offers_at_least_eight_moods_and_no_name_twice(self):
        assert len({recipe.mood for recipe in music.CATALOGUE}) >= 8
        assert len({recipe.slug for recipe in music.CATALOGUE}) == len(music.CATALOGUE)
        assert len({recipe.seed for recipe in music.CATALOGUE}) == len(music.CATALOGUE)

    def test_lasts_a_minute_to_a_minute_and_a_half(self):
        assert all(60 <= recipe.seconds <= 90 for recipe in music.CATALOGUE)

    def test_has_a_style_for_every_mood_and_a_voice_for_every_part(self):
        for recipe in music.CATALOGUE:
            assert {part.voice for part in STYLES[recipe.mood].parts} <= set(mixing.VOICES)


class TestMake:
    def test_writes_stereo_aac_at_48_khz_as_long_as_the_recipe_says(self, track):
        path, made = track
        found = probe.probe(path)
        assert (found.audio.codec, found.audio.rate, found.audio.channels) == ("aac", RATE, 2)
        assert found.video is None
        assert made.duration == 24
        assert abs(found.duration - made.duration) < Fraction(1, 20)

    def test_is_as_loud_as_promised_by_ffmpegs_own_meter_and_peaks_below_the_ceiling(self, track):
        path, made = track
        arguments = ("-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-")
        told = subprocess.run(
            [command.executable(), *arguments], capture_output=True, text=True, check=True
        ).stderr
        summary = told[told.rindex("Summary:") :]
        integrated = float(re.search(r"I:\s+(-?[\d.]+) LUFS", summary)[1])
        peak = float(re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)[1])
        assert integrated == pytest.approx(-16, abs=0.5)
        assert made.loudness_lufs == pytest.approx(integrated, abs=0.3)
        assert peak <= -1.0

    def test_has_no_offset_no_glare_and_is_silent_only_at_its_end(self, sound):
        mono = sound.mean(axis=0)
        assert abs(float(mono.mean())) < 1e-3
        assert 200 < spectral_centroid(mono) < 2_500
        tenths = mono[: len(mono) // 4_800 * 4_800].reshape(-1, 4_800)
        quiet = np.flatnonzero(np.sqrt(np.square(tenths).mean(axis=1)) < 10 ** (-60 / 20))
        assert len(quiet) and quiet[0] > len(tenths) - 20

    def test_puts_its_onsets_on_the_beats_it_names(self, track, sound):
        beats = np.array(track[1].beats) / 24_000
        between = (beats[:-1] + beats[1:]) / 2
        assert onsets(sound, beats[:-1]) / onsets(sound, between) > 1.2

    def test_names_its_beats_in_ticks_from_the_start_to_the_last_chord(self, track):
        beats = track[1].beats
        assert beats[0] == 0
        assert beats[1] == round(Fraction(60, 112) * 24_000)
        assert all(early < late for early, late in itertools.pairwise(beats))
        assert beats[-1] <= (24 - 5) * 24_000

    def test_draws_120_peaks_with_the_loudest_at_100(self, track):
        peaks = track[1].peaks
        assert len(peaks) == 120
        assert max(peaks) == 100
        assert min(peaks) >= 0
        assert peaks[-1] < 10

    def test_agrees_with_the_measure_of_its_own_file(self, track):
        path, made = track
        measured = music.measure(path=path)
        assert abs(measured.duration - made.duration) < Fraction(1, 20)
        assert np.abs(np.array(measured.peaks) - np.array(made.peaks)).mean() < 8
        assert measured.loudness == pytest.approx(made.loudness_lufs, abs=0.3)

    def test_gives_the_same_file_for_the_same_recipe(self, track, tmp_path):
        again = tmp_path / "again.m4a"
        assert music.make(recipe=short("uplifting"), out=again) == track[1]
        assert again.read_bytes() == track[0].read_bytes()


def spectral_centroid(mono: np.ndarray) -> float:
    hertz, power = scipy.signal.welch(mono, RATE, nperseg=4_096)
    return float((hertz * power).sum() / power.sum())


def onsets(sound: np.ndarray, times: np.ndarray) -> float:
    """The mean over these times of the highest spectral flux near each."""
    _, at, spectrum = scipy.signal.stft(sound.mean(axis=0), RATE, nperseg=2_048, noverlap=2_048 - 480)
    flux = np.maximum(0, np.diff(np.log1p(200 * np.abs(spectrum)), axis=1)).sum(axis=0)
    return float(np.mean([flux[(at[1:] > time - 0.03) & (at[1:] < time + 0.06)].max() for time in times]))
