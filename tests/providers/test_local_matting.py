from __future__ import annotations

import cv2
import numpy as np
import pytest

from providers.local.matting import edges, ground, separation
from tests.providers import drawn, objects

GREEN, BLUE, RED, BROWN = (40, 110, 70), (50, 80, 170), (200, 60, 60), (120, 60, 30)
GREY, WHITE, BLACK, CARD = (150, 150, 150), (235, 235, 235), (25, 25, 28), (150, 110, 70)
SIZE = objects.WIDTH, objects.HEIGHT


def paper() -> objects.Floats:
    return objects.plain(*SIZE)


class TestSeparate:
    @pytest.mark.parametrize(
        ("thing", "colour", "ground_"),
        [
            pytest.param(objects.bottle, GREEN, objects.plain(*SIZE), id="a bottle on paper"),
            pytest.param(objects.bottle, BROWN, objects.gradient(*SIZE), id="a bottle in falling light"),
            pytest.param(objects.bottle, BLACK, objects.gradient(*SIZE), id="a black bottle"),
            pytest.param(objects.mug, BLUE, objects.plain(*SIZE), id="a mug on paper"),
            pytest.param(objects.mug, RED, objects.gradient(*SIZE), id="a mug in falling light"),
            pytest.param(objects.mug, GREY, objects.plain(*SIZE), id="a mug as grey as a shadow"),
            pytest.param(objects.mug, WHITE, objects.plain(*SIZE, (60, 90, 140)), id="a white mug on blue"),
        ],
    )
    def test_finds_a_thing_before_a_plain_ground_with_its_shadow(
        self, thing: objects.Thing, colour: objects.Colour, ground_: objects.Floats
    ) -> None:
        picture = objects.draw(thing=thing, ground=ground_, colour=colour, shadow=0.25)
        found = separation.separate(image=picture.picture)
        assert picture.overlap(found.alpha) > 0.97
        assert found.sure > 0.9

    def test_keeps_a_label_of_the_papers_colour(self) -> None:
        picture = objects.draw(thing=objects.bottle, ground=paper(), colour=GREEN, label=(236, 236, 238))
        assert picture.overlap(separation.separate(image=picture.picture).alpha) > 0.97

    def test_sees_the_ground_through_a_handle(self) -> None:
        picture = objects.draw(thing=objects.mug, ground=paper(), colour=BLUE)
        found = separation.separate(image=picture.picture)
        middle = round(0.54 * SIZE[1]), round(0.70 * SIZE[0])
        assert picture.cover[middle] == 0
        assert found.alpha[middle] < 0.1

    @pytest.mark.parametrize("colour", [(236, 236, 238), (232, 232, 233), (226, 226, 228), (216, 217, 219)])
    def test_is_never_sure_and_wrong_about_white_on_white(self, colour: objects.Colour) -> None:
        picture = objects.draw(thing=objects.mug, ground=paper(), colour=colour, shadow=0.1)
        found = separation.separate(image=picture.picture)
        assert found.sure < 0.5 or picture.overlap(found.alpha) > 0.97

    @pytest.mark.parametrize("seed", range(4))
    def test_is_not_sure_of_a_landscape(self, seed: int) -> None:
        picture = drawn.landscape(width=900, height=600, seed=seed)
        assert separation.separate(image=picture).sure < 0.5

    def test_is_not_sure_where_there_is_nothing(self) -> None:
        found = separation.separate(image=np.full((400, 600, 3), 200, np.uint8))
        assert found.sure == 0
        assert found.alpha.max() == 0

    def test_is_less_sure_on_gravel(self) -> None:
        on_gravel = objects.draw(thing=objects.box, ground=objects.gravel(*SIZE), colour=CARD)
        on_paper = objects.draw(thing=objects.box, ground=paper(), colour=CARD)
        rough, smooth = (separation.separate(image=each.picture) for each in (on_gravel, on_paper))
        assert rough.sure < smooth.sure

    def test_is_rather_sure_where_two_cuts_agree_before_a_blurred_ground(self) -> None:
        chance = np.random.default_rng(3)
        lights = cv2.resize(chance.uniform(0, 110, (5, 6, 3)), SIZE, interpolation=cv2.INTER_CUBIC)
        blurred = np.asarray(np.clip(lights * np.array([0.2, 0.8, 1]), 0, 255), np.float32)
        picture = objects.draw(thing=objects.mug, ground=blurred, colour=(240, 150, 60))
        assert not separation.is_plain(image=picture.picture)
        found = separation.separate(image=picture.picture)
        assert picture.overlap(found.alpha) > 0.95
        assert 0.5 < found.sure < 1

    def test_gives_the_same_answer_again(self) -> None:
        picture = objects.draw(thing=objects.mug, ground=objects.gradient(*SIZE), colour=RED)
        one, other = (separation.separate(image=picture.picture) for _ in range(2))
        assert (one.alpha == other.alpha).all()
        assert one.sure == other.sure

    @pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 900), (900, 3), (64, 2000)])
    def test_takes_a_picture_of_any_shape(self, size: tuple[int, int]) -> None:
        found = separation.separate(image=drawn.landscape(width=size[0], height=size[1]))
        assert found.alpha.shape == (size[1], size[0])
        assert 0 <= found.sure <= 1


class TestGround:
    def test_follows_the_light_over_a_sheet_of_paper(self) -> None:
        picture = np.asarray(np.clip(objects.gradient(*SIZE), 0, 255), np.uint8)
        found = ground.find(colours=ground.lab(image=picture))
        assert found.away.max() < 4
        assert found.share > 0.95

    def test_is_not_misled_by_a_thing_that_reaches_the_rim(self) -> None:
        picture = np.full((300, 400, 3), 220, np.uint8)
        picture[100:, 150:250] = (200, 30, 30)
        found = ground.find(colours=ground.lab(image=picture))
        assert found.away[:, :140].max() < 2
        assert found.away[150:, 160:240].min() > 40

    def test_takes_a_shadow_for_ground_in_less_light(self) -> None:
        picture = objects.draw(
            thing=objects.mug, ground=objects.plain(*SIZE, (60, 90, 140)), colour=WHITE, shadow=0.3, noise=0
        )
        found = ground.find(colours=ground.lab(image=picture.picture))
        fallen = round(0.86 * SIZE[1]), round(0.49 * SIZE[0])
        assert picture.cover[fallen] == 0
        assert found.away[fallen] > 4
        assert found.shaded[fallen] < 1.5


class TestEdges:
    def test_follow_the_picture_where_the_mask_is_coarse(self) -> None:
        picture = objects.draw(thing=objects.mug, ground=paper(), colour=BLUE)
        small = cv2.resize(picture.cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        coarse = cv2.resize((small > 0.5).astype(np.float32), SIZE, interpolation=cv2.INTER_LINEAR)
        soft = edges.softened(mask=np.asarray(coarse, np.float32), image=picture.picture)
        assert np.abs(soft - picture.cover).mean() < np.abs(coarse - picture.cover).mean() / 1.5

    def test_lose_the_colour_of_the_ground(self) -> None:
        picture = objects.draw(
            thing=objects.box, ground=objects.plain(*SIZE, (240, 30, 240)), colour=GREEN, noise=0
        )
        own = edges.own_colours(image=picture.picture, alpha=picture.cover)
        rim = (picture.cover > 0.05) & (picture.cover < 0.6)
        assert picture.picture[rim][:, 0].mean() > 100
        assert own[rim][:, 0].mean() < 60
