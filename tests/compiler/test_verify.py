from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler import plan, render, verify
from compiler.timeline import Item
from compiler.verify import FilmDiffersFromPlan
from echoes.kernel.ffmpeg import run
from tests.compiler.films import film

MADE = film(Item("bars", 60), Item("noise", 60))


@pytest.fixture(scope="module")
def finished(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        from echoes.kernel import shapes
        from tests.compiler.conftest import SMALL

        patch.setitem(shapes.SIZES, "16:9", SMALL)
        render.film(
            timeline=MADE,
            sources=clips,
            out=folder / "film.mp4",
            workdir=folder,
            on_progress=lambda _: None,
            cancelled=lambda: False,
        )
    return folder / "film.mp4"


class TestCheck:
    def test_accepts_the_film_that_was_planned(self, finished: Path) -> None:
        assert verify.check(path=finished, plan=plan.plan(MADE)).frames == 108

    def test_refuses_another_plan(self, finished: Path) -> None:
        with pytest.raises(FilmDiffersFromPlan, match="number of frames"):
            verify.check(path=finished, plan=plan.plan(film(Item("bars", 60))))

    @pytest.mark.parametrize(
        ("options", "what"),
        [
            (("-c", "copy", "-an", "-movflags", "+faststart"), "tracks"),
            (("-c", "copy"), "index"),
            (("-c", "copy", "-movflags", "+faststart", "-t", "3"), "number of frames"),
            (("-c:v", "copy", "-c:a", "aac", "-ar", "44100", "-movflags", "+faststart"), "sound format"),
            (("-c:v", "copy", "-af", "atrim=end=2", "-movflags", "+faststart"), "sound lasts"),
            (("-vf", "scale=128:72", "-c:a", "copy", "-movflags", "+faststart"), "picture format"),
            (("-c", "copy", "-movflags", "+faststart", "-tag:v", "avc3"), "picture format"),
        ],
        ids=["no sound", "index at the end", "too short", "rate", "sound too short", "size", "avc3"],
    )
    def test_notices(self, finished: Path, tmp_path: Path, options: tuple[str, ...], what: str) -> None:
        changed = tmp_path / "changed.mp4"
        run.run(["-i", str(finished), *options, str(changed)], timeout=60)
        with pytest.raises(FilmDiffersFromPlan, match=what):
            verify.check(path=changed, plan=plan.plan(MADE))

    @pytest.mark.parametrize("damage", [lambda data: data[:2000], lambda data: b"", lambda data: b"x" * 100])
    def test_refuses_a_damaged_file(
        self, finished: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
    ) -> None:
        damaged = tmp_path / "damaged.mp4"
        damaged.write_bytes(damage(finished.read_bytes()))
        with pytest.raises(FilmDiffersFromPlan):
            verify.check(path=damaged, plan=plan.plan(MADE))
