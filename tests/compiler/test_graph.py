from __future__ import annotations

from compiler import graph, plan
from compiler.timeline import Item, Transition
from tests.compiler.films import film

END = "format=yuv420p,setsar=1,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709[v]"


class TestWindow:
    def test_blends_two_clips(self) -> None:
        (window,) = plan.plan(
            film(Item("a", 120), Item("b", 120), transition=Transition("slide", 17))
        ).windows
        assert graph.window(window, skipped=(96, 0)) == (
            "[0:v]trim=start_frame=0:end_frame=24,setpts=N/(24*TB),settb=1/24000,fps=24[a];"
            "[1:v]trim=start_frame=0:end_frame=24,setpts=N/(24*TB),settb=1/24000,fps=24[b];"
            "[a][b]xfade=transition=slideleft:duration=0.708333:offset=0.291667," + END
        )

    def test_cuts_one_clip(self) -> None:
        (window,) = plan.plan(film(Item("a", 120, trim_start=101))).windows
        assert graph.window(window, skipped=(96, 96)) == (
            "[0:v]trim=start_frame=5:end_frame=12,setpts=N/(24*TB),settb=1/24000,fps=24," + END
        )

    def test_knows_every_transition(self) -> None:
        kinds = {kind: graph.xfade(kind=kind, frames=12, offset=0, fps=24) for kind in graph.XFADE}
        assert kinds == {
            "fade": "xfade=transition=fade:duration=0.500000:offset=0.000000",
            "dissolve": "xfade=transition=dissolve:duration=0.500000:offset=0.000000",
            "wipe": "xfade=transition=wipeleft:duration=0.500000:offset=0.000000",
            "slide": "xfade=transition=slideleft:duration=0.500000:offset=0.000000",
        }


class TestCard:
    def test_lets_the_words_of_a_short_card_come_up_sooner(self) -> None:
        assert "start_time=0.250000:duration=0.700000" in graph.card(frames=96, fps=24)
        assert "start_time=0.050000:duration=0.125000" in graph.card(frames=12, fps=24)
