from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import audio, loudness
from compiler.loudness import Loudness
from compiler.mix import Mix, Placed
from compiler.timeline import Music
from echoes.kernel import digests, errors
from echoes.kernel.ffmpeg import command, run

SECOND = 24_000
RATE = audio.RATE
Sound = Callable[..., Path]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A sound file that is made by an expression of ffmpeg's, once."""
    folder = tmp_path_factory.mktemp("sounds")

    def made(name: str, source: str, *options: str) -> Path:
        path = folder / name
        if not path.exists():
            run.run(["-f", "lavfi", "-i", source, *options, str(path)], timeout=60)
        return path

    return made


@pytest.fixture(scope="module")
def steps(sound: Sound) -> Path:
    """Four seconds, of which each is louder than the one before."""
    tone = "sine=frequency=440:sample_rate=48000:duration=4,volume='0.5*(1+floor(t))':eval=frame"
    return sound("steps.wav", tone)


@pytest.fixture(scope="module")
def song(sound: Sound) -> Path:
    """Nine seconds that are lively enough to have peaks."""
    return sound("song.flac", "anoisesrc=colour=pink:seed=1:duration=9:amplitude=0.5,tremolo=f=2:d=0.9")


@pytest.fixture(scope="module")
def high(sound: Sound) -> Path:
    """Three seconds of one high tone."""
    return sound("high.wav", "sine=frequency=3000:sample_rate=48000:duration=3,volume=6")


def mixed(music: Music | None, *placed: Placed, frames: int = 240) -> Mix:
    return Mix(music, placed, frames=frames, fps=24)


def made(tmp_path: Path, mix: Mix, **sources: Path) -> Path:
    out = tmp_path / "sound.m4a"
    audio.make(mix=mix, sources=sources, out=out)
    return out


def samples(path: Path) -> NDArray[np.float32]:
    """One channel of two that are mixed into one."""
    raw = path.with_suffix(".raw")
    run.run(["-i", command.address(path), "-f", "f32le", "-ac", "1", str(raw)], timeout=60)
    return np.fromfile(raw, np.float32)


def levels(path: Path, *, per_second: int = 1) -> NDArray[np.float64]:
    """The level (rms) of each whole second, or part of one."""
    heard, size = samples(path), RATE // per_second
    parts = heard[: len(heard) // size * size].reshape(-1, size)
    return np.sqrt((parts.astype(np.float64) ** 2).mean(axis=1))


def measured(path: Path) -> Loudness:
    return loudness.of_file(path, timeout=60)


def speech(source: str, *, at: int, seconds: float, volume: int = 100) -> Placed:
    return Placed(source, at * RATE, 0, int(seconds * RATE), volume, fade_in=480, fade_out=480)


class TestMake:
    @pytest.mark.parametrize("frames", [2, 25, 97, 240])
    def test_lasts_exactly_as_long_as_the_film(self, tmp_path: Path, steps: Path, frames: int) -> None:
        music = Music("m", 4 * SECOND)
        voice = speech("m", at=0, seconds=9)
        for mix in (
            mixed(None, frames=frames),
            mixed(music, frames=frames),
            mixed(music, voice, frames=frames),
        ):
            with av.open(str(made(tmp_path, mix, m=steps))) as container:
                stream = container.streams.audio[0]
                assert stream.time_base is not None
                assert abs(stream.duration * stream.time_base - Fraction(frames, 24)) <= Fraction(1, 48_000)
                assert (stream.codec_context.sample_rate, stream.codec_context.channels) == (48_000, 2)

    def test_begins_at_the_offset_and_starts_over_at_the_end(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=2 * SECOND, volume=10)
        found = levels(made(tmp_path, mixed(music, frames=24 * 7), m=steps))
        assert found / found[2] == pytest.approx([3, 4, 1, 2, 3, 4, 1], rel=0.05)

    def test_takes_an_offset_beyond_the_end_around(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=9 * SECOND, volume=10)
        found = levels(made(tmp_path, mixed(music, frames=48), m=steps))
        assert found[1] / found[0] == pytest.approx(1.5, rel=0.05)

    def test_fades_out_at_the_end(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, fade_out=2 * SECOND, volume=10)
        faded = levels(made(tmp_path, mixed(music, frames=96), m=steps), per_second=2)
        assert faded[:4] / faded[0] == pytest.approx([1, 1, 2, 2], rel=0.05)
        assert list(faded[4:]) == sorted(faded[4:], reverse=True)
        assert faded[-1] < faded[0]

    def test_fades_in_at_the_beginning(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, fade_in=2 * SECOND, volume=10)
        faded = levels(made(tmp_path, mixed(music, frames=96), m=steps), per_second=2)
        assert list(faded[:4]) == sorted(faded[:4])
        assert faded[4:] / faded[4] == pytest.approx([1, 1, 4 / 3, 4 / 3], rel=0.05)
        assert faded[0] < faded[4] / 6

    def test_ends_with_its_file_where_it_is_not_to_start_over(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=2 * SECOND, volume=10, loop=False, fade_out=SECOND)
        found = levels(made(tmp_path, mixed(music, frames=96), m=steps), per_second=2)
        assert found[1] > found[3] > 10 * found[4:].max()

    def test_gives_the_same_bytes_again(self, tmp_path: Path, song: Path, steps: Path) -> None:
        mix = mixed(Music("m", 9 * SECOND, fade_out=SECOND), speech("v", at=2, seconds=3))
        first = made(tmp_path, mix, m=song, v=steps).read_bytes()
        assert made(tmp_path, mix, m=song, v=steps).read_bytes() == first

    def test_leaves_nothing_but_the_sound(self, tmp_path: Path, song: Path) -> None:
        made(tmp_path, mixed(Music("m", 9 * SECOND), speech("m", at=1, seconds=2)), m=song)
        assert [path.name for path in tmp_path.iterdir()] == ["sound.m4a"]

    def test_refuses_a_playlist(self, tmp_path: Path) -> None:
        playlist = tmp_path / "list.m3u8"
        playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/etc/hostname\n#EXT-X-ENDLIST\n")
        with pytest.raises(run.FfmpegFailed):
            made(tmp_path, mixed(Music("m", 4 * SECOND), frames=48), m=playlist)

    def test_stops_when_it_is_cancelled(self, tmp_path: Path, song: Path) -> None:
        with pytest.raises(errors.Cancelled):
            audio.make(
                mix=mixed(Music("m", SECOND)),
                sources={"m": song},
                out=tmp_path / "sound.m4a",
                cancelled=lambda: True,
            )
        assert not list(tmp_path.iterdir())


class TestLoudness:
    @pytest.mark.parametrize(
        ("source", "options"),
        [
            ("anoisesrc=colour=pink:seed=1:duration=9:amplitude=0.03", ()),
            ("anoisesrc=colour=pink:seed=1:duration=9:amplitude=1,volume=20dB", ("-c:a", "pcm_f32le")),
            ("anoisesrc=colour=pink:seed=1:duration=9:amplitude=0.3,tremolo=f=1:d=1", ()),
            ("anoisesrc=colour=white:seed=1:duration=9:amplitude=0.4", ("-ac", "1", "-ar", "8000")),
            ("sine=frequency=11025:sample_rate=44100:duration=9,volume=8", ()),
            (
                "aevalsrc='sin(2*PI*100*t)|sin(2*PI*220*t)|.5*sin(2*PI*330*t)|0|.2*random(1)|.2*random(2)'"
                ":c=5.1:d=9",
                (),
            ),
            ("sine=frequency=330:duration=1", ()),
            ("aevalsrc='if(lt(mod(t,0.5),0.05),sin(2*PI*900*t),0.01*sin(2*PI*200*t))':d=9", ()),
        ],
        ids=["quiet", "too hot", "pumping", "telephone", "between samples", "surround", "a second", "beats"],
    )
    def test_is_what_platforms_play(
        self, tmp_path: Path, sound: Sound, source: str, options: tuple[str, ...]
    ) -> None:
        path = sound(f"{digests.of_recipe({'sound': source})}.wav", source, *options)
        with av.open(str(path)) as container:
            length = int(Fraction(container.duration or 0, 1_000_000) * SECOND)
        found = measured(made(tmp_path, mixed(Music("m", length)), m=path))
        assert found.integrated == pytest.approx(-14, abs=0.5)
        assert found.peak <= -1

    def test_is_proportional_below_the_middle_of_the_slider(self, tmp_path: Path, song: Path) -> None:
        found = {
            volume: measured(made(tmp_path, mixed(Music("m", 9 * SECOND, volume=volume)), m=song)).integrated
            for volume in (5, 25, 50, 100)
        }
        assert found == pytest.approx({5: -34, 25: -20, 50: -14, 100: -14}, abs=0.5)

    def test_is_silence_at_nought(self, tmp_path: Path, song: Path) -> None:
        path = made(tmp_path, mixed(Music("m", 9 * SECOND, volume=0)), m=song)
        assert abs(samples(path)).max() < 1e-4

    def test_of_silence_is_silence(self, tmp_path: Path, sound: Sound) -> None:
        path = sound("silence.wav", "anullsrc=duration=3")
        assert abs(samples(made(tmp_path, mixed(Music("m", 3 * SECOND)), m=path))).max() < 1e-4

    def test_of_what_is_hardly_there_is_left_alone(self, tmp_path: Path, sound: Sound) -> None:
        path = sound("hiss.wav", "anoisesrc=seed=1:duration=3:amplitude=0.001")
        found = measured(made(tmp_path, mixed(Music("m", 3 * SECOND)), m=path))
        assert found.integrated == pytest.approx(measured(path).integrated, abs=2)

    def test_of_a_single_click_is_as_loud_as_its_peak_allows(self, tmp_path: Path, sound: Sound) -> None:
        path = sound("click.wav", "aevalsrc='if(lt(t,0.001),1,0)':d=9")
        assert measured(made(tmp_path, mixed(Music("m", 9 * SECOND)), m=path)).peak <= -1

    def test_is_kept_where_the_file_ends_early_or_has_a_hole(self, tmp_path: Path, sound: Sound) -> None:
        tone = "anoisesrc=colour=pink:seed=3:duration=6:amplitude=0.3"
        whole = sound("whole.mp3", tone).read_bytes()
        third = len(whole) // 3
        damaged = tmp_path / "damaged.mp3"
        for data in (whole[: 2 * third], whole[:third] + b"\0" * third + whole[2 * third :]):
            damaged.write_bytes(data)
            found = measured(made(tmp_path, mixed(Music("m", 6 * SECOND)), m=damaged))
            assert found.integrated == pytest.approx(-14, abs=0.5)
            assert found.peak <= -1

    def test_counts_what_is_heard_and_not_the_rest_of_the_file(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 4 * SECOND, offset=3 * SECOND)
        found = measured(made(tmp_path, mixed(music, frames=24), m=steps))
        assert found.integrated == pytest.approx(-14, abs=0.5)

    def test_survives_an_offset_beyond_what_the_file_really_holds(self, tmp_path: Path, steps: Path) -> None:
        music = Music("m", 60 * SECOND, offset=30 * SECOND)
        assert measured(made(tmp_path, mixed(music, frames=48), m=steps)).integrated is None

    def test_of_a_whole_with_voices_does_not_follow_the_slider(
        self, tmp_path: Path, song: Path, steps: Path
    ) -> None:
        for volume in (10, 90):
            mix = mixed(Music("m", 9 * SECOND, volume=volume), speech("v", at=1, seconds=4))
            found = measured(made(tmp_path, mix, m=song, v=steps))
            assert found.integrated == pytest.approx(-14, abs=0.5)
            assert found.peak <= -1


class TestPlaced:
    def test_is_heard_from_its_sample_to_its_last(self, tmp_path: Path, high: Path) -> None:
        voice = Placed("v", at=RATE + 1234, first=0, length=RATE, volume=100, fade_in=480, fade_out=480)
        heard = np.abs(samples(made(tmp_path, mixed(None, voice, frames=96), v=high)))
        (there,) = np.nonzero(heard > 0.02)
        assert there[0] == pytest.approx(RATE + 1234, abs=480)
        assert there[-1] == pytest.approx(2 * RATE + 1234, abs=480)

    def test_begins_where_its_file_is_cut(self, tmp_path: Path, steps: Path) -> None:
        voice = replace(speech("v", at=0, seconds=2), first=2 * RATE)
        found = levels(made(tmp_path, mixed(None, voice, frames=48), v=steps))
        assert found[1] / found[0] == pytest.approx(4 / 3, rel=0.05)

    def test_is_silent_where_its_file_has_ended(self, tmp_path: Path, high: Path) -> None:
        found = levels(made(tmp_path, mixed(None, speech("v", at=0, seconds=6), frames=144), v=high))
        assert found[:3].min() > 100 * found[4:].max()

    def test_makes_music_give_way_and_come_back(self, tmp_path: Path, sound: Sound, high: Path) -> None:
        low = sound("low.wav", "sine=frequency=150:sample_rate=48000:duration=9,volume=4")
        mix = mixed(Music("m", 9 * SECOND), speech("v", at=3, seconds=3), frames=216)
        path = made(tmp_path, mix, m=low, v=high)
        only_low = tmp_path / "low.wav"
        run.run(["-i", str(path), "-af", "lowpass=f=400:p=2,lowpass=f=400:p=2", str(only_low)], timeout=60)
        found = 20 * np.log10(levels(only_low))
        before, under, after = found[1], found[4], found[7]
        assert before - under > 6
        assert after == pytest.approx(before, abs=1)

    def test_may_be_many_that_overlap(self, tmp_path: Path, high: Path) -> None:
        many = [
            Placed(
                "v", at=n * RATE // 4, first=0, length=RATE // 2, volume=100, fade_in=12_000, fade_out=12_000
            )
            for n in range(40)
        ]
        found = levels(made(tmp_path, mixed(None, *many, frames=252), v=high), per_second=4)
        assert found[2:38] == pytest.approx(np.full(36, found[2]), rel=0.1)

    def test_follows_its_volume(self, tmp_path: Path, high: Path) -> None:
        loud, soft = speech("v", at=0, seconds=2), speech("v", at=2, seconds=2, volume=25)
        found = levels(made(tmp_path, mixed(None, loud, soft, frames=96), v=high))
        assert found[3] / found[1] == pytest.approx(0.25, rel=0.05)
