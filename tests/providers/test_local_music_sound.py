"""Sounds: voices are in tune and never click, meters agree with the standard, files are measured."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from echoes.kernel.ffmpeg import run
from providers.local import music
from providers.local.sound import loudness, mixing, voices, waveform

RATE = 48_000


def tone(name: str, *, hertz: float = 220.0, seconds: float = 1.5) -> np.ndarray:
    voice = mixing.VOICES[name]
    return voice.tone(hertz, int(seconds * RATE), 0.6, np.random.default_rng(1))


def sine(*, hertz: float, seconds: float, decibels: float = 0.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    wave = 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * time)
    return np.stack([wave, wave]).astype(np.float32)


def written(path: Path, *, seconds: int, options: tuple[str, ...] = ()) -> Path:
    """A tone, loud in its first half and soft in its second."""
    volume = f"volume='if(lt(t,{seconds / 2}),1,0.25)':eval=frame"
    source = f"sine=frequency=440:sample_rate=44100:duration={seconds}"
    run.run(["-f", "lavfi", "-i", source, "-af", volume, *options, str(path)], timeout=30)
    return path


class TestVoices:
    @pytest.mark.parametrize("name", mixing.VOICES)
    def test_sound_without_overload_and_without_gaps_in_number(self, name):
        sound = tone(name)
        assert sound.dtype == np.float32
        assert sound.shape[0] in (1, 2)
        assert np.isfinite(sound).all()
        assert 0.02 < np.abs(sound).max() < 2.5

    @pytest.mark.parametrize("name", sorted(voices.VOICES))
    @pytest.mark.parametrize("hertz", [110.0, 311.127, 659.255])
    def test_are_in_tune_within_six_cents(self, name, hertz):
        sound = tone(name, hertz=hertz, seconds=2.0).mean(axis=0)
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2**20))
        grid = np.fft.rfftfreq(2**20, 1 / RATE)
        near = (grid > hertz * 0.97) & (grid < hertz * 1.03)
        # The weight of the whole peak: detuned players have several, around the note that they mean.
        power = spectrum[near] ** 2
        heard = float((grid[near] * power).sum() / power.sum())
        assert abs(1200 * np.log2(heard / hertz)) < 6

    @pytest.mark.parametrize("name", mixing.VOICES)
    def test_begin_and_end_without_a_click(self, name):
        voice = mixing.VOICES[name]
        shaped = mixing._shaped(tone(name), voice, held=RATE // 2)
        assert abs(shaped[:, 0]).max() < 1e-6
        assert abs(shaped[:, -1]).max() < 1e-3


class TestLoudness:
    def test_of_a_full_scale_sine_of_997_hz_in_both_channels_is_zero(self):
        assert loudness.integrated(sine(hertz=997, seconds=4)) == pytest.approx(0.0, abs=0.05)

    def test_leaves_silence_out(self):
        sound = np.concatenate([sine(hertz=997, seconds=4, decibels=-20), np.zeros((2, RATE * 8))], axis=1)
        assert loudness.integrated(sound.astype(np.float32)) == pytest.approx(-20.0, abs=0.4)

    @pytest.mark.parametrize("seconds", [0, 0.2, 2])
    def test_of_nothing_is_the_floor(self, seconds):
        silence = np.zeros((2, int(RATE * seconds)), dtype=np.float32)
        assert loudness.integrated(silence) == loudness.SILENCE_LUFS

    def test_finds_a_peak_between_the_samples(self):
        time = np.arange(RATE) / RATE
        wave = np.sin(2 * np.pi * RATE / 4 * time + np.pi / 4).astype(np.float32)[None, :]
        assert np.abs(wave).max() < 0.71
        assert loudness.true_peak(wave) == pytest.approx(1.0, abs=0.03)


class TestMaster:
    def test_holds_peaks_down_and_reaches_the_target(self):
        rng = np.random.default_rng(4)
        mix = sine(hertz=300, seconds=8, decibels=-30)
        mix[:, :: RATE // 2] += 0.9
        mix += rng.standard_normal(mix.shape).astype(np.float32) * 0.01
        mastered = mixing.master(mix, last_chord=RATE * 4)
        assert loudness.true_peak(mastered) <= 10 ** (-1.5 / 20)
        assert loudness.integrated(mastered) == pytest.approx(-16, abs=0.5)
        assert not mastered[:, -RATE // 10 :].any()


class TestPeaks:
    def test_of_nothing_are_flat(self):
        assert waveform.peaks(np.zeros(0)) == (0,) * 120
        assert waveform.peaks(np.zeros(500)) == (0,) * 120

    @pytest.mark.parametrize("count", [1, 7, 119, 120, 121, 5_000])
    def test_are_120_however_long_the_recording(self, count):
        peaks = waveform.peaks(np.linspace(0.1, 1.0, count))
        assert len(peaks) == 120
        assert max(peaks) == 100
        assert list(peaks) == sorted(peaks)


class TestMeasure:
    @pytest.mark.parametrize("suffix", ["mp3", "wav", "m4a", "flac", "ogg"])
    def test_reads_the_formats_that_people_have(self, suffix, tmp_path):
        options = ("-c:a", "libvorbis") if suffix == "ogg" else ()
        measured = music.measure(path=written(tmp_path / f"tone.{suffix}", seconds=6, options=options))
        assert abs(measured.duration - 6) < Fraction(1, 10)
        assert np.mean(measured.peaks[5:55]) > 90
        assert np.mean(measured.peaks[65:115]) == pytest.approx(25, abs=4)

    def test_reads_music_that_carries_its_cover(self, tmp_path):
        plain = written(tmp_path / "plain.mp3", seconds=2)
        cover, covered = tmp_path / "cover.jpg", tmp_path / "covered.mp3"
        run.run(["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", str(cover)], timeout=30)
        both = ["-i", str(plain), "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy"]
        run.run([*both, str(covered)], timeout=30)
        assert abs(music.measure(path=covered).duration - 2) < Fraction(1, 10)

    def test_reads_music_that_goes_from_mono_to_stereo_and_to_another_rate(self, tmp_path):
        mono = written(tmp_path / "mono.mp3", seconds=2, options=("-ac", "1"))
        stereo = written(tmp_path / "stereo.mp3", seconds=2, options=("-ac", "2", "-ar", "48000"))
        both = tmp_path / "both.mp3"
        both.write_bytes(mono.read_bytes() + stereo.read_bytes())
        assert abs(music.measure(path=both).duration - 4) < Fraction(1, 5)

    def test_keeps_its_memory_flat(self, tmp_path):
        long = written(tmp_path / "long.wav", seconds=600)
        tracemalloc.start()
        measured = music.measure(path=long)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert measured.duration == 600
        # A hundred numbers for each second are kept, of which the beats are found at the end.
        assert most < 8_000_000 < long.stat().st_size / 5

    @pytest.mark.parametrize("content", [b"", b"<html>no music</html>", bytes(range(256)) * 64])
    def test_refuses_what_is_no_audio(self, content, tmp_path):
        path = tmp_path / "song.mp3"
        path.write_bytes(content)
        with pytest.raises(music.NotAudio, match=r"\.$") as refused:
            music.measure(path=path)
        assert refused.value.code == "not_audio"

    @pytest.mark.parametrize("seconds", [0.1, 3])
    def test_has_no_loudness_for_silence(self, tmp_path, seconds):
        silence = tmp_path / "silence.wav"
        run.run(["-f", "lavfi", "-i", "anullsrc", "-t", str(seconds), str(silence)], timeout=30)
        assert music.measure(path=silence).loudness is None

    @pytest.mark.parametrize("decibels", [-30.0, -14.0, -6.0])
    def test_is_as_loud_as_the_standard_says(self, tmp_path, decibels):
        """A tone of 997 Hz in both channels has, in LUFS, its own level in decibels."""
        wave, path = sine(hertz=997, seconds=5, decibels=decibels), tmp_path / "tone.flac"
        raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", str(path)]
        run.run(raw, timeout=30, stdin=[np.ascontiguousarray(wave.T).tobytes()])
        assert music.measure(path=path).loudness == pytest.approx(decibels, abs=0.1)

    def test_refuses_a_video(self, tmp_path):
        path = tmp_path / "film.mp4"
        streams = (
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=64x64:duration=1",
            "-f",
            "lavfi",
            "-i",
            "sine=duration=1",
        )
        run.run([*streams, str(path)], timeout=30)
        with pytest.raises(music.NotAudio, match="This is a video"):
            music.measure(path=path)

    def test_refuses_a_picture_and_a_playlist(self, tmp_path):
        picture = tmp_path / "cover.png"
        run.run(["-f", "lavfi", "-i", "color=red:size=16x16", "-frames:v", "1", str(picture)], timeout=30)
        playlist = tmp_path / "list.mp3"
        playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{written(tmp_path / 'tone.wav', seconds=1)}\n")
        for path in (picture, playlist):
            with pytest.raises(music.NotAudio):
                music.measure(path=path)
