from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echoes.kernel import shapes
from providers.local import camera, framing, motion, parallax, scene
from providers.local.framing import View
from providers.local.geometry import Box, Point
from providers.local.prompts import Move
from tests.providers import drawn, objects
from tests.providers.test_local_motion import film, shown

SIZE = (1600, 1000)
RED = (200, 60, 60)
MOVES = (Move.PUSH_IN, Move.PULL_BACK, Move.PAN_LEFT, Move.PAN_RIGHT, Move.PAN_UP, Move.PAN_DOWN)


def mug(ground: objects.Floats | None = None) -> objects.Drawn:
    """A red mug before a plain ground."""
    return objects.draw(
        thing=objects.mug,
        ground=objects.gradient(*SIZE) if ground is None else ground,
        colour=RED,
        shadow=0.2,
    )


def planned(move: Move, *, seconds: int = 5) -> tuple[framing.Layout, camera.Path]:
    region = Box(0.3, 0.25, 0.5, 0.6)
    layout = framing.layout(
        size=SIZE, film=shapes.size("16:9"), faces=(), region=region, focus=Point(0.5, 0.5)
    )
    return layout, camera.path(layout=layout, move=move, seconds=seconds)


class TestThing:
    def test_is_known_before_a_plain_ground(self) -> None:
        picture = mug()
        found = parallax.thing(photo=picture.picture, faces=())
        assert found is not None
        assert picture.overlap(found) > 0.97

    @pytest.mark.parametrize("seed", range(3))
    def test_is_not_known_in_a_landscape(self, seed: int) -> None:
        assert parallax.thing(photo=drawn.landscape(width=900, height=600, seed=seed), faces=()) is None

    def test_is_not_known_where_a_face_would_stay_behind(self) -> None:
        assert parallax.thing(photo=mug().picture, faces=(Box(0.02, 0.05, 0.1, 0.1),)) is None


class TestLag:
    @pytest.mark.parametrize("move", MOVES)
    @pytest.mark.parametrize("seconds", [3, 5, 10])
    def test_keeps_the_layers_together_within_the_travel(self, move: Move, seconds: int) -> None:
        _, path = planned(move, seconds=seconds)
        cover = mug().cover
        lag = parallax.lag(path=path, cover=cover, photo=SIZE)
        corners, anchor = parallax._corners(cover, SIZE), parallax.quietest(path=path)
        apart = [parallax._travel(path.at(time=t), anchor, lag, corners) for t in np.linspace(0, 1, 21)]
        assert max(apart) <= parallax.TRAVEL + 1e-9
        assert path.start == path.end or max(apart) > 0.004

    @pytest.mark.parametrize("move", MOVES)
    def test_never_shows_anything_beyond_the_photo(self, move: Move) -> None:
        _, path = planned(move)
        anchor = parallax.quietest(path=path)
        for view in path.views(frames=9):
            behind = View(*(a + 0.35 * (b - a) for a, b in zip(view, anchor, strict=True)))
            assert -1e-6 <= behind.left <= SIZE[0] - behind.width + 1e-6
            assert -1e-6 <= behind.top <= SIZE[1] - behind.height + 1e-6

    def test_is_nothing_where_the_camera_stands(self) -> None:
        _, path = planned(Move.STILL)
        assert parallax.lag(path=path, cover=mug().cover, photo=SIZE) == 0


class TestPainted:
    def test_goes_on_with_the_light_of_the_ground(self) -> None:
        """No step is left where the mug was, and nothing of its red."""
        plain = np.asarray(np.clip(objects.gradient(*SIZE), 0, 255), np.uint8)
        picture = objects.draw(thing=objects.mug, ground=objects.gradient(*SIZE), colour=RED, noise=0)
        hidden = parallax._widened(picture.cover)
        painted = parallax.painted(picture=picture.picture, hidden=hidden)
        assert np.abs(painted.astype(int) - plain).max() < 24
        assert np.abs(painted.astype(int) - plain).mean() < 2

    def test_leaves_what_is_not_hidden(self) -> None:
        picture = drawn.landscape(width=300, height=200)
        hidden = np.zeros((200, 300), np.float32)
        hidden[50:90, 100:140] = 1
        painted = parallax.painted(picture=picture, hidden=hidden)
        assert (painted[hidden == 0] == picture[hidden == 0]).all()


class TestScene:
    def test_moves_the_ground_less_than_the_thing(self) -> None:
        """On a push in, marks beside the mug grow less than the mug itself."""
        ground = objects.gradient(*SIZE)
        for x in (120, 1480):
            ground[460:540, x - 20 : x + 20] = 30
        picture = objects.draw(thing=objects.mug, ground=ground, colour=RED, noise=0)
        layout, path = planned(Move.PUSH_IN)
        frames = []
        for cover in (picture.cover, None):
            stage = scene.prepare(
                photo=picture.picture, layout=layout, path=path, size=shapes.size("16:9"), thing=cover
            )
            frames.append(stage.frame(view=path.end, progress=1).luma.astype(int))
        deep, flat = (np.flatnonzero((frame[340:380] < 50).mean(axis=0) > 0.5) for frame in frames)
        assert deep.min() > flat.min() + 5
        middle = slice(300, 420), slice(520, 700)
        assert np.abs(frames[0][middle] - frames[1][middle]).mean() < 2

    def test_begins_with_the_photo_as_it_is(self) -> None:
        picture = mug()
        layout, path = planned(Move.PUSH_IN)
        deep, flat = (
            scene.prepare(photo=picture.picture, layout=layout, path=path, size=(1280, 720), thing=cover)
            for cover in (picture.cover, None)
        )
        one, other = (stage.frame(view=path.start, progress=0).luma.astype(int) for stage in (deep, flat))
        assert np.abs(one - other).mean() < 0.5


class TestRender:
    def test_makes_the_same_bytes_of_a_photo_with_depth(self, tmp_path: Path) -> None:
        photo = drawn.saved(picture=mug().picture, at=tmp_path / "mug.jpg")
        one, other = (film(photo, name=name, prompt="zoom in") for name in ("one.mp4", "other.mp4"))
        assert one.read_bytes() == other.read_bytes()

    def test_leaves_no_rim_of_the_mug_on_its_ground(self, tmp_path: Path) -> None:
        photo = drawn.saved(picture=mug(objects.plain(*SIZE, (60, 140, 90))).picture, at=tmp_path / "mug.jpg")
        last = shown(film(photo, prompt="zoom in", seconds=2))[-1].astype(int)
        red = (last[..., 0] > last[..., 1] + 60).any(axis=0)
        columns = np.flatnonzero(red)
        assert (np.diff(columns) == 1).all()

    def test_films_a_photo_as_one_where_its_thing_is_not_certain(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photo = drawn.saved(picture=drawn.landscape(width=1500, height=1000), at=tmp_path / "photo.jpg")
        one = film(photo, name="one.mp4").read_bytes()
        monkeypatch.setattr(parallax, "thing", lambda **_: None)
        assert film(photo, name="other.mp4").read_bytes() == one
        assert motion.VERSION == "local-motion-2"
