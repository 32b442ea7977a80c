from __future__ import annotations

import json

import pytest
from hypothesis import given

from compiler import timeline
from compiler.timeline import Item, Music, Timeline, TimelineInvalid, Title, Transition
from echoes.kernel import shapes
from echoes.kernel.ffmpeg import encoding
from tests.compiler.films import film, timelines

OLD = [{"source": "a", "frames": 60}]


class TestTimeline:
    @given(timelines())
    def test_survives_json(self, made: Timeline) -> None:
        again = Timeline.from_json(json.loads(json.dumps(made.to_json())))
        assert again == made
        assert again.digest() == made.digest()

    def test_ignores_what_a_preview_adds(self) -> None:
        made = film(Item("a", 60))
        assert Timeline.from_json({**made.to_json(), "urls": {}, "starts": [0]}) == made

    def test_opens_a_document_of_the_first_version(self) -> None:
        form = encoding.form(size=shapes.size("16:9"), fps=24, version="h264-1")
        made = film(Item("a", 60, form=form), music=Music("m", 9))
        document = made.to_json()
        for name in ("narration", "captions", "end", "quality"):
            del document[name]
        document["items"] = [
            {"source": "a", "frames": 60, "trim_start": 0, "trim_end": 0, "transition": None}
        ]
        document["music"] = {"source": "m", "duration": 9, "offset": 0, "volume": 50, "fade_out": 0}
        assert Timeline.from_json({**document, "version": 1}) == made

    def test_knows_how_clips_of_an_old_document_were_encoded(self) -> None:
        """They cannot be joined with later ones, and have to be cut anew."""
        (item,) = Timeline.from_json({**film(Item("a", 60)).to_json(), "version": 2, "items": OLD}).items
        size = shapes.size("16:9")
        assert item.form == encoding.form(size=size, fps=24, version="h264-1")

    def test_is_the_same_film_in_anwrong_shape(self) -> None:
        made = film(Item("a", 60))
        tall = made.in_shape("9:16", "high")
        assert (tall.size, tall.items) == (shapes.Size(1080, 1920), made.items)
        assert tall.in_shape("16:9") == made

    def test_has_another_digest_when_anything_changes(self) -> None:
        made = film(Item("a", 60), Item("b", 60))
        others = (
            film(Item("b", 60), Item("a", 60)),
            film(Item("a", 60), Item("b", 60), fps=25),
            film(Item("a", 60), Item("b", 60), title=Title(text="A", frames=24)),
            film(Item("a", 60, trim_end=1), Item("b", 60)),
        )
        assert len({made.digest(), *(other.digest() for other in others)}) == 5

    @pytest.mark.parametrize(
        "change",
        [
            {"version": 5},
            {"quality": "best"},
            {"quality": ["high"]},
            {"captions": [{"item": 1, "text": "A", "frames": 9}]},
            {"captions": [{"item": 0, "text": "A", "frames": 9, "place": "left"}]},
            {"captions": [{"item": 0, "text": "A", "frames": 9, "look": ""}]},
            {"captions": [{"item": 0, "text": 7, "frames": 9}]},
            {"captions": 3},
            {"end": {"text": "A", "frames": 1}},
            {"items": [{"source": "a", "frames": 24, "fit": "stretch"}]},
            {"items": [{"source": "a", "frames": 24, "focus": [{"aspect": "1:1", "x": 0, "y": 1001}]}]},
            {"items": [{"source": "a", "frames": 24, "filmed": {"photo": ""}}]},
            {"music": {"source": "m", "duration": 9, "loop": 1}},
            {"version": 0},
            {"version": True},
            {"items": [{"source": "a", "frames": 24, "sound": {"source": ""}}]},
            {"items": [{"source": "a", "frames": 24, "sound": {"source": "s", "volume": 101}}]},
            {"narration": {"source": "n", "duration": 0}},
            {"narration": {"source": "n", "duration": 9, "start": -1}},
            {"aspect": "4:3"},
            {"fps": 23},
            {"fps": "24"},
            {"items": []},
            {"items": [{"source": "a"}]},
            {"items": [{"source": "a", "frames": 24.0}]},
            {"items": [{"source": "a", "frames": 24, "trim_start": 23}]},
            {"items": [{"source": "", "frames": 24}]},
            {"items": [{"source": "a", "frames": 24, "surprise": 1}]},
            {"items": "a"},
            {"items": None},
            {"transition": {"kind": "spin", "frames": 3}},
            {"transition": {"kind": ["fade"], "frames": 3}},
            {"transition": {"kind": "fade", "frames": -1}},
            {"transition": None},
            {"music": {"source": "m", "duration": 0}},
            {"music": {"source": "m", "duration": 9, "volume": 101}},
            {"music": {"source": "m", "duration": 9, "volume": True}},
            {"title": {"text": "A", "frames": 1}},
            {"title": {"text": None, "frames": 24}},
            {"title": {"text": "half a character: \ud800", "frames": 24}},
        ],
    )
    def test_refuses_what_no_film_can_have(self, change: dict[str, object]) -> None:
        document = {**film(Item("a", 60)).to_json(), **change}
        with pytest.raises(TimelineInvalid):
            Timeline.from_json(document)

    def test_refuses_a_document_that_is_not_one(self) -> None:
        with pytest.raises(TimelineInvalid):
            Timeline.from_json({})

    def test_reads_volume_as_a_linear_gain(self) -> None:
        assert float(Music("m", 9, volume=50).gain) == 0.5


class TestEffectiveTransition:
    def test_is_the_film_s_where_the_clip_has_none(self) -> None:
        own = Transition("wipe", 6)
        made = film(Item("a", 60, transition=own), Item("b", 60), Item("c", 60))
        assert timeline.effective_transition(made, 0) == own
        assert timeline.effective_transition(made, 1) == made.transition

    def test_takes_at_most_half_of_either_clip(self) -> None:
        made = film(Item("a", 60), Item("b", 30, trim_end=13), transition=Transition("fade", 48))
        assert timeline.effective_transition(made, 0) == Transition("fade", 8)

    def test_is_a_cut_when_less_than_two_frames_are_left(self) -> None:
        made = film(Item("a", 60), Item("b", 3))
        assert timeline.effective_transition(made, 0) == timeline.CUT

    def test_forgets_the_length_of_a_cut(self) -> None:
        made = film(Item("a", 60), Item("b", 60), transition=Transition("none", 12))
        assert timeline.effective_transition(made, 0) == timeline.CUT

    def test_leads_from_the_title_by_the_film_s(self) -> None:
        made = film(Item("a", 60, transition=timeline.CUT), title=Title(text="A", frames=20))
        assert timeline.effective_transition(made, -1) == Transition("fade", 10)

    def test_leads_to_the_end_card_by_the_last_clip_s_own(self) -> None:
        own = Transition("blur", 6)
        made = film(Item("a", 60, transition=own), end=Title(text="The end", frames=20))
        assert timeline.effective_transition(made, 0) == own

    def test_needs_something_that_follows(self) -> None:
        made = film(Item("a", 60))
        for index in (0, -1):
            with pytest.raises(IndexError):
                timeline.effective_transition(made, index)
