from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest

from echoes.kernel.ffmpeg import command, encoding, run
from echoes.kernel.shapes import Size

SIZE = Size(128, 72)


def encode(path: Path, options: list[str], *, fps: int = 24, picture: str = "testsrc2") -> Path:
    source = f"{picture}=size=128x72:rate={fps}"
    run.run(
        ["-f", "lavfi", "-i", source, "-vf", encoding.RGB_FILTER, *options, command.address(path)], timeout=60
    )
    return path


def keys_of(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        ticks = 24_000 // int(stream.average_rate)
        return [
            packet.pts // ticks for packet in container.demux(stream) if packet.size and packet.is_keyframe
        ]


def parameter_sets(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


class TestKeyFrames:
    def test_are_where_transitions_fall(self) -> None:
        assert encoding.key_frames(fps=24, frames=120) == (0, 12, 60, 108)

    @pytest.mark.parametrize("fps", [24, 25, 30])
    def test_are_never_far_apart_nor_close_together(self, fps: int) -> None:
        for frames in range(1, 1_000):
            ends = (*encoding.key_frames(fps=fps, frames=frames), frames)
            gaps = [after - before for before, after in itertools.pairwise(ends)]
            assert ends[0] == 0
            assert max(gaps) <= encoding.SECONDS_BETWEEN_KEYS * fps
            assert len(gaps) == 1 or min(gaps) >= encoding.NEAREST_KEYS

    def test_need_a_frame(self) -> None:
        with pytest.raises(ValueError, match="at least one frame"):
            encoding.key_frames(fps=24, frames=0)


class TestMezzanineArguments:
    @pytest.mark.parametrize(("fps", "frames"), [(24, 120), (30, 45), (25, 3)])
    def test_put_key_frames_where_they_are_said_to_be(self, tmp_path: Path, fps: int, frames: int) -> None:
        options = encoding.mezzanine_arguments(size=SIZE, fps=fps, frames=frames)
        path = encode(tmp_path / "clip.mp4", options, fps=fps)
        assert tuple(keys_of(path)) == encoding.key_frames(fps=fps, frames=frames)

    def test_describe_the_file_fully(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "clip.mp4", encoding.mezzanine_arguments(size=SIZE, fps=24, frames=24))
        with av.open(str(path)) as container:
            (stream,) = container.streams
            assert isinstance(stream, av.VideoStream)
            frame = next(container.decode(stream))
            assert (stream.frames, stream.average_rate, stream.codec_context.codec_tag) == (24, 24, "avc1")
            assert stream.time_base is not None
            assert stream.time_base.denominator == 24_000
            assert (frame.format.name, frame.colorspace, frame.color_range) == ("yuv420p", 1, 1)
            assert (stream.codec_context.color_primaries, stream.codec_context.color_trc) == (1, 1)

    def test_give_the_same_bytes_each_time(self, tmp_path: Path) -> None:
        options = encoding.mezzanine_arguments(size=SIZE, fps=24, frames=30)
        first, second = (encode(tmp_path / name, options).read_bytes() for name in ("1.mp4", "2.mp4"))
        assert first == second


class TestWindowArguments:
    def test_share_their_parameter_sets_with_mezzanines(self, tmp_path: Path) -> None:
        """Otherwise packets of both could not stand in one film."""
        window = encode(
            tmp_path / "w.mp4", ["-frames:v", "12", *encoding.window_arguments(size=SIZE, fps=24)]
        )
        for picture in ("testsrc2", "color"):
            for frames in (2, 50):
                options = encoding.mezzanine_arguments(size=SIZE, fps=24, frames=frames)
                clip = encode(tmp_path / f"{picture}{frames}.mp4", options, picture=picture)
                assert parameter_sets(clip) == parameter_sets(window)

    def test_differ_from_those_of_another_rate(self, tmp_path: Path) -> None:
        sets = {
            parameter_sets(
                encode(
                    tmp_path / f"{fps}.mp4",
                    encoding.mezzanine_arguments(size=SIZE, fps=fps, frames=4),
                    fps=fps,
                )
            )
            for fps in (24, 30)
        }
        assert len(sets) == 2


class TestRgbFilter:
    def test_converts_to_bt709_before_it_says_so(self, tmp_path: Path) -> None:
        """Pure green is where bt601 and bt709 differ most: luma 145 in the one, 173 in the other."""
        path = tmp_path / "green.mp4"
        source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "128x72", "-r", "24", "-i", "pipe:0")
        options = encoding.mezzanine_arguments(size=SIZE, fps=24, frames=2)
        green = [bytes((0, 255, 0)) * 128 * 72] * 2
        run.run([*source, "-vf", encoding.RGB_FILTER, *options, str(path)], timeout=60, stdin=green)
        with av.open(str(path)) as container:
            luma = next(container.decode(video=0)).to_ndarray()[:72]
        assert abs(int(luma.mean()) - 173) <= 1
