from __future__ import annotations

from pathlib import Path

import av
import pytest

from compiler import plan, surroundings, verify
from compiler.models import Film
from compiler.timeline import Item, Title
from echoes.kernel.ffmpeg import glimpses, sprite
from tests.compiler.films import compiled, film
from tests.compiler.surrounded import BLACK, drawn

ALL = {"poster", "sprite", "moving"}


class TestMake:
    def test_draws_all_of_a_film_that_echoes_made(self, clips: dict[str, Path], tmp_path: Path) -> None:
        made = film(Item("bars", 60), Item("fractal", 60), title=Title(text="Our summer", frames=96))
        path = compiled(made, sources=clips, out=tmp_path / "film.mp4", workdir=tmp_path / "work")
        found = surroundings.make(film=path, folder=tmp_path)
        assert set(found) == ALL
        assert all(picture.stat().st_size for picture in found.values())

    def test_names_columns_of_films(self) -> None:
        assert {field.name for field in Film._meta.concrete_fields} >= ALL

    def test_draws_a_black_film(self, tmp_path: Path) -> None:
        path = drawn(tmp_path / "film.mp4", BLACK, frames=24)
        assert set(surroundings.make(film=path, folder=tmp_path)) == ALL

    def test_leaves_out_what_cannot_be_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(**_: object) -> None:
            raise glimpses.NoPicture("too dark")

        path = drawn(tmp_path / "film.mp4", BLACK, frames=24)
        monkeypatch.setattr(sprite, "make", fail)
        assert set(surroundings.make(film=path, folder=tmp_path)) == {"poster", "moving"}
        assert "no sprite of film.mp4: too dark" in caplog.text

    def test_takes_key_frames_that_were_decoded_before(self, clips: dict[str, Path], tmp_path: Path) -> None:
        made = film(Item("bars", 60), Item("fractal", 60))
        path = compiled(made, sources=clips, out=tmp_path / "film.mp4", workdir=tmp_path / "work")
        stills = verify.check(path=path, plan=plan.plan(made)).stills
        with glimpses.opened(path) as found:
            assert sorted(stills) == list(found.keys)
        anew = surroundings.make(film=path, folder=tmp_path)["sprite"].read_bytes()
        assert surroundings.make(film=path, folder=tmp_path, stills=stills)["sprite"].read_bytes() == anew

    def test_of_no_film_are_none(self, tmp_path: Path) -> None:
        (tmp_path / "film.mp4").write_bytes(b"not a film")
        assert surroundings.make(film=tmp_path / "film.mp4", folder=tmp_path) == {}


class TestGlimpses:
    def test_know_the_keys_of_a_film_from_its_index(self, clips: dict[str, Path], tmp_path: Path) -> None:
        path = compiled(
            film(Item("bars", 60), Item("fractal", 60)),
            sources=clips,
            out=tmp_path / "film.mp4",
            workdir=tmp_path / "work",
        )
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.is_keyframe]
            expected = [round(packet.pts * packet.time_base * 24) for packet in packets]
        with glimpses.opened(path) as found:
            assert list(found.keys) == expected
            assert found.frames == 108

    def test_are_of_the_very_frame(self, tmp_path: Path) -> None:
        """Each frame is as bright as its number says."""
        bright = "color=black:size={size}:rate={fps},geq=lum='16+N':cb=128:cr=128"
        path = drawn(tmp_path / "film.mp4", bright, frames=100)
        with glimpses.opened(path) as found:
            stills = [float(found.still(key, width=64).mean()) * 219 / 255 for key in reversed(found.keys)]
            assert stills == pytest.approx(list(reversed(found.keys)), abs=2)
            moment = [float(one.mean()) * 219 / 255 for one in found.moment(30, 42, fps=12, width=64)]
            assert moment == pytest.approx([30, 32, 34, 36, 38, 40], abs=2)

    def test_are_never_larger_than_the_film(self, clips: dict[str, Path]) -> None:
        with glimpses.opened(clips["bars"]) as found:
            assert found.still(0, width=1280).shape == (144, 256, 3)
            assert found.still(0, width=128).shape == (72, 128, 3)
            assert sprite.layout(frames=60, fps=24, size=found.size).width == 160
