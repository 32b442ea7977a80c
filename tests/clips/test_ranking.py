from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clips import ranking
from clips.ranking import Photo

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def photo(place: int, *, quality: float = 0.5, second: int | None = None, moves: bool = False) -> Photo:
    taken = None if second is None else NOON + timedelta(seconds=second)
    return Photo(uuid.UUID(int=place + 1), place, quality, taken, moves)


def places(photos: list[Photo]) -> list[int]:
    """Of the ranked photos, the first one first."""
    by_id = {each.id: each.place for each in photos}
    return [by_id[found] for found in ranking.ranked(photos)]


@st.composite
def films(draw: st.DrawFn) -> list[Photo]:
    facts = st.tuples(st.floats(0, 1), st.none() | st.integers(0, 60), st.booleans())
    found = draw(st.lists(facts, max_size=25))
    return [photo(place, quality=q, second=s, moves=m) for place, (q, s, m) in enumerate(found)]


class TestRanked:
    @given(films())
    def test_names_every_photo_that_does_not_move_once(self, photos: list[Photo]) -> None:
        still = sorted(each.place for each in photos if not each.moves)
        assert sorted(places(photos)) == still

    @given(films(), st.randoms(use_true_random=False))
    def test_is_the_same_in_whatever_order_the_photos_come(self, photos: list[Photo], random: object) -> None:
        mixed = list(photos)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        assert places(mixed) == places(photos)

    def test_prefers_the_better_photo(self) -> None:
        assert places([photo(0, quality=0.2), photo(1, quality=0.9), photo(2, quality=0.3)])[0] == 1

    def test_takes_one_of_a_burst_until_all_others_had_their_turn(self) -> None:
        burst = [photo(place, quality=0.9, second=place) for place in range(3)]
        others = [photo(place, quality=0.1, second=600 * place) for place in (3, 4)]
        found = places(burst + others)
        assert sorted(found[:3]) == [0, 3, 4]

    def test_takes_none_of_a_burst_first_of_which_one_moves_already(self) -> None:
        burst = [photo(0, quality=0.2, second=0, moves=True), photo(1, quality=0.9, second=1)]
        assert places([*burst, photo(2, quality=0.1)]) == [2, 1]

    def test_does_not_take_photos_without_a_time_for_a_burst(self) -> None:
        found = places([photo(0, quality=0.9), photo(1, quality=0.8), photo(2, quality=0.05)])
        assert found[-1] == 2

    def test_spreads_over_the_film(self) -> None:
        """Of thirty photos that are as good, five lie apart."""
        chosen = sorted(places([photo(place) for place in range(30)])[:5])
        assert min(after - before for before, after in pairwise(chosen)) >= 3
        assert chosen[-1] - chosen[0] >= 20

    def test_keeps_away_from_what_moves_already(self) -> None:
        photos = [photo(place, moves=place == 0) for place in range(10)]
        assert places(photos)[0] >= 5


class TestQuality:
    LOOK = {"faces": 0, "face_share": 0.0, "sharpness": 4.0, "contrast": 40.0, "light": 1.0}  # noqa: RUF012

    def of(self, *, width: int = 4000, height: int = 3000, **look: float) -> float:
        return ranking.quality(look=self.LOOK | look, width=width, height=height)

    def test_is_higher_with_faces_sharpness_light_and_size(self) -> None:
        plain = self.of()
        assert self.of(faces=1, face_share=0.05) > plain
        assert self.of(faces=1, face_share=0.15) > self.of(faces=1, face_share=0.05)
        assert self.of(faces=3, face_share=0.05) > self.of(faces=1, face_share=0.05)
        assert self.of(sharpness=8.0) > plain > self.of(sharpness=1.0)
        assert self.of(contrast=5.0) < plain
        assert self.of(light=0.4) < plain
        assert self.of(width=640, height=480) < plain

    def test_prefers_a_face_to_a_sharper_landscape(self) -> None:
        assert self.of(faces=1, face_share=0.08) > self.of(sharpness=20.0)

    def test_of_what_was_never_measured_goes_by_size(self) -> None:
        small = ranking.quality(look={}, width=640, height=480)
        large = ranking.quality(look={}, width=4000, height=3000)
        assert 0 < small < large < self.of(faces=1, face_share=0.1)

    @given(st.integers(0, 100), st.floats(0, 1), st.floats(0, 1000), st.floats(0, 128), st.floats(0, 1))
    def test_is_a_share(self, faces: int, share: float, sharp: float, contrast: float, light: float) -> None:
        found = self.of(faces=faces, face_share=share, sharpness=sharp, contrast=contrast, light=light)
        assert 0 <= found <= 1 + 1e-9
