from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from compiler import backdrop, card, title
from compiler.timeline import Item, Title
from echoes.kernel import errors, shapes
from echoes.kernel.ffmpeg import mezzanine
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

    @pytest.mark.parametrize("aspect", list(shapes.LABELS))
    @pytest.mark.parametrize("quality", ["draft", "standard"])
    def test_has_the_film_s_shape_and_size(
        self, clips: dict[str, Path], tmp_path: Path, aspect: str, quality: str
    ) -> None:
        made = replace(card_of("A summer by the sea", frames=4), aspect=aspect, quality=quality)
        title.render(card=made, behind=clips["bars"], out=tmp_path / "card.mp4")
        size = shapes.size(aspect, quality)
        mezzanine.check(path=tmp_path / "card.mp4", frames=4, fps=24, size=size)

    def test_has_the_same_bytes_each_time(self, clips: dict[str, Path], tmp_path: Path) -> None:
        for name in ("1.mp4", "2.mp4"):
            title.render(card=card_of("A 🎉", frames=12), behind=clips["bars"], out=tmp_path / name)
        assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()

    def test_refuses_a_clip_that_is_none(self, clips: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(mezzanine.SourceNotMezzanine):
            title.render(card=card_of("A"), behind=clips["music"], out=tmp_path / "c.mp4")
        assert list(tmp_path.iterdir()) == []


class TestStrength:
    def test_lets_the_words_of_a_short_card_come_up_sooner(self) -> None:
        long, short = card_of("A", frames=96), card_of("A", frames=12)
        assert [title.strength(long, frame=at) for at in (0, 6, 23, 95)] == [0, 0, 1, 1]
        assert [title.strength(short, frame=at) for at in (0, 1, 5, 11)] == [0, 0, 1, 1]
        assert 0 < title.strength(short, frame=2) < title.strength(short, frame=3) < 1


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


class TestFace:
    def test_is_of_the_digest(self) -> None:
        made = card_of("Summer")
        assert replace(made, face="poster").digest != made.digest


class TestBackdrop:
    def test_is_dark_enough_for_light_words_even_behind_a_white_picture(self) -> None:
        white = np.full((90, 160, 3), 255, np.uint8)
        picture = backdrop.draw(picture=white, size=Size(320, 180))
        assert picture.shape == (180, 320, 3)
        assert picture.mean(axis=2).max() < 120

    def test_takes_the_frame_that_is_asked_for(self, clips: dict[str, Path]) -> None:
        with av.open(str(clips["bars"])) as container:
            frames = list(container.decode(video=0))
        for index in (0, 11, 12, 30, 59):
            rgb = frames[index].reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
            found = backdrop.frame(path=clips["bars"], index=index, fps=24)
            assert np.array_equal(found, rgb.to_ndarray())
            assert found.shape == (SMALL.height, SMALL.width, 3)

    def test_refuses_a_frame_that_is_not_there(self, clips: dict[str, Path]) -> None:
        with pytest.raises(mezzanine.SourceNotMezzanine, match="Frame 60"):
            backdrop.frame(path=clips["bars"], index=60, fps=24)
