"""Clips of any kind become clips that a film can be joined from."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import cutting, verify
from compiler.cut import Cut
from compiler.timeline import Filmed
from echoes.kernel import errors
from echoes.kernel.ffmpeg import mezzanine, run
from tests import pictures
from tests.compiler.conftest import SMALL

RED, GREEN, BLUE = "red", "green", "blue"


def cut(frames: int = 30, **changes: object) -> Cut:
    start = {"source": "s", "filmed": None, "frames": frames, "fps": 24, "aspect": "16:9"}
    return Cut(**{**start, "quality": "standard", "fit": "fill", "focus": None, **changes})  # type: ignore[arg-type]


def video(out: Path, source: str, *options: str) -> Path:
    run.run(["-f", "lavfi", "-i", source, "-c:v", "libx264", "-qp", "0", *options, str(out)], timeout=60)
    return out


def made(wanted: Cut, source: Path, out: Path) -> Path:
    cutting.render(cut=wanted, source=source, out=out, on_progress=lambda _: None, cancelled=lambda: False)
    return out


def rgb(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        converted = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
        return converted.to_ndarray().astype(np.uint8)


class TestRender:
    @pytest.mark.parametrize(
        ("source", "options"),
        [
            ("testsrc2=size=256x144:rate=24:duration=2", ()),
            ("testsrc2=size=640x480:rate=30:duration=2", ()),
            ("testsrc2=size=99x177:rate=12.5:duration=2", ("-pix_fmt", "yuv444p")),
            ("testsrc2=size=256x144:rate=60:duration=1", ()),
            ("testsrc2=size=256x144:rate=25,select='lt(mod(n,7),3)'", ("-t", "2", "-fps_mode", "vfr")),
            ("testsrc2=size=256x144:rate=24:duration=2,setsar=2", ()),
            ("testsrc2=size=256x144:rate=24:duration=0.04", ()),
            ("testsrc2=size=256x144:rate=24:duration=2", ("-pix_fmt", "yuv420p10le")),
        ],
        ids=[
            "as it is",
            "another shape",
            "odd and slow",
            "fast",
            "variable",
            "wide pixels",
            "one frame",
            "10 bit",
        ],
    )
    @pytest.mark.parametrize("fit", ["fill", "whole"])
    def test_gives_exactly_the_frames_that_were_planned(
        self, tmp_path: Path, source: str, options: tuple[str, ...], fit: str
    ) -> None:
        path = made(cut(fit=fit), video(tmp_path / "source.mp4", source, *options), tmp_path / "cut.mp4")
        mezzanine.check(path=path, frames=30, fps=24, size=SMALL)
        verify.decodes(path=path, frames=30, fps=24)

    def test_leaves_sound_out(self, tmp_path: Path) -> None:
        source = tmp_path / "s.mp4"
        inputs = ("-f", "lavfi", "-i", "testsrc2=size=256x144:rate=24", "-f", "lavfi", "-i", "sine")
        run.run([*inputs, "-t", "2", str(source)], timeout=60)
        with av.open(str(made(cut(), source, tmp_path / "cut.mp4"))) as container:
            assert [stream.type for stream in container.streams] == ["video"]

    @pytest.mark.parametrize(
        "coded",
        [
            "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=colorspace=smpte170m:range=tv",
            "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p,setparams=colorspace=bt709:range=pc",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:range=tv",
            "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=colorspace=unknown:range=tv",
        ],
        ids=["bt601", "full range", "bt709", "small and unsaid"],
    )
    def test_shows_the_colours_that_were_meant(self, tmp_path: Path, coded: str) -> None:
        source = video(tmp_path / "s.mp4", f"color=0x10F020:size=256x144:rate=24:duration=1,{coded}")
        found = rgb(made(cut(24), source, tmp_path / "cut.mp4"))
        assert np.abs(found.reshape(-1, 3).mean(axis=0) - (0x10, 0xF0, 0x20)).max() < 8

    def test_brings_down_what_is_brighter_than_a_screen(self, tmp_path: Path) -> None:
        tags = "setparams=colorspace=bt2020nc:color_trc=smpte2084:color_primaries=bt2020:range=tv"
        grey = f"color=gray:size=256x144:rate=24:duration=1,format=yuv420p10le,{tags}"
        source = video(tmp_path / "s.mp4", grey, "-pix_fmt", "yuv420p10le")
        (level,) = {int(value) for value in rgb(made(cut(24), source, tmp_path / "cut.mp4"))[72, 128:129, 1]}
        assert 120 < level < 255

    def test_keeps_the_focus_in_view(self, tmp_path: Path) -> None:
        """Three fields of colour beside each other; the film shows no more than one."""
        fields = ";".join(f"color={c}:size=256x256:rate=24:duration=1[{c}]" for c in (RED, GREEN, BLUE))
        source = video(tmp_path / "s.mp4", f"{fields};[red][green][blue]hstack=3")
        for x, channel in ((0, 0), (500, 1), (1_000, 2)):
            wanted = cut(24, aspect="9:16", focus=(x, 500))
            seen = rgb(made(wanted, source, tmp_path / f"{x}.mp4")).reshape(-1, 3).mean(axis=0)
            assert seen.argmax() == channel
            assert seen[channel] > 100 > sorted(seen)[1]

    def test_shows_the_whole_picture_where_that_is_asked_for(self, tmp_path: Path) -> None:
        edges = "color=white:size=64x256:rate=24:duration=1,drawbox=color=red:thickness=12"
        found = rgb(made(cut(24, fit="whole"), video(tmp_path / "s.mp4", edges), tmp_path / "cut.mp4"))
        middle = found[:, SMALL.width // 2].astype(int)
        assert middle[2, 0] - middle[2, 1] > 100  # the red edge above
        assert middle[-3, 0] - middle[-3, 1] > 100  # and the one below
        assert middle[SMALL.height // 2].min() > 200

    def test_films_a_photo_again(self, tmp_path: Path) -> None:
        photo = pictures.jpeg(tmp_path / "photo.jpg", seed=3)
        filmed = Filmed(photo="p", model="local", prompt="", seed=3, seconds=1)
        wanted = cut(24, filmed=filmed, aspect="9:16", quality="draft")
        path = made(wanted, photo, tmp_path / "cut.mp4")
        mezzanine.check(path=path, frames=24, fps=24, size=wanted.size)

    def test_leaves_nothing_behind_when_it_is_cancelled(self, tmp_path: Path) -> None:
        source = video(tmp_path / "s.mp4", "testsrc2=size=256x144:rate=24:duration=2")
        with pytest.raises(errors.Cancelled):
            cutting.render(
                cut=cut(),
                source=source,
                out=tmp_path / "cut.mp4",
                on_progress=lambda _: None,
                cancelled=lambda: True,
            )
        assert [path.name for path in tmp_path.iterdir()] == ["s.mp4"]
