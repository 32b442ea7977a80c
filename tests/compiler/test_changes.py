from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import translation
from hypothesis import given

from compiler import changes
from compiler.timeline import Caption, Filmed, Focus, Item, Music, Timeline, Title, Transition
from tests.compiler.films import film, timelines

NAMES = {"m1": "Morning Kites", "m2": "Slow River"}


def filmed(photo: str, *, take: str = "1", **fields: object) -> Item:
    made = Filmed(photo=photo, model="local", prompt="", seed=1, seconds=2)
    return Item(source=f"{photo}-{take}", frames=48, filmed=made, **fields)  # type: ignore[arg-type]


A, B, C, D = (filmed(photo) for photo in "abcd")
BEFORE = film(A, B, C, music=Music(source="m1", duration=9), title=Title(text="Summer", frames=72))


def told(after: Timeline, before: Timeline = BEFORE) -> list[str]:
    return changes.between(before, after, names=NAMES)


def of_clips(*items: Item) -> list[str]:
    return told(replace(BEFORE, items=film(*items).items))


class TestClips:
    @pytest.mark.parametrize(
        ("items", "said"),
        [
            ((A, B, C, D), "1 clip added"),
            ((D, A, B, C, filmed("e")), "2 clips added"),
            ((A, C), "1 clip removed"),
            ((C, A, B), "1 clip moved"),
            ((C, B, A), "2 clips moved"),
            ((C, A, D), "1 clip added, 1 removed, 1 moved"),
            ((A, filmed("b", take="2"), C), "1 clip with another take"),
            ((replace(A, trim_start=6), replace(B, trim_end=2), C), "2 clips trimmed"),
            ((A, B, replace(C, focus=(Focus("16:9", 1, 2),))), "1 clip framed anew"),
            ((A, B, replace(C, focus=(Focus("9:16", 1, 2),))), "1 clip framed anew in other shapes"),
            ((A, replace(B, transition=Transition("zoom", 6)), C), "1 way from a clip to the next changed"),
        ],
    )
    def test_are_counted(self, items: tuple[Item, ...], said: str) -> None:
        assert of_clips(*items) == [said]

    def test_are_counted_in_other_languages(self) -> None:
        with translation.override("es"):
            assert of_clips(C, A, D) == ["1 clip añadido, 1 quitado, 1 movido"]
            assert of_clips(C, B, A) == ["2 clips movidos"]
        with translation.override("de"):
            assert of_clips(A, filmed("b", take="2"), C) == ["1 Clip mit anderem Take"]

    def test_of_one_photo_twice_are_two(self) -> None:
        assert told(film(A, A, B), film(A, B)) == ["1 clip added"]

    def test_without_a_photo_are_known_by_their_file(self) -> None:
        one, other = Item(source="one", frames=48), Item(source="other", frames=48)
        assert told(film(A, other), film(A, one)) == ["1 clip added, 1 removed"]


class TestWords:
    @pytest.mark.parametrize(
        ("title", "said"),
        [
            (Title(text="Us", frames=72), ["Title changed to “Us”"]),
            (Title(text="Summer", subtitle="2026", frames=72), ["The line below the title changed"]),
            (None, ["Title “Summer” removed"]),
        ],
    )
    def test_of_the_title(self, title: Title | None, said: list[str]) -> None:
        assert told(replace(BEFORE, title=title)) == said

    def test_at_the_end(self) -> None:
        assert told(replace(BEFORE, end=Title(text="Bye", frames=72))) == ["Closing words “Bye” added"]

    def test_over_a_clip_that_stays(self) -> None:
        said = Caption(item=1, text="At the lake", frames=24)
        assert told(replace(BEFORE, captions=(said,))) == ["Words on 1 clip changed"]

    def test_over_a_clip_that_moves_move_with_it(self) -> None:
        before = film(A, B, C, captions=(Caption(item=2, text="Hello", frames=24),))
        after = film(C, A, B, captions=(Caption(item=0, text="Hello", frames=24),))
        assert told(after, before) == ["1 clip moved"]


class TestSound:
    @pytest.mark.parametrize(
        ("music", "said"),
        [
            (Music(source="m2", duration=9), "Music changed to “Slow River”"),
            (Music(source="lost", duration=9), "Music changed"),
            (Music(source="m1", duration=9, volume=70), "Music louder: 70 instead of 50"),
            (Music(source="m1", duration=9, volume=20), "Music softer: 20 instead of 50"),
            (Music(source="m1", duration=9, offset=3), "Music begins or ends otherwise"),
            (None, "Music taken out"),
        ],
    )
    def test_is_named(self, music: Music | None, said: str) -> None:
        assert told(replace(BEFORE, music=music)) == [said]

    def test_where_there_was_none(self) -> None:
        assert told(BEFORE, replace(BEFORE, music=None)) == ["Music added: “Morning Kites”"]


class TestTransitions:
    def test_are_named(self) -> None:
        after = replace(BEFORE, transition=Transition("dissolve", 12))
        assert told(after) == ["Transition changed to Dissolve"]

    def test_are_measured(self) -> None:
        assert told(replace(BEFORE, transition=Transition("fade", 24))) == ["Transitions take 1 s"]


def test_size_is_named() -> None:
    assert told(replace(BEFORE, quality="high")) == ["Size changed to High 1080p"]


def test_several_things_are_told_with_the_clips_first() -> None:
    after = replace(
        film(A, B, music=Music(source="m2", duration=9)), transition=Transition("wipe", 12), title=None
    )
    assert told(after) == [
        "1 clip removed",
        "Title “Summer” removed",
        "Music changed to “Slow River”",
        "Transition changed to Wipe",
    ]


@given(timelines(), timelines())
def test_nothing_is_told_of_equal_films_and_something_of_others(one: Timeline, other: Timeline) -> None:
    assert changes.between(one, one) == []
    said = changes.between(one, other)
    assert bool(said) == (one != other)
    assert len(set(said)) == len(said)
