from __future__ import annotations

from pathlib import Path

import pytest

from compiler import audio, join
from compiler.join import Part
from compiler.mix import Mix
from echoes.kernel import errors
from echoes.kernel.ffmpeg import encoding, mezzanine, run
from echoes.kernel.ffmpeg.mezzanine import SourceNotMezzanine
from tests.compiler.conftest import SMALL


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    audio.make(mix=Mix(None, (), frames=120, fps=24), sources={}, out=tmp_path / "sound.m4a")
    return tmp_path / "sound.m4a"


class TestJoin:
    def joined(self, tmp_path: Path, sound: Path, *parts: Part) -> mezzanine.Header:
        out = tmp_path / "film.mp4"
        join.join(parts=parts, audio=sound, fps=24, out=out)
        return mezzanine.read(out)

    def test_copies_from_key_frame_to_key_frame(
        self, tmp_path: Path, sound: Path, clips: dict[str, Path]
    ) -> None:
        parts = (Part(clips["bars"], 12, 48), Part(clips["noise"], 0, 60), Part(clips["bars"], 48, 60))
        header = self.joined(tmp_path, sound, *parts)
        assert header.frames == 108
        assert header.parameter_sets == mezzanine.parameter_sets(fps=24, size=SMALL)

    @pytest.mark.parametrize(("first", "last"), [(13, 48), (12, 47), (0, 61), (60, 72)])
    def test_refuses_to_cut_elsewhere(
        self, tmp_path: Path, sound: Path, clips: dict[str, Path], first: int, last: int
    ) -> None:
        with pytest.raises(SourceNotMezzanine):
            self.joined(tmp_path, sound, Part(clips["bars"], first, last))
        assert not (tmp_path / "film.mp4").exists()

    def test_refuses_files_that_were_encoded_differently(
        self, tmp_path: Path, sound: Path, clips: dict[str, Path]
    ) -> None:
        odd = tmp_path / "odd.mp4"
        picture = f"testsrc2=size={SMALL.width}x{SMALL.height}:rate=24:duration=1"
        options = [
            "medium" if part == "veryfast" else part for part in encoding.window_arguments(size=SMALL, fps=24)
        ]
        run.run(["-f", "lavfi", "-i", picture, "-vf", encoding.RGB_FILTER, *options, str(odd)], timeout=60)
        with pytest.raises(SourceNotMezzanine, match="encoded differently"):
            self.joined(tmp_path, sound, Part(clips["bars"], 0, 60), Part(odd, 0, 24))

    def test_stops_when_it_is_cancelled(self, tmp_path: Path, sound: Path, clips: dict[str, Path]) -> None:
        out = tmp_path / "film.mp4"
        with pytest.raises(errors.Cancelled):
            join.join(
                parts=[Part(clips["bars"], 0, 60)], audio=sound, fps=24, out=out, cancelled=lambda: True
            )
        assert [path.name for path in tmp_path.iterdir()] == ["sound.m4a"]
