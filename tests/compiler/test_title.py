from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from compiler import backdrop, card, mezzanine, title
from compiler.timeline import Item, Title
from echoes.kernel import errors
from echoes.kernel.shapes import Size
from tests.compiler.conftest import SMALL
from tests.compiler.films import film


def card_of(text: str, *, frames: int = 48) -> card.Card:
    made = card.opening(film(Item("bars", 60), title=Title(text=text, frames=frames)))
    assert made is not None
    return made


class TestRender:
    def test_makes_a_mezzanine(self, clips: dict[str, Path], tmp_path: Path) -> None:
        out = tmp_path / "card.mp4"
        told: list[float] = []
        title.render(card=card_of("A summer"), behind=clips["bars"], out=out, on_progress=told.append)
        mezzanine.check(path=out, frames=48, fps=24, size=SMALL)
        assert told[-1] == 1.0

    def test_lets_the_words_come_up_and_stay(self, clips: dict[str, Path], tmp_path: Path) -> None:
        out = tmp_path / "card.mp4"
        title.render(card=card_of("MMMM"), behind=clips["bars"], out=out)
        with av.open(str(out)) as container:
            peaks = [int(frame.to_ndarray()[: SMALL.height].max()) for frame in container.decode(video=0)]
        assert peaks[0] < 150
        assert min(peaks[30:]) > 220

    def test_takes_hostile_words(self, clips: dict[str, Path], tmp_path: Path) -> None:
        out = tmp_path / "card.mp4"
        title.render(card=card_of("';[v]%{pts}\\:" * 300, frames=4), behind=clips["bars"], out=out)
        mezzanine.check(path=out, frames=4, fps=24, size=SMALL)

    def test_leaves_nothing_behind_when_it_is_cancelled(self, clips: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(errors.Cancelled):
            title.render(
                card=card_of("A"), behind=clips["bars"], out=tmp_path / "c.mp4", cancelled=lambda: True
            )
        assert list(tmp_path.iterdir()) == []


class TestDigest:
    def test_depends_on_the_words_and_on_what_is_behind_them(self) -> None:
        plain = film(Item("bars", 60), title=Title(text="A", frames=24))
        others = (
            film(Item("bars", 60), title=Title(text="B", frames=24)),
            film(Item("noise", 60), title=Title(text="A", frames=24)),
            film(Item("bars", 60, trim_start=3), title=Title(text="A", frames=24)),
        )
        digests = {made.digest for made in map(card.opening, (plain, *others)) if made}
        assert len(digests) == 4


class TestBackdrop:
    def test_is_dark_enough_for_light_words_even_behind_a_white_picture(self, tmp_path: Path) -> None:
        out = tmp_path / "back.png"
        backdrop.draw(picture=np.full((90, 160, 3), 255, np.uint8), size=Size(320, 180), out=out)
        with av.open(str(out)) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert picture.shape == (180, 320, 3)
        assert picture.mean(axis=2).max() < 120

    def test_takes_the_frame_that_is_asked_for(self, clips: dict[str, Path]) -> None:
        first = backdrop.frame(path=clips["bars"], index=0)
        assert not np.array_equal(first, backdrop.frame(path=clips["bars"], index=30))
        assert first.shape == (SMALL.height, SMALL.width, 3)
