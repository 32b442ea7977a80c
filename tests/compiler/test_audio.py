from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import audio
from compiler.timeline import Music
from echoes.kernel.ffmpeg import command, run

SECOND = 24_000


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, of which each is louder than the one before."""
    path = tmp_path_factory.mktemp("music") / "steps.wav"
    tone = "sine=frequency=440:sample_rate=48000:duration=4,volume='0.5*(1+floor(t))':eval=frame"
    run.run(["-f", "lavfi", "-i", tone, str(path)], timeout=60)
    return path


def made(tmp_path: Path, music: Music | None, source: Path | None, *, frames: int) -> Path:
    out = tmp_path / "sound.m4a"
    sources = {music.source: source} if music and source else {}
    audio.make(music=music, sources=sources, total_frames=frames, fps=24, out=out)
    return out


def levels(path: Path) -> NDArray[np.float64]:
    """The loudness (rms) of each whole second."""
    raw = path.with_suffix(".raw")
    run.run(["-i", command.address(path), "-f", "f32le", "-ac", "1", str(raw)], timeout=60)
    samples = np.fromfile(raw, np.float32)
    seconds = samples[: len(samples) // audio.RATE * audio.RATE].reshape(-1, audio.RATE)
    return np.sqrt((seconds.astype(np.float64) ** 2).mean(axis=1))


class TestMake:
    @pytest.mark.parametrize("frames", [2, 25, 97, 240])
    def test_lasts_exactly_as_long_as_the_film(self, tmp_path: Path, steps: Path, frames: int) -> None:
        for music in (None, Music("m", 4 * SECOND)):
            with av.open(str(made(tmp_path, music, steps, frames=frames))) as container:
                stream = container.streams.audio[0]
                assert stream.time_base is not None
                assert abs(stream.duration * stream.time_base - Fraction(frames, 24)) <= Fraction(1, 48_000)
                assert (stream.codec_context.sample_rate, stream.codec_context.channels) == (48_000, 2)

    def test_begins_at_the_offset_and_starts_over_at_the_end(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=2 * SECOND, volume=100)
        found = levels(made(tmp_path, music, steps, frames=24 * 7))
        assert found / found[2] == pytest.approx([3, 4, 1, 2, 3, 4, 1], rel=0.05)

    def test_takes_an_offset_beyond_the_end_around(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=9 * SECOND, volume=100)
        found = levels(made(tmp_path, music, steps, frames=48))
        assert found[1] / found[0] == pytest.approx(1.5, rel=0.05)

    def test_halves_the_amplitude_at_fifty(self, tmp_path: Path, steps: Path) -> None:
        full = levels(made(tmp_path, Music("m", 4 * SECOND, volume=100), steps, frames=48))
        half = levels(made(tmp_path, Music("m", 4 * SECOND, volume=50), steps, frames=48))
        none = levels(made(tmp_path, Music("m", 4 * SECOND, volume=0), steps, frames=48))
        assert half / full == pytest.approx([0.5, 0.5], rel=0.03)
        assert none.max() < 1e-4

    def test_fades_out_at_the_end(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, fade_out=2 * SECOND)
        plain = levels(made(tmp_path, Music("m", 4 * SECOND), steps, frames=96))
        faded = levels(made(tmp_path, music, steps, frames=96))
        assert faded[:2] == pytest.approx(plain[:2], rel=0.03)
        assert 1 > faded[2] / plain[2] > faded[3] / plain[3] > 0

    def test_refuses_a_playlist(self, tmp_path: Path) -> None:
        playlist = tmp_path / "list.m3u8"
        playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/etc/hostname\n#EXT-X-ENDLIST\n")
        with pytest.raises(run.FfmpegFailed):
            made(tmp_path, Music("m", 4 * SECOND), playlist, frames=48)


class TestDigest:
    def test_depends_on_the_music_and_the_length(self) -> None:
        music = Music("m", 4 * SECOND)
        digests = {
            audio.digest(music=music, total_frames=24, fps=24),
            audio.digest(music=music, total_frames=25, fps=24),
            audio.digest(music=music, total_frames=24, fps=25),
            audio.digest(music=None, total_frames=24, fps=24),
            audio.digest(music=Music("m", 4 * SECOND, volume=51), total_frames=24, fps=24),
        }
        assert len(digests) == 5
