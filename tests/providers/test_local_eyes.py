from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from providers.capabilities import EyesRequest, Picture, Seen
from providers.errors import Failed
from providers.local import colours, eyes, faces, prompts
from providers.local.geometry import Box
from tests.providers import drawn, objects


def sea() -> eyes.Picture:
    picture = np.zeros((600, 1000, 3), np.uint8)
    picture[:330] = (150, 190, 235)
    picture[330:] = (20, 60, 120)
    return picture


def looked_at(image: eyes.Picture) -> Seen:
    return eyes.seen(eyes.measured(image=image, known={}))


SOME = eyes.Measures(
    shape="wide",
    faces=0,
    portrait=False,
    colours=["blue"],
    sharpness=8,
    contrast=40,
    light=120,
    horizon=False,
    where="left",
    one_thing=True,
)
CASES = [
    SOME,
    replace(SOME, faces=1, portrait=True),
    replace(SOME, faces=3),
    replace(SOME, faces=12, shape="panorama"),
    replace(SOME, shape="panorama"),
    replace(SOME, shape="tall", one_thing=False),
    replace(SOME, shape="square", where="middle", colours=["red", "black", "white"]),
    replace(SOME, horizon=True, light=20, contrast=90, sharpness=40),
]


class TestSeen:
    @pytest.mark.parametrize("found", CASES)
    def test_has_ideas_for_buttons_that_the_camera_carries_out(self, found: eyes.Measures) -> None:
        ideas = eyes.seen(found).ideas
        assert len(ideas) == len(set(ideas)) == 3
        assert max(map(len, ideas)) <= 48
        for idea in ideas:
            wish = prompts.read(prompt=idea)
            assert len(wish.moves) == 1
            assert wish.pace == prompts.SLOW

    @pytest.mark.parametrize("found", CASES)
    def test_has_single_words_as_tags(self, found: eyes.Measures) -> None:
        tags = eyes.seen(found).tags
        assert tags
        assert all(tag.isalpha() and tag.islower() for tag in tags)
        assert len(tags) == len(set(tags))

    def test_is_a_sentence(self) -> None:
        assert eyes.seen(CASES[1]).description == "A portrait, mostly blue."
        assert eyes.seen(CASES[2]).description == "A wide picture with three faces, mostly blue."
        assert eyes.seen(CASES[7]).description == (
            "A wide picture, with a horizon, mostly blue; dark, contrasty and sharp."
        )

    def test_goes_to_the_face_first(self) -> None:
        assert eyes.seen(CASES[1]).ideas[0] == "Zoom in slowly on the face"


class TestMeasured:
    def test_finds_the_horizon_of_a_sea(self) -> None:
        found = looked_at(sea())
        assert found.ideas[0] == "Pan right slowly along the horizon"
        assert {"horizon", "wide", "blue"} <= set(found.tags)

    def test_takes_no_thing_on_paper_for_a_horizon(self) -> None:
        ground = objects.plain(objects.WIDTH, objects.HEIGHT)
        mug = objects.draw(thing=objects.mug, ground=ground, colour=(200, 30, 30))
        found = eyes.measured(image=mug.picture, known={})
        assert not found.horizon
        assert found.colours[0] == "white"
        assert "red" in found.colours

    def test_counts_faces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(faces, "find", lambda **_: (Box(0.3, 0.2, 0.3, 0.4),))
        found = looked_at(drawn.landscape(width=800, height=600))
        assert found.description.startswith("A portrait")
        assert found.tags[:2] == ["portrait", "person"]

    def test_believes_what_was_measured_before(self) -> None:
        known = {"faces": 2, "sharpness": 44.0, "contrast": 66.0}
        found = eyes.measured(image=drawn.landscape(width=800, height=600), known=known)
        assert (found.faces, found.sharpness, found.contrast) == (2, 44.0, 66.0)

    @pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000)])
    def test_takes_a_picture_of_any_shape(self, size: tuple[int, int]) -> None:
        assert len(looked_at(drawn.landscape(width=size[0], height=size[1])).ideas) == 3


class TestAnswer:
    def test_refuses_what_is_no_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"no photo")
        with pytest.raises(Failed) as failed:
            eyes.answer(
                EyesRequest(Picture(path, "image/jpeg", 10, 10), ""),
                folder=tmp_path,
                on_progress=lambda share: None,
                cancelled=lambda: False,
            )
        assert failed.value.code == "bad_input"


class TestColours:
    @pytest.mark.parametrize(
        ("rgb", "name"),
        [
            ((200, 30, 30), "red"),
            ((240, 140, 30), "orange"),
            ((120, 70, 30), "brown"),
            ((240, 220, 40), "yellow"),
            ((60, 140, 60), "green"),
            ((60, 200, 200), "turquoise"),
            ((40, 80, 190), "blue"),
            ((130, 60, 180), "purple"),
            ((240, 120, 190), "pink"),
            ((10, 10, 12), "black"),
            ((128, 128, 128), "grey"),
            ((246, 246, 244), "white"),
        ],
    )
    def test_have_the_names_that_people_give_them(self, rgb: tuple[int, int, int], name: str) -> None:
        assert colours.dominant(image=np.full((40, 60, 3), rgb, np.uint8)) == [name]

    def test_come_with_their_shares(self) -> None:
        found = colours.shares(image=sea())
        assert list(found) == ["blue"]
        half = np.zeros((80, 80, 3), np.uint8)
        half[:, 40:] = (200, 30, 30)
        assert colours.shares(image=half) == pytest.approx({"black": 0.5, "red": 0.5}, abs=0.02)
