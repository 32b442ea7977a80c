from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clips import bursts
from clips.bursts import Shot
from providers.local import likeness

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SEEN = 0xFFFF_0000_FFFF_0000


def shot(
    place: int,
    *,
    away: int = 0,
    quality: float = 0.5,
    second: int | None = None,
    approved: bool = False,
    seen: int = SEEN,
) -> Shot:
    """`away` is in how many bits it differs."""
    taken = None if second is None else NOON + timedelta(seconds=second)
    flipped = seen ^ ((1 << away) - 1) if seen else 0
    return Shot(uuid.UUID(int=place + 1), flipped, quality, taken, approved)


def groups(*shots: Shot) -> list[list[int]]:
    return [[each.int - 1 for each in fold.ids] for fold in bursts.folds(shots)]


@st.composite
def films(draw: st.DrawFn) -> list[Shot]:
    facts = st.tuples(st.integers(0, 20), st.floats(0, 1), st.none() | st.integers(0, 20), st.booleans())
    return [
        shot(place, away=away, quality=quality, second=second, approved=approved)
        for place, (away, quality, second, approved) in enumerate(draw(st.lists(facts, max_size=20)))
    ]


def test_knows_what_alike_means_as_the_fingerprints_do() -> None:
    assert bursts.ALIKE == likeness.ALIKE


class TestFolds:
    def test_take_what_is_alike_and_beside_each_other(self) -> None:
        assert groups(shot(0), shot(1, away=10), shot(2, away=40), shot(3, away=40)) == [[0, 1], [2, 3]]

    def test_are_kept_apart_by_what_lies_between(self) -> None:
        assert groups(shot(0), shot(1, away=40), shot(2)) == []

    def test_take_less_likeness_from_one_moment(self) -> None:
        assert groups(shot(0), shot(1, away=14)) == []
        assert groups(shot(0, second=0), shot(1, away=14, second=3)) == [[0, 1]]
        assert groups(shot(0, second=0), shot(1, away=14, second=60)) == []

    def test_end_where_a_slow_pan_has_left_its_beginning(self) -> None:
        assert groups(shot(0), shot(1, away=8), shot(2, away=16)) == [[0, 1]]

    def test_know_nothing_of_photos_that_show_nothing(self) -> None:
        assert groups(shot(0, seen=0), shot(1, seen=0)) == []

    def test_have_the_best_on_top(self) -> None:
        (fold,) = bursts.folds([shot(0, quality=0.2), shot(1, quality=0.9), shot(2, quality=0.3)])
        assert fold.top.int == 2
        assert {each.int for each in fold.under} == {1, 3}

    def test_hide_nothing_that_is_in_the_film(self) -> None:
        (fold,) = bursts.folds([shot(0, approved=True), shot(1, quality=0.9), shot(2, approved=True)])
        assert fold.top.int == 1
        assert {each.int for each in fold.under} == {2}

    @given(films())
    def test_hide_each_at_most_once_and_never_all(self, shots: list[Shot]) -> None:
        folds = bursts.folds(shots)
        every = [each for fold in folds for each in fold.ids]
        assert len(every) == len(set(every))
        places = [each.id for each in shots]
        for fold in folds:
            start = places.index(fold.ids[0])
            assert tuple(places[start : start + len(fold.ids)]) == fold.ids
            assert fold.top in fold.ids
            assert fold.top not in fold.under
            assert not any(each.approved for each in shots if each.id in fold.under)
