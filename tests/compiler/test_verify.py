from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from compiler import join, pieces, plan, render, verify
from compiler.timeline import Item, Music, Timeline, Title, Transition
from compiler.verify import FilmDiffersFromPlan, Suspicion
from echoes.kernel.ffmpeg import command, encoding, run
from tests.compiler.conftest import SMALL
from tests.compiler.films import compiled, film

MADE = film(Item("bars", 60), Item("noise", 60), music=Music("music", 6 * 24_000))
Ingredients = tuple[tuple[join.Part, ...], Path]


@pytest.fixture(scope="module")
def finished(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        from echoes.kernel import shapes

        patch.setitem(shapes.SIZES, "16:9", SMALL)
        return compiled(MADE, sources=clips, out=folder / "film.mp4", workdir=folder)


@pytest.fixture
def ingredients(finished: Path, clips: dict[str, Path]) -> Ingredients:
    """What the finished film was joined from."""
    made = {path.stem: path for path in finished.parent.iterdir()}
    return render.ingredients(timeline=MADE, planned=plan.plan(MADE), sources=clips | made)


def clip(path: Path, picture: str, *, frames: int = 60) -> Path:
    source = picture.format(size=f"{SMALL.width}x{SMALL.height}")
    options = encoding.mezzanine_arguments(size=SMALL, fps=24, frames=frames)
    run.run(["-f", "lavfi", "-i", source, "-vf", encoding.RGB_FILTER, *options, str(path)], timeout=60)
    return path


def damaged(path: Path, out: Path, *, packet: int) -> Path:
    """The same file with other bits in the middle of one of its pictures."""
    with av.open(str(path)) as container:
        found = [one for one in container.demux(video=0) if one.size][packet]
        where, size = found.pos or 0, found.size
    data = bytearray(path.read_bytes())
    middle = slice(where + size // 3, where + size - 4)
    data[middle] = bytes(byte ^ 0x5A for byte in data[middle])
    out.write_bytes(data)
    return out


class TestCheck:
    def test_accepts_the_film_that_was_planned(self, finished: Path) -> None:
        assert verify.check(path=finished, plan=plan.plan(MADE)).frames == 108

    def test_accepts_it_beside_what_it_was_joined_from(
        self, finished: Path, ingredients: Ingredients
    ) -> None:
        parts, sound = ingredients
        verified = verify.check(path=finished, plan=plan.plan(MADE), parts=parts, sound=sound)
        assert verified.suspicions == ()

    def test_notices_one_picture_in_the_place_of_another(
        self, finished: Path, ingredients: Ingredients, clips: dict[str, Path]
    ) -> None:
        """As many frames, evenly spaced, and all can be decoded: but they are another clip's."""
        parts, sound = ingredients
        other = replace(parts[-1], path=clips["colours"])
        with pytest.raises(FilmDiffersFromPlan, match="other pictures") as caught:
            verify.check(path=finished, plan=plan.plan(MADE), parts=(*parts[:-1], other), sound=sound)
        assert "colours" in caught.value.stderr

    def test_notices_another_sound(self, finished: Path, ingredients: Ingredients, tmp_path: Path) -> None:
        parts, sound = ingredients
        louder = tmp_path / "louder.m4a"
        run.run(["-i", str(sound), "-af", "volume=1dB", "-c:a", "aac", str(louder)], timeout=60)
        with pytest.raises(FilmDiffersFromPlan, match="another sound"):
            verify.check(path=finished, plan=plan.plan(MADE), parts=parts, sound=louder)

    def test_notices_a_key_frame_that_cannot_be_decoded(self, finished: Path, tmp_path: Path) -> None:
        path = damaged(finished, tmp_path / "film.mp4", packet=0)
        with pytest.raises(FilmDiffersFromPlan, match="cannot be read"):
            verify.check(path=path, plan=plan.plan(MADE))

    def test_refuses_another_plan(self, finished: Path) -> None:
        with pytest.raises(FilmDiffersFromPlan, match="number of frames"):
            verify.check(path=finished, plan=plan.plan(film(Item("bars", 60))))

    @pytest.mark.parametrize(
        ("options", "what"),
        [
            (("-c", "copy", "-an", "-movflags", "+faststart"), "tracks"),
            (("-c", "copy"), "index"),
            (("-c", "copy", "-movflags", "+faststart", "-t", "3"), "number of frames"),
            (("-c:v", "copy", "-c:a", "aac", "-ar", "44100", "-movflags", "+faststart"), "sound format"),
            (("-c:v", "copy", "-af", "atrim=end=2", "-movflags", "+faststart"), "sound lasts"),
            (("-vf", "scale=128:72", "-c:a", "copy", "-movflags", "+faststart"), "picture format"),
            (("-c", "copy", "-movflags", "+faststart", "-tag:v", "avc3"), "picture format"),
        ],
        ids=["no sound", "index at the end", "too short", "rate", "sound too short", "size", "avc3"],
    )
    def test_notices(self, finished: Path, tmp_path: Path, options: tuple[str, ...], what: str) -> None:
        changed = tmp_path / "changed.mp4"
        run.run(["-i", str(finished), *options, str(changed)], timeout=60)
        with pytest.raises(FilmDiffersFromPlan, match=what):
            verify.check(path=changed, plan=plan.plan(MADE))

    @pytest.mark.parametrize("damage", [lambda data: data[:2000], lambda data: b"", lambda data: b"x" * 100])
    def test_refuses_a_damaged_file(
        self, finished: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
    ) -> None:
        damaged = tmp_path / "damaged.mp4"
        damaged.write_bytes(damage(finished.read_bytes()))
        with pytest.raises(FilmDiffersFromPlan):
            verify.check(path=damaged, plan=plan.plan(MADE))


class TestSuspicions:
    """What is black or stands still without being planned is told, and the film is handed out."""

    def found(self, tmp_path: Path, made: Timeline, **sources: Path) -> tuple[Suspicion, ...]:
        path = compiled(made, sources=sources, out=tmp_path / "film.mp4", workdir=tmp_path / "work")
        return verify.check(path=path, plan=plan.plan(made)).suspicions

    def test_tell_of_a_black_clip(self, tmp_path: Path, clips: dict[str, Path]) -> None:
        black = clip(tmp_path / "black.mp4", "color=black:size={size}:rate=24")
        found = self.found(tmp_path, film(Item("bars", 60), Item("black", 60)), black=black, **clips)
        assert {suspicion.what for suspicion in found} == {"black", "still"}
        assert all(48 <= suspicion.first < 72 for suspicion in found)

    def test_tell_of_a_clip_that_stands_still(self, tmp_path: Path, clips: dict[str, Path]) -> None:
        held = clip(tmp_path / "held.mp4", "testsrc2=size={size}:rate=24,loop=loop=-1:size=1")
        (found,) = self.found(tmp_path, film(Item("bars", 60), Item("held", 60)), held=held, **clips)
        assert found.what == "still"
        assert found.frames >= 24

    def test_do_not_tell_of_a_title(self, tmp_path: Path, clips: dict[str, Path]) -> None:
        made = film(Item("bars", 60), title=Title(text="Our summer", frames=96))
        assert self.found(tmp_path, made, **clips) == ()

    @pytest.mark.parametrize("zoom", [0.0005, 0.0002])
    def test_do_not_tell_of_a_camera_that_moves_slowly(self, tmp_path: Path, zoom: float) -> None:
        move = f"testsrc2=size=1024x576:rate=24,zoompan=z='1+{zoom}*on':d=1:s={{size}}:fps=24"
        still = "testsrc2=size=1024x576:rate=24,loop=loop=-1:size=1"
        slow = clip(tmp_path / "slow.mp4", move.replace("testsrc2=size=1024x576:rate=24", still))
        assert self.found(tmp_path, film(Item("slow", 60), Item("slow", 60)), slow=slow) == ()


class TestWindow:
    def made(self, tmp_path: Path, clips: dict[str, Path], *items: str, kind: str = "fade") -> Path:
        """A window between two clips, and whether it is accepted."""
        (self.window,) = plan.plan(
            film(*(Item(name, 60) for name in items), transition=Transition(kind, 12))
        ).windows
        pieces.render(window=self.window, sources=clips, out=tmp_path / "window.mp4")
        return tmp_path / "window.mp4"

    @pytest.mark.parametrize("kind", ["fade", "dissolve", "wipe", "slide"])
    def test_is_accepted(self, tmp_path: Path, clips: dict[str, Path], kind: str) -> None:
        path = self.made(tmp_path, clips, "bars", "fractal", kind=kind)
        verify.window(path=path, window=self.window, sources=clips)

    def encoded(self, tmp_path: Path, picture: str) -> Path:
        options = encoding.window_arguments(size=SMALL, fps=24)
        source = picture.format(size=f"{SMALL.width}x{SMALL.height}")
        path = tmp_path / "wrong.mp4"
        frames = ("-frames:v", str(self.window.frames))
        run.run(
            [
                "-f",
                "lavfi",
                "-i",
                source,
                "-vf",
                encoding.RGB_FILTER,
                *frames,
                *options,
                command.address(path),
            ],
            timeout=60,
        )
        return path

    def test_may_not_be_black_between_two_that_are_not(self, tmp_path: Path, clips: dict[str, Path]) -> None:
        self.made(tmp_path, clips, "bars", "fractal")
        path = self.encoded(tmp_path, "color=black:size={size}:rate=24")
        with pytest.raises(FilmDiffersFromPlan, match="black"):
            verify.window(path=path, window=self.window, sources=clips)

    def test_may_not_stand_still_between_two_that_differ(
        self, tmp_path: Path, clips: dict[str, Path]
    ) -> None:
        self.made(tmp_path, clips, "bars", "fractal")
        path = self.encoded(tmp_path, "testsrc2=size={size}:rate=24,loop=loop=-1:size=1")
        with pytest.raises(FilmDiffersFromPlan, match="stands still") as caught:
            verify.window(path=path, window=self.window, sources=clips)
        assert "apart" in caught.value.stderr

    def test_may_be_black_or_still_where_its_clips_are(self, tmp_path: Path) -> None:
        sources = {
            "black": clip(tmp_path / "black.mp4", "color=black:size={size}:rate=24"),
            "held": clip(tmp_path / "held.mp4", "testsrc2=size={size}:rate=24,loop=loop=-1:size=1"),
        }
        for name in sources:
            path = self.made(tmp_path, sources, name, name)
            verify.window(path=path, window=self.window, sources=sources)

    def test_has_to_be_as_long_as_planned_and_to_be_decoded(
        self, tmp_path: Path, clips: dict[str, Path]
    ) -> None:
        path = self.made(tmp_path, clips, "bars", "fractal")
        with pytest.raises(FilmDiffersFromPlan, match="number of frames"):
            verify.window(path=clips["bars"], window=self.window, sources=clips)
        broken = damaged(path, tmp_path / "broken.mp4", packet=5)
        with pytest.raises(FilmDiffersFromPlan):
            verify.window(path=broken, window=self.window, sources=clips)


class TestDecodes:
    def test_says_nothing_of_a_sound_file(self, clips: dict[str, Path]) -> None:
        verify.decodes(path=clips["bars"], frames=60, fps=24)

    @pytest.mark.parametrize("packet", [0, 5, 40])
    def test_notices_a_damaged_picture(self, clips: dict[str, Path], tmp_path: Path, packet: int) -> None:
        path = damaged(clips["fractal"], tmp_path / "clip.mp4", packet=packet)
        with pytest.raises(FilmDiffersFromPlan):
            verify.decodes(path=path, frames=60, fps=24)

    def test_counts_frames(self, clips: dict[str, Path]) -> None:
        with pytest.raises(FilmDiffersFromPlan, match="60"):
            verify.decodes(path=clips["bars"], frames=61, fps=24)

    def test_refuses_what_is_no_video(self, clips: dict[str, Path]) -> None:
        with pytest.raises(FilmDiffersFromPlan):
            verify.decodes(path=clips["music"], frames=60, fps=24)
