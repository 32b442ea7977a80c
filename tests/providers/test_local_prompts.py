from __future__ import annotations

import pytest

from providers.local import prompts
from providers.local.prompts import Move


class TestRead:
    @pytest.mark.parametrize(
        ("prompt", "move"),
        [
            ("zoom in", Move.PUSH_IN),
            ("Slowly zoom in on her face", Move.PUSH_IN),
            ("A gentle push-in.", Move.PUSH_IN),
            ("zoom", Move.PUSH_IN),
            ("zoom towards the tower", Move.PUSH_IN),
            ("The camera moves closer", Move.PUSH_IN),
            ("zoom out", Move.PULL_BACK),
            ("pull back", Move.PULL_BACK),
            ("dolly out to show the valley", Move.PULL_BACK),
            ("pan left", Move.PAN_LEFT),
            ("Pan slowly to the right", Move.PAN_RIGHT),
            ("slow left pan", Move.PAN_LEFT),
            ("camera pans slowly from left to right", Move.PAN_RIGHT),
            ("pan up", Move.PAN_UP),
            ("tilt down", Move.PAN_DOWN),
            ("still", Move.STILL),
            ("hold the shot still", Move.STILL),
            ("don't move", Move.STILL),
            ("Don\N{RIGHT SINGLE QUOTATION MARK}t move the camera!", Move.STILL),
            ("no camera movement", Move.STILL),
            ("heranzoomen", Move.PUSH_IN),
            ("Langsamer Schwenk nach links", Move.PAN_LEFT),
            ("Kamera schwenkt nach oben", Move.PAN_UP),
            ("acercar", Move.PUSH_IN),
            ("panorámica a la derecha", Move.PAN_RIGHT),
        ],
    )
    def test_understands(self, prompt: str, move: Move) -> None:
        assert prompts.read(prompt=prompt).moves == (move,)

    @pytest.mark.parametrize(
        "prompt",
        [
            "",
            "   ",
            "a dog runs over a field",
            "she moves left",
            "she pulls back her hair",
            "a frying pan on a stove",
            "a still lake at dawn",
            "still life of a pear",
            "hold my hand",
            "push the cart",
            "🙂 10/10 !!!",
        ],
    )
    def test_ignores_what_is_not_about_the_camera(self, prompt: str) -> None:
        assert prompts.read(prompt=prompt) == prompts.Wish()

    @pytest.mark.parametrize(
        ("prompt", "avoided"),
        [
            ("don't zoom in", (Move.PUSH_IN,)),
            ("no zoom", prompts.ZOOMS),
            ("never zoom", prompts.ZOOMS),
            ("without panning", prompts.SIDEWAYS),
            ("please do not pan left", (Move.PAN_LEFT,)),
        ],
    )
    def test_avoids_what_it_is_told_not_to_do(self, prompt: str, avoided: prompts.Moves) -> None:
        wish = prompts.read(prompt=prompt)
        assert (wish.moves, wish.avoid) == ((), avoided)

    def test_leaves_the_side_open_where_the_words_do(self) -> None:
        assert prompts.read(prompt="pan").moves == prompts.SIDEWAYS
        assert prompts.read(prompt="tilt").moves == prompts.UPRIGHT

    def test_follows_the_first_of_two_moves(self) -> None:
        assert prompts.read(prompt="zoom in, then pan left").moves == (Move.PUSH_IN,)

    def test_keeps_a_refusal_apart_from_a_wish(self) -> None:
        wish = prompts.read(prompt="no zoom, pan left")
        assert (wish.moves, wish.avoid) == ((Move.PAN_LEFT,), prompts.ZOOMS)

    def test_hears_the_pace(self) -> None:
        paces = [prompts.read(prompt=words).pace for words in ("slowly zoom in", "zoom in", "quick zoom in")]
        assert paces == sorted(set(paces))
