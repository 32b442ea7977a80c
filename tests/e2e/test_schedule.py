"""The browser's idea of a film is the compiler's: its modules are asked, in Chromium, about any timeline.

No product runs here: a page of our own imports the modules from their files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser, Page, Route

from compiler import captions, mix, plan, queries
from compiler.mix import RATE
from compiler.plan import Overlay
from compiler.timeline import Item, ItemSound, Music, Timeline, Title, Transition
from echoes.kernel.media_time import TICKS_PER_SECOND
from tests.compiler.films import film, timelines

pytestmark = pytest.mark.e2e
SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"
HERE = "http://preview.test"
MODULES = ("scenes", "heard", "sound")
# Examples are a call into the browser each, which is quick but not nothing.
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def browser_page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.route(f"{HERE}/**", _answer)
    page.goto(f"{HERE}/")
    page.evaluate(
        "async (names) => { for (const name of names) window[name] = await import('echoes/' + name); }",
        list(MODULES),
    )
    yield page
    context.close()


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(f"{HERE}/")
    if name:
        route.fulfill(path=SCRIPTS / name, content_type="text/javascript")
        return
    known = {"imports": {f"echoes/{path.stem}": f"/{path.name}" for path in SCRIPTS.glob("*.js")}}
    route.fulfill(
        content_type="text/html",
        body=f'<script type="importmap">{json.dumps(known)}</script><title>x</title>',
    )


def document(made: Timeline, **more: Any) -> dict[str, Any]:
    """As `queries.preview` gives it, without links."""
    clips = [str(index) for index in range(len(made.items))]
    return made.to_json() | queries.played(plan.plan(made)) | {"clips": clips} | more


class TestScenes:
    @some
    @given(timelines())
    def test_begin_and_overlap_as_they_are_compiled(self, browser_page: Page, made: Timeline) -> None:
        planned = plan.plan(made)
        found = browser_page.evaluate("(film) => scenes.scenes(film)", document(made))
        clips = [scene for scene in found if not scene["card"]]
        assert [scene["start"] for scene in clips] == list(planned.starts)
        joins = [
            *([planned.opening_transition] if planned.opening else []),
            *planned.transitions,
            *([planned.closing_transition] if planned.closing else []),
        ]
        assert [scene["overlap"] for scene in found[1:]] == [join.frames for join in joins]
        for scene, join in zip(found[1:], joins, strict=True):
            assert not join.frames or scene["kind"] == join.kind
        assert found[-1]["start"] + found[-1]["length"] == planned.total_frames

    @some
    @given(timelines())
    def test_say_their_words_as_strongly_as_they_are_drawn(self, browser_page: Page, made: Timeline) -> None:
        told = browser_page.evaluate(
            """(film) => scenes.captions(film).map((words) => ({ ...words,
              strengths: Array.from({ length: Math.max(0, words.end - words.start) },
                (_, at) => scenes.presence(words, words.start + at, film.fps)) }))""",
            document(made),
        )
        for words in told:
            length = max(0, words["end"] - words["start"])
            overlay = Overlay(text="", place="bottom", look="plain", first=0, frames=length)
            drawn = [captions.strength(overlay, frame=at, fps=made.fps) for at in range(length)]
            assert words["strengths"] == pytest.approx(drawn)

    def test_stay_with_their_video_when_a_title_is_put_before_them(self, browser_page: Page) -> None:
        clips = [Item("a", 60), Item("b", 60), Item("c", 60)]
        turns = "(film) => scenes.scenes(film).filter((one) => !one.card).map((one) => one.turn)"
        bare, titled = film(*clips), film(*clips, title=Title(text="A", frames=72))
        assert browser_page.evaluate(turns, document(bare)) == [0, 1, 0]
        assert browser_page.evaluate(turns, document(titled)) == [0, 1, 0]

    def test_keep_the_place_of_who_watches_them_through_an_edit(self, browser_page: Page) -> None:
        clips = [Item("a", 60), Item("b", 60)]
        ways = """([before, after, frame]) => {
          const place = scenes.placed(scenes.scenes(before), frame);
          return scenes.found(scenes.scenes(after), place, 7);
        }"""
        before = document(film(*clips))
        titled = document(film(*clips, title=Title(text="A", frames=72)))
        gone = document(film(clips[0])) | {"clips": ["another"]}
        assert browser_page.evaluate(ways, [before, titled, 70]) == 70 + 60
        assert browser_page.evaluate(ways, [before, gone, 70]) == 7


class TestSounds:
    @some
    @given(timelines())
    def test_are_placed_and_faded_as_they_are_mixed(self, browser_page: Page, made: Timeline) -> None:
        made = replace(made, narration=None)
        frame = RATE // made.fps
        mixed = [
            {
                "source": sound.source,
                "start": sound.at / frame,
                "trim": sound.first / frame,
                "length": sound.length / frame,
                "volume": sound.volume / 100,
                "rise": sound.fade_in / frame,
                "fall": sound.fade_out / frame,
                "url": "",
            }
            for sound in mix.of(made, plan.plan(made)).placed
        ]
        found = browser_page.evaluate("(film) => heard.sounds(film, scenes.scenes(film))", document(made))
        assert found == [_near(sound) for sound in mixed]

    def test_come_up_and_go_down_with_their_pictures(self, browser_page: Page) -> None:
        loud = [Item("a", 60), Item("b", 60, sound=ItemSound("s", volume=50)), Item("c", 60)]
        levels = """([film, frames]) => {
          const [sound] = heard.sounds(film, scenes.scenes(film));
          return frames.map((frame) => heard.loudness(sound, frame));
        }"""
        found = browser_page.evaluate(levels, [document(film(*loud)), [47, 48, 54, 60, 95, 102, 108]])
        assert found == pytest.approx([0, 0, 0.25, 0.5, 0.5, 0.25, 0])


class TestMusic:
    @some
    @given(timelines())
    def test_that_is_alone_fades_as_it_is_mixed(self, browser_page: Page, made: Timeline) -> None:
        quiet = tuple(replace(item, sound=None) for item in made.items)
        made = replace(made, items=quiet, narration=None, music=made.music or Music("m", 9))
        planned = plan.plan(made)
        frames = [planned.total_frames * share / 16 for share in range(17)]
        found = browser_page.evaluate(
            "([film, frames]) => frames.map((frame) => heard.gain(film, [], frame))", [document(made), frames]
        )
        assert found == pytest.approx([_gain(made, planned, frame) for frame in frames], abs=1e-6)

    @some
    @given(timelines())
    def test_starts_over_where_it_ends(self, browser_page: Page, made: Timeline) -> None:
        music = made.music or Music("m", 9)
        made = replace(made, music=music)
        frames = list(range(0, plan.plan(made).total_frames, 17))
        found = browser_page.evaluate(
            "([film, frames]) => frames.map((frame) => heard.musicTime(film, frame))",
            [document(made), frames],
        )
        for frame, seconds in zip(frames, found, strict=True):
            at = Fraction(frame, made.fps) * TICKS_PER_SECOND + music.offset % music.duration
            if not music.loop and at >= music.duration:
                assert seconds is None
            else:
                off = abs(float(at % music.duration) / TICKS_PER_SECOND - seconds)
                assert min(off, abs(off - music.duration / TICKS_PER_SECOND)) < 1e-6

    def test_is_as_loud_as_a_film_gets_from_the_middle_of_the_slider_on(self, browser_page: Page) -> None:
        def gain(volume: int) -> float:
            made = film(Item("a", 240), music=Music("m", 10**6, volume=volume))
            told = document(made, music_loudness=-8.0)
            return float(browser_page.evaluate("(film) => heard.gain(film, [], 24)", told))

        assert gain(50) == gain(100) == pytest.approx(10 ** (-6 / 20))
        assert gain(25) == pytest.approx(gain(50) / 2)
        assert gain(0) == 0

    def test_gives_way_to_a_clip_and_comes_back_within_a_second(self, browser_page: Page) -> None:
        cut = Transition("none", 0)
        clips = [Item("a", 240), Item("b", 240, sound=ItemSound("s")), Item("c", 240)]
        made = film(*clips, transition=cut, music=Music("m", 10**7, volume=80))
        found = browser_page.evaluate(
            """([film, frames]) => frames.map((frame) =>
              heard.gain(film, heard.sounds(film, scenes.scenes(film)), frame))""",
            [document(made), [100, 300, 486, 504]],
        )
        assert found[0] == found[3] == pytest.approx(0.8)
        assert 20 * math.log10(found[1] / found[0]) == pytest.approx(-11.65, abs=0.01)
        assert found[1] < found[2] < found[3]

    def test_marks_its_beats_on_the_film_as_often_as_it_starts_over(self, browser_page: Page) -> None:
        second = TICKS_PER_SECOND
        beats = [0, second // 2, second]
        music = Music("m", 2 * second, offset=second // 2)
        once = replace(music, loop=False)
        for chosen, marks in ((music, [0, 12, 36, 48, 60, 84, 96, 108]), (once, [0, 12])):
            told = document(film(Item("a", 120), music=chosen), beats=beats)
            assert browser_page.evaluate("(film) => heard.beats(film)", told) == marks

    def test_has_no_more_marks_than_there_is_room_for(self, browser_page: Page) -> None:
        thinned = "([all, most]) => heard.thinned(all, most)"
        assert browser_page.evaluate(thinned, [list(range(10)), 10]) == list(range(10))
        assert browser_page.evaluate(thinned, [list(range(10)), 3]) == [0, 4, 8]
        assert browser_page.evaluate(thinned, [list(range(10)), 0]) == [0]


class TestFader:
    def test_goes_through_web_audio_where_a_browser_does_not_heed_volume(self, browser_page: Page) -> None:
        """As iPhones do."""
        found = browser_page.evaluate(
            """async () => {
              const deaf = new Audio();
              Object.defineProperty(deaf, "volume", { get: () => 1, set: () => {} });
              const made = [];
              const Gain = window.GainNode;
              window.GainNode = function (context) {
                made.push(new Gain(context));
                return made[0];
              };
              const fader = new sound.Fader(deaf);
              fader.source("s", "/heard.js");
              fader.unlock();
              fader.follow(0, 0.25, { playing: false, exact: false });
              const heeding = new sound.Fader(new Audio());
              heeding.source("s", "/heard.js");
              heeding.unlock();
              heeding.follow(0, 0.5, { playing: false, exact: false });
              window.GainNode = Gain;
              return [made.map((node) => node.gain.value), heeding.audio.volume];
            }"""
        )
        assert found == [[0.25], 0.5]


def _gain(made: Timeline, planned: plan.Plan, frame: float) -> float:
    """Of music alone, as compiler/mix.py and compiler/audio.py say it: both fades are quarters of a sine."""
    music = made.music
    assert music
    film_ticks = planned.total_frames / made.fps * TICKS_PER_SECOND
    end = film_ticks if music.loop else min(film_ticks, music.duration - music.offset % music.duration)
    at = frame / made.fps * TICKS_PER_SECOND
    level = min(1.0, music.volume / mix.FULL_VOLUME)
    return level * _quarter(at, min(music.fade_in, end)) * _quarter(end - at, min(music.fade_out, end))


def _quarter(way: float, length: float) -> float:
    if not length:
        return 0.0 if way < 0 else 1.0
    return math.sin(math.pi / 2 * min(1.0, max(0.0, way / length)))


def _near(sound: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value) if isinstance(value, float) else value for name, value in sound.items()
    }
