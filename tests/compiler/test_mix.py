from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given

from compiler import mix, plan, recipes
from compiler.mix import Mix, Placed
from compiler.timeline import Item, ItemSound, Music, Narration, Timeline, Title, Transition
from tests.compiler.films import film, timelines

SECOND = 24_000
FRAME = mix.RATE // 24


def of(made: Timeline) -> Mix:
    return mix.of(made, plan.plan(made))


class TestOf:
    @given(timelines())
    def test_places_every_sound_inside_the_film_and_its_file(self, made: Timeline) -> None:
        found = of(made)
        assert found.samples * made.fps == found.frames * mix.RATE
        for sound in found.placed:
            assert sound.first >= 0
            assert sound.at >= 0
            assert sound.at + sound.length <= found.samples
            assert sound.fade_in > 0
            assert sound.fade_in + sound.fade_out <= sound.length
            assert 0 < sound.volume <= 100

    @given(timelines())
    def test_survives_the_row_of_a_job(self, made: Timeline) -> None:
        found = of(made)
        (recipe,) = [one for one in recipes.of(made, plan.plan(made)) if one.what == recipes.SOUND]
        spec = json.loads(json.dumps(dict(recipe.spec)))
        again = mix.from_json(spec, frames=recipe.frames)
        assert again == found
        assert again.digest == recipe.digest

    @given(timelines())
    def test_needs_what_is_heard(self, made: Timeline) -> None:
        found = of(made)
        assert set(found.needs) == {
            *([made.music.source] if made.music else []),
            *(sound.source for sound in found.placed),
        }

    @given(timelines())
    def test_follows_the_pictures(self, made: Timeline) -> None:
        """A clip's sound begins with its first picture and lasts as long."""
        planned = plan.plan(made)
        frame = mix.RATE // made.fps
        own = [item for item in made.items if item.sound and item.sound.volume]
        placed = mix.of(made, planned).placed[: len(own)]
        starts = [
            start * frame
            for start, item in zip(planned.starts, made.items, strict=True)
            if item.sound and item.sound.volume
        ]
        assert [sound.at for sound in placed] == starts
        assert [sound.length for sound in placed] == [item.length * frame for item in own]

    def test_crosses_clips_sounds_over_as_long_as_their_pictures(self) -> None:
        items = (Item("a", 60, trim_start=6, sound=ItemSound("s")), Item("b", 60, sound=ItemSound("t", 40)))
        one, other = of(film(*items)).placed
        assert one == Placed("s", 0, 6 * FRAME, 54 * FRAME, 100, mix.SOFT_EDGE, 12 * FRAME)
        assert other == Placed("t", 42 * FRAME, 0, 60 * FRAME, 40, 12 * FRAME, mix.SOFT_EDGE)

    def test_takes_a_click_away_at_a_cut(self) -> None:
        items = [Item("a", 60, sound=ItemSound("s")), Item("b", 60, sound=ItemSound("t"))]
        placed = of(film(*items, transition=Transition("none", 0))).placed
        assert {(sound.fade_in, sound.fade_out) for sound in placed} == {(mix.SOFT_EDGE, mix.SOFT_EDGE)}

    def test_begins_after_the_title(self) -> None:
        made = film(Item("a", 60, sound=ItemSound("s")), title=Title(text="A", frames=48))
        (sound,) = of(made).placed
        assert (sound.at, sound.fade_in) == (36 * FRAME, 12 * FRAME)

    def test_cuts_a_voice_at_the_end_of_the_film(self) -> None:
        made = film(Item("a", 60), narration=Narration("n", duration=9 * SECOND, start=SECOND))
        (voice,) = of(made).placed
        assert (voice.at, voice.length) == (mix.RATE, 36 * FRAME)

    def test_leaves_out_what_is_not_heard(self) -> None:
        late = Narration("n", duration=SECOND, start=99 * SECOND)
        made = film(Item("a", 60, sound=ItemSound("s", volume=0)), narration=late)
        assert of(made) == Mix(None, (), frames=60, fps=24)


class TestTarget:
    def target(self, volume: int, *placed: Placed) -> float | None:
        return Mix(Music("m", 9, volume=volume), placed, frames=24, fps=24).target

    def test_is_reached_in_the_middle_of_the_slider_and_kept_above(self) -> None:
        assert {self.target(volume) for volume in range(50, 101)} == {-14}

    def test_falls_below_it_as_the_amplitude_does(self) -> None:
        found = [self.target(volume) for volume in range(1, 51)]
        assert all(below < above for below, above in pairwise(found) if below and above)
        assert self.target(25) == pytest.approx(-20.02, abs=0.01)

    def test_is_silence_at_nought_and_without_music(self) -> None:
        assert self.target(0) is None
        assert Mix(None, (), frames=24, fps=24).target is None

    def test_of_a_film_with_voices_is_the_whole_s(self) -> None:
        voice = Placed("v", 0, 0, 48_000, 100, 480, 480)
        assert {self.target(volume, voice) for volume in (0, 10, 100)} == {-14}


class TestDigest:
    def test_depends_on_the_music_the_sounds_and_the_length(self) -> None:
        music = Music("m", 4 * SECOND)
        digests = {
            Mix(music, (), frames=24, fps=24).digest,
            Mix(music, (), frames=25, fps=24).digest,
            Mix(music, (), frames=24, fps=25).digest,
            Mix(None, (), frames=24, fps=24).digest,
            Mix(Music("m", 4 * SECOND, volume=51), (), frames=24, fps=24).digest,
            Mix(music, (Placed("v", 0, 0, 48_000, 100, 480, 480),), frames=24, fps=24).digest,
        }
        assert len(digests) == 6
