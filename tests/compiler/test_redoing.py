from __future__ import annotations

from dataclasses import replace

from compiler import plan, recipes, redoing
from compiler.timeline import Item, Music, Timeline, Title
from tests.compiler.films import film

CLIPS = tuple(Item(source=name, frames=120) for name in "abcdefgh")
MADE = film(*CLIPS, music=Music(source="m", duration=24_000))


def pieces(*made: Timeline) -> set[str]:
    return {recipe.digest for recipe in redoing.wanted(made)}


def after(*timelines: Timeline) -> redoing.Redoing:
    """What these take, where `MADE` has been made."""
    return redoing.of(timelines, there=pieces(MADE))


class TestOf:
    def test_everything_is_all_clips_and_the_sound(self) -> None:
        found = redoing.of([MADE], there=set())
        assert (found.anew, found.clips, found.sound, found.films) == (8, 8, True, 1)
        assert found.words == f"8 of 8 clips anew, about {found.seconds} s"

    def test_what_is_there_is_only_joined(self) -> None:
        found = after(MADE)
        assert (found.anew, found.sound) == (0, False)
        assert found.words.startswith("Only joined anew, about ")

    def test_another_track_is_only_the_sound(self) -> None:
        found = after(replace(MADE, music=Music(source="other", duration=24_000)))
        assert (found.anew, found.sound) == (0, True)
        assert found.words.startswith("Only the sound anew, about ")

    def test_two_that_changed_places_touch_their_neighbours(self) -> None:
        a, b, c, d, *rest = film(*CLIPS).items
        found = after(replace(MADE, items=(a, c, b, d, *rest)))
        assert found.anew == 4

    def test_a_title_touches_the_first_clip(self) -> None:
        assert after(replace(MADE, title=Title(text="Us", frames=72))).anew == 1

    def test_takes_longer_the_more_is_missing_and_the_larger_it_is(self) -> None:
        swapped = replace(MADE, items=(MADE.items[1], MADE.items[0], *MADE.items[2:]))
        seconds = [after(each).seconds for each in (MADE, swapped, MADE.in_shape("16:9", "ultra"))]
        assert seconds == sorted(set(seconds))

    def test_counts_a_piece_that_two_shapes_share_once(self) -> None:
        upright = MADE.in_shape("9:16")
        one, two = redoing.of([MADE], there=set()), redoing.of([MADE, upright], there=set())
        assert (two.anew, two.clips, two.films) == (8, 8, 2)
        shared = {each.digest for each in recipes.of(MADE, plan.plan(MADE))} & pieces(upright)
        assert len(shared) == 1  # the sound
        assert one.seconds < two.seconds
        assert " in 2 shapes, " in two.words


def test_minutes_are_rounded_up() -> None:
    assert [redoing.about(seconds) for seconds in (7, 59, 60, 61)] == [
        "about 7 s",
        "about 59 s",
        "about 1 min",
        "about 2 min",
    ]
