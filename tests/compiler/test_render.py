from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import pieces, plan, render, verify
from compiler.timeline import Caption, Item, Music, Timeline, Title, Transition
from echoes.kernel import errors
from echoes.kernel.ffmpeg import command, encoding, run
from echoes.kernel.ffmpeg.mezzanine import SourceNotMezzanine
from tests.compiler import graphs
from tests.compiler.conftest import SMALL, make_clip
from tests.compiler.films import compiled, film

Luma = NDArray[np.uint8]
Make = Callable[..., Path]

MIXED = film(
    Item("bars", 60),
    Item("fractal", 60, transition=Transition("dissolve", 17)),
    Item("colours", 60, trim_start=7, trim_end=3, transition=Transition("wipe", 10)),
    Item("noise", 60, transition=Transition("none", 12)),
    Item("bars", 60, trim_start=20, transition=Transition("slide", 200)),
    Item("fractal", 60, trim_end=45),
    title=Title(text="Our summer", subtitle="2026", frames=36),
    music=Music("music", duration=6 * 24_000, offset=24_000, volume=80, fade_out=24_000),
)


@pytest.fixture
def make(clips: dict[str, Path], tmp_path: Path, never: Callable[[], bool]) -> Make:
    def made(film: Timeline, **changes: object) -> Path:
        places: dict[str, Any] = {"out": tmp_path / "film.mp4", "workdir": tmp_path / "work"}
        return compiled(film, **{"sources": clips, "cancelled": never, **places, **changes})

    return made


def luma(path: Path) -> Luma:
    """Frames x height x width, as it was decoded: a conversion to grey would stretch its range."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[: frame.height] for frame in container.decode(video=0)]
    return np.stack(frames).astype(np.uint8)


def psnr(one: Luma, other: Luma) -> NDArray[np.float64]:
    """Of each frame, in dB; 99 for equal frames."""
    error = ((one.astype(np.float64) - other) ** 2).mean(axis=(1, 2))
    return np.where(error == 0, 99.0, 10 * np.log10(255**2 / np.maximum(error, 1e-9)))


class TestFilm:
    def test_is_the_film_that_one_graph_over_everything_makes(
        self, make: Make, clips: dict[str, Path], tmp_path: Path
    ) -> None:
        """Copied frames are equal to the last bit; windows are as good as the graph's own encode."""
        result = plan.plan(MIXED)
        path = make(MIXED)
        assert result.opening is not None
        sources = {**clips, result.opening.digest: tmp_path / "work" / f"{result.opening.digest}.mp4"}
        truth = luma(graphs.film(MIXED, sources, tmp_path / "truth.mkv", "-c:v", "ffv1"))
        encoder = encoding.window_arguments(size=SMALL, fps=24)
        usual = luma(graphs.film(MIXED, sources, tmp_path / "usual.mp4", *encoder))
        found = luma(path)
        assert found.shape == truth.shape == (result.total_frames, SMALL.height, SMALL.width)
        copied, alike = (np.zeros(len(found), bool) for _ in range(2))
        base = 0
        for piece in result.pieces:
            copied[base : base + piece.frames] = isinstance(piece, plan.Copy)
            if isinstance(piece, plan.Window) and piece.transition.kind in graphs.ALIKE:
                alike[base : base + piece.frames] = True
            base += piece.frames
        assert np.array_equal(found[copied], truth[copied])
        assert alike.sum() > 60
        ours, theirs = psnr(found, truth)[alike], psnr(usual, truth)[alike]
        assert ours.mean() > theirs.mean() - 1
        assert ours.min() > theirs.min() - 3

    def test_is_what_was_planned(self, make: Make) -> None:
        path = make(MIXED)
        result = plan.plan(MIXED)
        verified = verify.check(path=path, plan=result)
        assert (verified.frames, verified.width, verified.height) == (result.total_frames, *SMALL)
        assert verified.duration == Fraction(result.total_frames, 24)

    def test_keeps_frames_one_frame_apart_and_sound_as_long_as_pictures(self, make: Make) -> None:
        with av.open(str(make(MIXED))) as container:
            pictures, sound = container.streams.video[0], container.streams.audio[0]
            packets = [packet for packet in container.demux(pictures) if packet.size]
            assert container.start_time == 0
            assert pictures.duration == plan.plan(MIXED).total_frames * 1_000
            assert pictures.average_rate == pictures.base_rate == 24
            assert sound.time_base is not None
            assert abs(sound.duration * sound.time_base - plan.plan(MIXED).duration) < Fraction(1, 1_000)
        assert {b.dts - a.dts for a, b in itertools.pairwise(packets)} == {1_000}
        assert sorted(packet.pts for packet in packets) == [n * 1_000 for n in range(len(packets))]

    def test_decodes_without_a_word(self, make: Make) -> None:
        strict = (
            "-v",
            "warning",
            "-xerror",
            "-err_detect",
            "explode",
            "-i",
            str(make(MIXED)),
            "-f",
            "null",
            "-",
        )
        done = subprocess.run([command.executable(), *strict], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize(
        "made",
        [
            film(Item("bars", 60)),
            film(Item("bars", 60, trim_start=1)),
            film(Item("bars", 60, trim_start=29, trim_end=29)),
            film(Item("bars", 60), Item("noise", 60), transition=Transition("none", 0)),
            film(Item("bars", 60, trim_end=58), Item("noise", 60, trim_start=57)),
            film(Item("bars", 60), Item("bars", 60), transition=Transition("fade", 400)),
            film(Item("bars", 60), title=Title(text="", frames=2)),
        ],
        ids=["one clip", "one trimmed", "two frames", "a cut", "tiny", "only transition", "tiny title"],
    )
    def test_can_be_as_short_as_it_likes(self, make: Make, made: Timeline) -> None:
        verify.check(path=make(made), plan=plan.plan(made))

    def test_has_no_audible_sound_without_music(self, make: Make) -> None:
        with av.open(str(make(film(Item("bars", 60))))) as container:
            samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
        assert abs(samples).max() < 1e-4

    def test_renders_only_what_it_has_not_seen(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        rendered: list[plan.Window] = []
        original = pieces.render

        def count(*, window: plan.Window, **others: object) -> None:
            rendered.append(window)
            original(window=window, **others)  # type: ignore[arg-type]

        monkeypatch.setattr(pieces, "render", count)
        names = ("bars", "fractal", "colours")
        make(film(*(Item(name, 60) for name in names)))
        assert len(rendered) == 2
        first = make(film(*(Item(name, 60) for name in names))).read_bytes()
        assert len(rendered) == 2
        make(film(*(Item(name, 60) for name in (*names, "noise"))))
        assert len(rendered) == 3
        assert make(film(*(Item(name, 60) for name in names))).read_bytes() == first

    def test_stops_when_it_is_cancelled(self, make: Make, tmp_path: Path) -> None:
        with pytest.raises(errors.Cancelled):
            make(MIXED, cancelled=lambda: True)
        assert not (tmp_path / "film.mp4").exists()
        assert not list(tmp_path.rglob("*.part"))

    def test_raises_the_first_failure_and_leaves_nothing_half_done(
        self, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def fail(**_: object) -> None:
            raise run.FfmpegFailed("broken", stderr="why")

        monkeypatch.setattr(pieces, "render", fail)
        with pytest.raises(run.FfmpegFailed, match="broken"):
            make(MIXED)
        assert not list(tmp_path.rglob("*.part"))

    def test_needs_every_source(self, make: Make, clips: dict[str, Path]) -> None:
        with pytest.raises(render.SourceMissing):
            make(MIXED, sources={name: path for name, path in clips.items() if name != "music"})


class TestSources:
    def refuse(self, make: Make, path: Path, *, frames: int = 60) -> str:
        with pytest.raises(SourceNotMezzanine) as caught:
            make(film(Item("odd", frames)), sources={"odd": path})
        return str(caught.value)

    def test_must_be_encoded_by_the_recipe(self, make: Make, tmp_path: Path) -> None:
        path = tmp_path / "odd.mp4"
        picture = f"testsrc2=size={SMALL.width}x{SMALL.height}:rate=24:duration=2.5"
        options = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-video_track_timescale", "24000")
        run.run(["-f", "lavfi", "-i", picture, *options, str(path)], timeout=60)
        assert "parameter sets differ" in self.refuse(make, path)

    def test_must_have_as_many_frames_as_is_said(self, make: Make, clips: dict[str, Path]) -> None:
        assert "frames differ" in self.refuse(make, clips["bars"], frames=61)

    def test_must_be_of_the_film_s_rate(self, make: Make, tmp_path: Path) -> None:
        path = make_clip(tmp_path / "odd.mp4", picture="bars", fps=25)
        assert "parameter sets differ" in self.refuse(make, path)

    def test_must_be_of_the_film_s_size(self, make: Make, clips: dict[str, Path]) -> None:
        with pytest.raises(SourceNotMezzanine, match="size differ"):
            make(film(Item("bars", 60), aspect="9:16"), sources=clips)

    def test_must_be_video(self, make: Make, clips: dict[str, Path], tmp_path: Path) -> None:
        assert "holds no H.264" in self.refuse(make, clips["music"])
        (tmp_path / "text.mp4").write_text("no video")
        assert "cannot be read" in self.refuse(make, tmp_path / "text.mp4")


class TestDamaged:
    """A source that can be read no further ends the work with a sentence: no film with fewer frames."""

    def refuse(self, damaged: Path, clips: dict[str, Path], tmp_path: Path) -> None:
        (window,) = plan.plan(film(Item("odd", 60), Item("noise", 60))).windows
        with pytest.raises(SourceNotMezzanine, match=r"clip odd\.mp4"):
            pieces.render(window=window, sources={**clips, "odd": damaged}, out=tmp_path / "out.mp4")
        assert {path.name for path in tmp_path.iterdir()} == {"odd.mp4"}

    @pytest.mark.parametrize("packet", [48, 50, 55])
    def test_by_other_bits_in_a_picture(self, clips: dict[str, Path], tmp_path: Path, packet: int) -> None:
        with av.open(str(clips["fractal"])) as container:
            found = [one for one in container.demux(video=0) if one.size][packet]
        data = bytearray(clips["fractal"].read_bytes())
        start = (found.pos or 0) + found.size // 4
        data[start : start + found.size // 2] = b"\xa5" * (found.size // 2)
        (tmp_path / "odd.mp4").write_bytes(data)
        self.refuse(tmp_path / "odd.mp4", clips, tmp_path)

    def test_by_an_end_that_comes_too_soon(self, clips: dict[str, Path], tmp_path: Path) -> None:
        make_clip(tmp_path / "odd.mp4", picture="fractal", frames=57)
        self.refuse(tmp_path / "odd.mp4", clips, tmp_path)

    def test_by_being_something_else(self, clips: dict[str, Path], tmp_path: Path) -> None:
        (tmp_path / "odd.mp4").write_bytes(clips["music"].read_bytes())
        self.refuse(tmp_path / "odd.mp4", clips, tmp_path)

    def test_by_not_being_there(self, clips: dict[str, Path], tmp_path: Path) -> None:
        (window,) = plan.plan(film(Item("odd", 60), Item("noise", 60))).windows
        with pytest.raises(SourceNotMezzanine):
            pieces.render(
                window=window, sources={**clips, "odd": tmp_path / "gone.mp4"}, out=tmp_path / "out.mp4"
            )


class TestDigest:
    @pytest.mark.parametrize("kind", ["fade", "dissolve", "wipe", "slide", "zoom", "blur"])
    def test_names_files_that_have_the_same_bytes(
        self, clips: dict[str, Path], tmp_path: Path, kind: str
    ) -> None:
        said = Caption(item=0, text="Our summer 🎉", start=40, frames=20, look="plate")
        made = film(Item("bars", 60), Item("noise", 60), transition=Transition(kind, 12), captions=(said,))
        window = plan.plan(made).windows[-1]
        for name in ("1.mp4", "2.mp4"):
            pieces.render(window=window, sources=clips, out=tmp_path / name)
        assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()
        assert window.transition.kind == kind
        assert window.overlays
