from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import captions, pieces, plan, planes, timeline
from compiler.plan import Overlay
from compiler.timeline import Caption, Item, Transition
from echoes.kernel import shapes
from echoes.kernel.shapes import Size
from tests.compiler.conftest import SMALL
from tests.compiler.films import film
from tests.compiler.test_text import HOSTILE

PLACES, LOOKS = tuple(timeline.PLACES), tuple(timeline.LOOKS)
# Heights between which words may stand, in thousandths of the film's.
SAFE = {"16:9": (100, 900), "1:1": (100, 900), "4:5": (120, 860), "9:16": (120, 780)}
SIZES = {"16:9": Size(640, 360), "1:1": Size(480, 480), "4:5": Size(432, 540), "9:16": Size(360, 640)}


def alpha(
    words: str, *, place: str = "bottom", look: str = "plain", aspect: str = "16:9"
) -> NDArray[np.uint8]:
    return captions.draw(words_of=words, place=place, look=look, size=SIZES[aspect])[:, :, 3]


def overlay(*, first: int = 0, frames: int = 48) -> Overlay:
    return Overlay("Our summer", "bottom", "plain", first, frames)


class TestDraw:
    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("aspect", list(SAFE))
    def test_keeps_words_where_no_player_lies(self, aspect: str, place: str, look: str) -> None:
        top, bottom = (share * SIZES[aspect].height / 1_000 for share in SAFE[aspect])
        width = SIZES[aspect].width
        for words in ("Hello", "An evening with everybody by the sea " * 3, "word " * 1_000):
            solid = np.argwhere(alpha(words, place=place, look=look, aspect=aspect) > 200)
            if look == "plate":
                solid = np.argwhere(alpha(words, place=place, look=look, aspect=aspect) > 100)
            assert len(solid) > 20
            (highest, left), (lowest, right) = solid.min(axis=0), solid.max(axis=0)
            assert highest >= top - 1
            assert lowest <= bottom + 1
            assert left >= width * 0.1 - 3
            assert right <= width * 0.9 + 3

    @pytest.mark.parametrize("aspect", list(SAFE))
    def test_stands_at_its_place(self, aspect: str) -> None:
        middles = [
            np.argwhere(alpha("Hello", place=place, aspect=aspect) > 200)[:, 0].mean() for place in PLACES
        ]
        places = dict(zip(PLACES, middles, strict=True))
        assert places["top"] < places["middle"] < places["bottom"]
        assert places["top"] < SIZES[aspect].height * 0.25

    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_takes_anything(self, words: str, look: str) -> None:
        assert alpha(words * (1 + 5_000 // len(words)), look=look, aspect="9:16").any()

    def test_draws_nothing_for_nothing(self) -> None:
        assert not alpha(" \x00\n", look="plate").any()
        assert captions.layer(Overlay("\u200b \n", "top", "plate", 0, 9), size=SIZES["1:1"]) is None

    def test_gives_a_plate_to_a_plate_alone(self) -> None:
        def share(look: str) -> float:
            seen = alpha("An evening by the sea", look=look)
            return float(((seen > 150) & (seen < 180)).sum() / (seen > 150).sum())

        assert share("plate") > 0.6
        assert share("plain") < 0.2
        assert share("display") < 0.2

    def test_sets_display_larger(self) -> None:
        def tall(look: str) -> int:
            return int((alpha("H", look=look).max(axis=1) > 240).sum())

        assert tall("display") > 1.6 * tall("plain")

    def test_looks_alike_in_every_quality(self) -> None:
        small, large = shapes.size("4:5", "draft"), shapes.size("4:5", "high")
        drawn = [
            captions.draw(words_of="Our summer by the sea", place="top", look="plate", size=size)[:, :, 3]
            for size in (small, large)
        ]
        assert np.abs(drawn[1][::2, ::2].astype(float) - drawn[0]).mean() < 1.5


class TestStrength:
    def test_comes_up_and_goes_down_in_a_quarter_of_a_second(self) -> None:
        found = [captions.strength(overlay(), frame=frame, fps=24) for frame in range(-1, 49)]
        assert found[0] == found[-1] == 0
        assert 0 < found[1] < 0.1
        assert found[1:8] == sorted(found[1:8])
        assert set(found[7:43]) == {1.0}
        assert found[1:-1] == found[-2:0:-1]

    @pytest.mark.parametrize("frames", [1, 2, 3, 8, 11])
    def test_can_always_be_read_once_however_short(self, frames: int) -> None:
        found = [captions.strength(overlay(frames=frames), frame=frame, fps=24) for frame in range(frames)]
        assert max(found) == 1
        assert min(found) > 0

    def test_runs_on_from_one_window_into_the_next(self) -> None:
        whole = [captions.strength(overlay(frames=20), frame=frame, fps=24) for frame in range(20)]
        for cut in range(1, 20):
            before = [captions.strength(overlay(frames=20), frame=frame, fps=24) for frame in range(cut)]
            after = [
                captions.strength(overlay(first=-cut, frames=20), frame=frame, fps=24)
                for frame in range(20 - cut)
            ]
            assert before + after == whole


class TestCover:
    def test_draws_on_every_plane_as_alpha_says(self) -> None:
        """White words at half strength over black are grey, and nothing else has changed."""
        pixels = np.zeros((20, 40, 4), np.uint8)
        pixels[4:8, 10:20] = 255
        picture = planes.from_rgb(np.zeros((20, 40, 3), np.uint8))
        layer = planes.layer(pixels)
        assert layer is not None
        planes.cover(picture, layer, strength=0.5)
        luma, cb, cr = picture.planes
        assert set(luma[4:8, 10:20].ravel()) <= {125, 126}
        luma[4:8, 10:20] = 16
        assert set(luma.ravel()) == {16}
        assert {*cb.ravel(), *cr.ravel()} <= {127, 128, 129}

    def test_has_the_colours_of_film(self) -> None:
        """The middle of each primary, as bt709 in limited range has it."""
        wanted = {(255, 0, 0): (63, 102, 240), (0, 255, 0): (173, 42, 26), (0, 0, 255): (32, 240, 118)}
        for colour, yuv in wanted.items():
            picture = planes.from_rgb(np.full((4, 4, 3), colour, np.uint8))
            assert [int(plane[0, 0]) for plane in picture.planes] == pytest.approx(yuv, abs=1)


class TestWindow:
    """Of a film: where its pictures differ from those of the same film without words."""

    def made(self, *said: Caption) -> list[tuple[int, plan.Window]]:
        """The windows of two clips that are joined from frame 48 to 60, and where each begins in the film."""
        made = film(Item("bars", 60), Item("noise", 60), transition=Transition("fade", 12), captions=said)
        result = plan.plan(made)
        ends = itertools.accumulate(piece.frames for piece in result.pieces)
        return [
            (end - piece.frames, piece)
            for end, piece in zip(ends, result.pieces, strict=True)
            if isinstance(piece, plan.Window)
        ]

    def differing(self, clips: dict[str, Path], *said: Caption) -> dict[int, NDArray[np.bool_]]:
        """By frame of the film."""
        found = {}
        for begins, window in self.made(*said):
            bare = replace(window, overlays=())
            pairs = zip(*(pieces.pictures(window=one, sources=clips) for one in (window, bare)), strict=True)
            for frame, (with_words, without) in enumerate(pairs, begins):
                seen = with_words.planes[0] != without.planes[0]
                if seen.any():
                    found[frame] = seen
        return found

    def test_shows_words_only_when_and_where_they_should_be(self, clips: dict[str, Path]) -> None:
        """To the end of their clip, which lies in the transition."""
        found = self.differing(clips, Caption(item=0, text="Our summer", start=30, frames=60))
        assert sorted(found) == list(range(30, 60))
        rows = np.argwhere(np.any(list(found.values()), axis=0))[:, 0]
        assert rows.min() > SMALL.height * 0.6
        assert rows.max() < SMALL.height * 0.97

    def test_shows_both_clips_words_in_a_transition(self, clips: dict[str, Path]) -> None:
        above = Caption(item=0, text="Before", start=0, frames=60, place="top")
        below = Caption(item=1, text="After", start=0, frames=60, place="bottom")
        found = self.differing(clips, above, below)
        half = SMALL.height // 2
        assert [frame for frame in sorted(found) if found[frame][:half].any()] == list(range(60))
        assert [frame for frame in sorted(found) if found[frame][half:].any()] == list(range(48, 108))

    def test_is_continuous_where_one_piece_ends(self) -> None:
        """The film is cut at 48, in the middle of the words."""
        windows = self.made(Caption(item=0, text="HHHH", start=44, frames=9, look="display"))
        seen = {
            begins + frame: captions.strength(window.overlays[0], frame=frame, fps=24)
            for begins, window in windows
            for frame in range(window.frames)
        }
        assert 48 in {begins for begins, _ in windows}
        whole = [captions.strength(overlay(frames=9), frame=frame, fps=24) for frame in range(9)]
        assert [seen[frame] for frame in range(44, 53)] == whole
        assert sum(strength > 0 for strength in seen.values()) == 9
