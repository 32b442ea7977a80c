from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from echoes.kernel import errors, shapes
from echoes.kernel.ffmpeg import command
from echoes.kernel.ffmpeg.probe import probe
from providers.local import camera, faces, framing, motion, planes, scene
from providers.local.framing import View
from providers.local.geometry import Box
from providers.local.prompts import Move
from tests.providers import drawn

FPS = 24


def film(
    photo: Path,
    *,
    name: str = "clip.mp4",
    aspect: str = "16:9",
    seconds: int = 1,
    seed: int = 1,
    prompt: str = "",
    on_progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    return motion.render(
        photo=photo,
        out=photo.parent / name,
        aspect=aspect,
        fps=FPS,
        seconds=seconds,
        seed=seed,
        prompt=prompt,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def shown(clip: Path, *, aspect: str = "16:9") -> npt.NDArray[np.uint8]:
    """All frames as a player shows them: RGB by the colour tags of the file."""
    width, height = shapes.size(aspect)
    scaled = ("-vf", "scale=flags=accurate_rnd+full_chroma_int", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    done = subprocess.run(
        [command.executable(), "-v", "error", "-i", str(clip), *scaled], capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)


def redness(frame: npt.NDArray[np.uint8]) -> int:
    """Pixels of the landscape's red roof."""
    red, green, blue = (frame[..., channel].astype(int) for channel in range(3))
    return int(((red > 140) & (green < 90) & (blue < 90)).sum())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return drawn.saved(picture=drawn.landscape(width=1500, height=1000), at=tmp_path / "photo.jpg")


class TestRender:
    @pytest.mark.parametrize("aspect", shapes.SIZES)
    def test_makes_exactly_the_frames_it_is_asked_for(self, photo: Path, aspect: str) -> None:
        found = probe(film(photo, aspect=aspect, seconds=1))
        assert found.video is not None
        assert (found.video.width, found.video.height) == shapes.size(aspect)
        assert (found.video.frames, found.video.fps, found.duration) == (FPS, FPS, Fraction(1))
        assert (found.video.codec, found.video.pix_fmt) == ("h264", "yuv420p")
        assert found.audio is None

    def test_makes_the_same_bytes_of_the_same_wish(self, photo: Path) -> None:
        one, other = (film(photo, name=name, aspect="9:16") for name in ("one.mp4", "other.mp4"))
        assert one.read_bytes() == other.read_bytes()

    def test_makes_another_film_of_another_seed(self, photo: Path) -> None:
        one, other = (film(photo, name=f"{seed}.mp4", seed=seed) for seed in (1, 2))
        assert one.read_bytes() != other.read_bytes()

    def test_zooms_in_and_out_when_told(self, photo: Path) -> None:
        first, *_, last = shown(film(photo, prompt="slowly zoom in on the roof"))
        assert redness(last) > 1.1 * redness(first)
        first, *_, last = shown(film(photo, prompt="zoom out"))
        assert redness(first) > 1.1 * redness(last)

    def test_holds_still_when_told(self, photo: Path) -> None:
        frames = shown(film(photo, prompt="hold still"))[::8].astype(int)
        assert np.abs(frames - frames[0]).mean() < 2

    def test_shows_colours_as_they_are(self, tmp_path: Path) -> None:
        colours = [
            (200, 30, 40),
            (30, 160, 60),
            (40, 60, 190),
            (235, 235, 235),
            (20, 20, 20),
            (220, 180, 120),
        ]
        stripes = np.repeat(np.repeat(np.array([colours], np.uint8), 240, axis=1), 810, axis=0)
        clip = film(drawn.saved(picture=stripes, at=tmp_path / "stripes.png"), prompt="still")
        frame = shown(clip)[12]
        for stripe, colour in enumerate(colours):
            middle = round((stripe + 0.5) * 1280 / len(colours))
            seen = frame[200:500, middle - 40 : middle + 40].reshape(-1, 3).mean(axis=0)
            assert seen == pytest.approx(colour, abs=2.5)

    @pytest.mark.parametrize(
        ("size", "aspect"),
        [
            ((4000, 3000), "16:9"),
            ((50, 50), "16:9"),
            ((3000, 150), "16:9"),
            ((150, 3000), "1:1"),
            ((1, 1), "9:16"),
        ],
    )
    def test_films_a_photo_of_any_size(self, tmp_path: Path, size: tuple[int, int], aspect: str) -> None:
        picture = drawn.landscape(width=size[0], height=size[1])
        frames = shown(
            film(drawn.saved(picture=picture, at=tmp_path / "odd.jpg"), aspect=aspect), aspect=aspect
        )
        assert len(frames) == FPS

    @pytest.mark.parametrize("mode", ["P", "CMYK"])
    def test_films_a_photo_of_any_kind(self, tmp_path: Path, mode: str) -> None:
        picture = Image.fromarray(drawn.landscape(width=400, height=300)).convert(mode)
        path = tmp_path / ("photo.tiff" if mode == "CMYK" else "photo.png")
        picture.save(path)
        assert len(shown(film(path, aspect="1:1"), aspect="1:1")) == FPS

    def test_lays_what_is_transparent_on_white(self, tmp_path: Path) -> None:
        clear = tmp_path / "clear.png"
        Image.new("RGBA", (1600, 900), (255, 0, 0, 0)).save(clear)
        assert shown(film(clear)).min() > 250

    def test_turns_a_photo_upright(self, tmp_path: Path) -> None:
        """A red top stays on top although the file's rows are turned, and says so."""
        picture = np.full((900, 1600, 3), 40, np.uint8)
        picture[:450] = (220, 20, 20)
        turned = Image.fromarray(picture).rotate(90, expand=True)
        exif = Image.Exif()
        exif[0x0112] = 6
        turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
        frame = shown(film(tmp_path / "turned.jpg", prompt="still"))[0]
        assert frame[100, 640, 0] > 190
        assert frame[620, 640, 0] < 70

    def test_tells_how_far_it_is(self, photo: Path) -> None:
        told: list[float] = []
        film(photo, on_progress=told.append)
        assert told == sorted(told)
        assert told[-1] == 1

    def test_stops_soon_after_it_is_cancelled_and_leaves_nothing(self, photo: Path) -> None:
        asked: list[bool] = []

        def cancelled() -> bool:
            asked.append(len(asked) >= 2)
            return asked[-1]

        with pytest.raises(errors.Cancelled):
            film(photo, seconds=20, cancelled=cancelled)
        assert len(asked) <= 4
        assert list(photo.parent.iterdir()) == [photo]

    def test_does_not_begin_what_is_cancelled_already(self, tmp_path: Path) -> None:
        with pytest.raises(errors.Cancelled):
            film(tmp_path / "never read.jpg", cancelled=lambda: True)

    def test_says_when_a_photo_cannot_be_read(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.jpg"
        broken.write_bytes(b"\xff\xd8\xff not a picture")
        with pytest.raises(motion.PhotoUnreadable, match="could not be read"):
            film(broken)
        assert list(tmp_path.iterdir()) == [broken]

    def test_knows_only_the_shapes_of_films(self, photo: Path) -> None:
        with pytest.raises(KeyError):
            film(photo, aspect="4:3")

    def test_keeps_a_face_in_the_picture(self, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The roof is taken for a face: no seed may cut it."""
        roof = Box(0.6, 0.45, 0.1, 0.125)
        monkeypatch.setattr(faces, "find", lambda *, image: (roof,))
        for seed in range(2):
            frames = shown(film(photo, seed=seed))
            border = [redness(frames[:, :, :64]), redness(frames[:, :, -64:])]
            border += [redness(frames[:, :36]), redness(frames[:, -36:])]
            assert border == [0, 0, 0, 0]
            assert redness(frames[-1]) > 1000


class TestScene:
    def test_lays_a_card_sharply_on_its_ground(self) -> None:
        """White inside the card's sides, dark outside, and no ramp of more than a pixel between."""
        photo = np.full((800, 600, 3), 255, np.uint8)
        region = Box(0.4, 0.4, 0.2, 0.2)
        shape = framing.layout(
            size=(600, 800), film=(1280, 720), faces=(), region=region, focus=region.centre
        )
        path = camera.path(layout=shape, move=Move.PUSH_IN, seconds=5)
        stage = scene.prepare(photo=photo, layout=shape, path=path, size=(1280, 720))
        view = View(path.start.left + 0.37, path.start.top, path.start.width, path.start.height)
        row = stage.frame(view=view, progress=0).luma[360]
        left, right = (np.array([0, 600]) - view.left) * 1280 / view.width
        assert (row[int(left) + 1 : int(right)] == 235).all()
        assert (row[: int(left)] < 120).all()
        assert (row[int(right) + 1 :] < 120).all()
        assert 0 < row[int(left)] - row[int(left) - 1] < 235 - row[int(left) - 1]

    def test_casts_a_shadow_beside_the_card(self) -> None:
        photo = np.full((800, 600, 3), 200, np.uint8)
        region = Box(0.4, 0.4, 0.2, 0.2)
        shape = framing.layout(
            size=(600, 800), film=(1280, 720), faces=(), region=region, focus=region.centre
        )
        path = camera.path(layout=shape, move=Move.STILL, seconds=5)
        stage = scene.prepare(photo=photo, layout=shape, path=path, size=(1280, 720))
        row = stage.frame(view=path.start, progress=0).luma[400].astype(int)
        side = int((0 - path.start.left) * 1280 / path.start.width)
        assert planes.BLACK < row[side - 3] < row[side - 60] - 10
