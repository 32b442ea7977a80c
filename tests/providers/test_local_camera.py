from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echoes.kernel import shapes
from providers.local import camera, framing
from providers.local.framing import SAFE, Layout, View
from providers.local.geometry import Box, Point
from providers.local.prompts import ZOOMS, Move, Wish

FILMS = [tuple(size) for size in shapes.SIZES.values()]
FRACTION = st.floats(0, 1, allow_nan=False, width=32)
CLOSE = 1e-6


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    width, height = draw(st.floats(0.02, 0.7)), draw(st.floats(0.02, 0.7))
    return Box(draw(FRACTION) * (1 - width), draw(FRACTION) * (1 - height), width, height)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any photo with any subject in any film."""
    long, short = draw(st.integers(50, 6000)), draw(st.floats(0.05, 1))
    size = (long, max(2, round(long * short)))
    region = draw(boxes())
    return framing.layout(
        size=draw(st.sampled_from([size, size[::-1]])),
        film=draw(st.sampled_from(FILMS)),
        faces=draw(st.lists(boxes(), max_size=3)),
        region=region,
        focus=region.centre,
    )


def layout(size: tuple[int, int] = (3000, 2000), film: tuple[int, int] = (1280, 720)) -> Layout:
    region = Box(0.4, 0.35, 0.2, 0.25)
    return framing.layout(size=size, film=film, faces=(), region=region, focus=region.centre)


def margins(view: View, shown: Layout) -> tuple[float, ...]:
    """How far what is kept lies inside the view, in shares of the view; left, right, top, bottom."""
    keep = shown.keep
    return (
        (keep.x * shown.width - view.left) / view.width,
        (view.left + view.width - keep.right * shown.width) / view.width,
        (keep.y * shown.height - view.top) / view.height,
        (view.top + view.height - keep.bottom * shown.height) / view.height,
    )


def room(view: View, shown: Layout) -> tuple[float, ...]:
    """How far the photo goes on beyond what is kept, in shares of the view; a card ends in the safe area."""
    keep = shown.keep
    return (
        keep.x * shown.width / view.width,
        (1 - keep.right) * shown.width / view.width,
        keep.y * shown.height / view.height,
        (1 - keep.bottom) * shown.height / view.height,
    )


class TestPath:
    @given(shown=layouts(), move=st.sampled_from(Move), seconds=st.integers(1, 20))
    def test_keeps_the_subject_in_the_safe_area_all_the_way(
        self, shown: Layout, move: Move, seconds: int
    ) -> None:
        path = camera.path(layout=shown, move=move, seconds=seconds)
        for view in path.views(frames=9):
            for margin, left in zip(margins(view, shown), room(path.start, shown), strict=True):
                # What touches the photo's edge cannot be moved away from it: then it is only never cut.
                assert margin >= (SAFE if left >= 2 * SAFE else 0) - CLOSE

    @given(shown=layouts(), move=st.sampled_from(Move), seconds=st.integers(1, 20))
    def test_never_leaves_a_photo_that_fills_the_film(self, shown: Layout, move: Move, seconds: int) -> None:
        for view in camera.path(layout=shown, move=move, seconds=seconds).views(frames=9):
            if shown.fills or view.width < shown.width:
                assert view.left >= -CLOSE
                assert view.left + view.width <= shown.width + CLOSE
            if shown.fills or view.height < shown.height:
                assert view.top >= -CLOSE
                assert view.top + view.height <= shown.height + CLOSE

    @given(shown=layouts(), move=st.sampled_from(Move), seconds=st.integers(1, 20))
    def test_keeps_the_shape_of_the_film(self, shown: Layout, move: Move, seconds: int) -> None:
        for view in camera.path(layout=shown, move=move, seconds=seconds).views(frames=5):
            assert view.width / view.height == pytest.approx(shown.ratio)

    @given(shown=layouts(), move=st.sampled_from(Move), seconds=st.integers(1, 20))
    def test_moves_evenly_from_rest_to_rest(self, shown: Layout, move: Move, seconds: int) -> None:
        frames = 24 * seconds
        views = np.array(list(camera.path(layout=shown, move=move, seconds=seconds).views(frames=frames)))
        # Sides in widths of the view, as they are seen.
        steps = np.diff(views / views[:, 2:3], axis=0)
        travel = np.abs(steps).sum(axis=0)
        assert (np.abs(np.diff(steps, axis=0)) <= 10 * travel / frames**2 + CLOSE).all()
        assert (np.abs(steps[[0, -1]]) <= 30 * travel / frames**3 + CLOSE).all()
        widths = np.diff(views[:, 2])
        assert (widths >= -CLOSE).all() or (widths <= CLOSE).all()

    @given(shown=layouts(), seconds=st.integers(1, 20))
    def test_zooms_in_and_out_where_it_is_asked_to(self, shown: Layout, seconds: int) -> None:
        closer = camera.path(layout=shown, move=Move.PUSH_IN, seconds=seconds)
        assert closer.end.width < closer.start.width * 0.97
        back = camera.path(layout=shown, move=Move.PULL_BACK, seconds=seconds)
        assert (back.start, back.end) == (closer.end, closer.start)

    @pytest.mark.parametrize("film", FILMS)
    @pytest.mark.parametrize("size", [(3000, 2000), (2000, 3000), (8000, 400), (400, 8000), (500, 500)])
    @pytest.mark.parametrize("move", camera.ACROSS)
    def test_pans_to_the_side_it_is_asked_to(
        self, move: Move, size: tuple[int, int], film: tuple[int, int]
    ) -> None:
        path = camera.path(layout=layout(size, film), move=move, seconds=5)
        across, down = camera.ACROSS[move]
        (x0, y0), (x1, y1) = path.start.centre, path.end.centre
        assert (x1 - x0) * across / path.end.width + (y1 - y0) * down / path.end.height > 0.04

    @given(shown=layouts())
    def test_stands_still_where_it_is_asked_to(self, shown: Layout) -> None:
        assert len(set(camera.path(layout=shown, move=Move.STILL, seconds=5).views(frames=20))) == 1

    def test_travels_along_a_panorama_no_faster_than_the_eye_follows(self) -> None:
        path = camera.path(layout=layout((12_000, 2000)), move=Move.PAN_RIGHT, seconds=5)
        travelled = (path.end.centre.x - path.start.centre.x) / path.end.width
        assert 0.3 < travelled < 0.12 * 5

    def test_ends_on_the_subject(self) -> None:
        region = Box(0.65, 0.6, 0.1, 0.15)
        shown = framing.layout(
            size=(3000, 2000), film=(1280, 720), faces=(), region=region, focus=region.centre
        )
        path = camera.path(layout=shown, move=Move.PUSH_IN, seconds=5)

        def off_centre(view: View) -> float:
            return abs(shown.focus.x * shown.width - view.centre.x) / view.width

        assert off_centre(path.end) < off_centre(path.start)


class TestEase:
    @given(st.lists(FRACTION, min_size=2))
    def test_never_goes_back(self, times: list[float]) -> None:
        progress = [camera.ease(time=time) for time in sorted(times)]
        assert progress == sorted(progress)
        assert all(0 <= share <= 1 for share in progress)

    def test_starts_and_ends_at_rest(self) -> None:
        assert (camera.ease(time=0), camera.ease(time=1)) == (0, 1)
        assert camera.ease(time=0.5) == pytest.approx(0.5)
        assert camera.ease(time=0.001) < 1e-6
        assert 1 - camera.ease(time=0.999) < 1e-6

    def test_changes_its_speed_without_a_step(self) -> None:
        progress = np.array([camera.ease(time=time) for time in np.linspace(0, 1, 2001)])
        speed = np.diff(progress) * 2000
        assert np.abs(np.diff(speed)).max() < 0.005
        assert speed.max() < 1.45


class TestPlan:
    def test_gives_the_same_path_for_the_same_seed(self) -> None:
        one, other = (camera.plan(layout=layout(), wish=Wish(), seconds=5, seed="7:photo") for _ in range(2))
        assert one == other

    def test_moves_differently_for_different_seeds(self) -> None:
        paths = [camera.plan(layout=layout(), wish=Wish(), seconds=5, seed=str(seed)) for seed in range(40)]
        assert len(set(paths)) == 40
        assert len({path.move for path in paths}) >= 4

    @given(shown=layouts(), seconds=st.integers(1, 20))
    def test_gives_every_seed_a_path_of_its_own(self, shown: Layout, seconds: int) -> None:
        wish = Wish(moves=(Move.PUSH_IN,))
        paths = [camera.plan(layout=shown, wish=wish, seconds=seconds, seed=seed) for seed in "abcde"]
        assert len(set(paths)) == 5

    @given(shown=layouts(), seed=st.integers(), move=st.sampled_from(Move))
    def test_does_what_is_wished(self, shown: Layout, seed: int, move: Move) -> None:
        path = camera.plan(layout=shown, wish=Wish(moves=(move,)), seconds=5, seed=str(seed))
        assert path.move is move

    @given(shown=layouts(), seed=st.integers())
    def test_does_not_do_what_is_to_be_avoided(self, shown: Layout, seed: int) -> None:
        path = camera.plan(layout=shown, wish=Wish(avoid=ZOOMS), seconds=5, seed=str(seed))
        assert path.move not in ZOOMS

    @given(shown=layouts(), seed=st.integers())
    def test_never_stands_still_unasked(self, shown: Layout, seed: int) -> None:
        path = camera.plan(layout=shown, wish=Wish(), seconds=5, seed=str(seed))
        assert path.start != path.end

    def test_keeps_the_pace_that_is_wished(self) -> None:
        slow, usual, fast = (
            camera.plan(layout=layout(), wish=Wish(moves=(Move.PUSH_IN,), pace=pace), seconds=5, seed="1")
            for pace in (0.6, 1.0, 1.5)
        )
        assert slow.end.width > usual.end.width > fast.end.width

    def test_mostly_travels_along_a_panorama(self) -> None:
        shown = layout((9000, 1200))
        paths = [camera.plan(layout=shown, wish=Wish(), seconds=5, seed=str(seed)) for seed in range(60)]
        along = [path for path in paths if path.move in (Move.PAN_LEFT, Move.PAN_RIGHT)]
        assert len(along) > 30


class TestLayout:
    @pytest.mark.parametrize(
        ("size", "film", "fills"),
        [
            ((4000, 3000), (1280, 720), True),
            ((3000, 2000), (960, 960), True),
            ((3000, 4000), (720, 1280), True),
            ((8000, 2000), (1280, 720), True),
            ((3000, 4000), (1280, 720), False),
            ((4000, 3000), (720, 1280), False),
            ((50, 50), (1280, 720), False),
            ((500, 300), (1280, 720), False),
        ],
    )
    def test_fills_the_film_where_the_photo_suits_it(
        self, size: tuple[int, int], film: tuple[int, int], fills: bool
    ) -> None:
        assert layout(size, film).fills is fills

    @given(shown=layouts(), film=st.sampled_from(FILMS))
    def test_enlarges_no_photo_that_fills_the_film_beyond_measure(
        self, shown: Layout, film: tuple[int, int]
    ) -> None:
        if shown.fills and film[0] / film[1] == shown.ratio:
            assert film[0] / shown.tightest <= framing.ENLARGED_AT_MOST + CLOSE

    @settings(max_examples=50)
    @given(shown=layouts())
    def test_leaves_room_for_a_move(self, shown: Layout) -> None:
        assert 0 < shown.tightest < shown.widest

    def test_keeps_every_face_that_fits(self) -> None:
        crowd = [Box(0.3, 0.3, 0.1, 0.15), Box(0.5, 0.35, 0.08, 0.12), Box(0.42, 0.3, 0.05, 0.07)]
        shown = framing.layout(
            size=(3000, 2000), film=(1280, 720), faces=crowd, region=crowd[0], focus=Point(0.35, 0.37)
        )
        for face in crowd:
            assert shown.keep.x < face.x < face.right < shown.keep.right

    def test_prefers_the_larger_of_faces_too_far_apart(self) -> None:
        small, large = Box(0.0, 0.4, 0.06, 0.1), Box(0.85, 0.3, 0.15, 0.25)
        shown = framing.layout(
            size=(3000, 2000), film=(1280, 720), faces=[small, large], region=small, focus=large.centre
        )
        assert shown.keep.x > small.right
        assert shown.keep.right == 1

    @pytest.mark.parametrize("film", FILMS)
    def test_shows_a_whole_card_inside_the_safe_area(self, film: tuple[int, int]) -> None:
        shown = layout((1600, 2000) if film[0] > film[1] else (2000, 900), (film[0], film[1]))
        for move in Move:
            for view in camera.path(layout=shown, move=move, seconds=5).views(frames=5):
                for start, length, side in itertools.chain(
                    [(view.left, view.width, shown.width), (view.top, view.height, shown.height)]
                ):
                    if not shown.fills and length > side:
                        assert -start / length >= SAFE - CLOSE
                        assert (start + length - side) / length >= SAFE - CLOSE
