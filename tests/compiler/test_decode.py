from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from compiler import decode
from echoes.kernel.ffmpeg.mezzanine import SourceNotMezzanine
from tests.compiler.conftest import make_clip


class TestFrames:
    def test_are_those_that_a_decoder_gives_that_reads_everything(self, clips: dict[str, Path]) -> None:
        """Wherever a slice begins and ends: on a key frame, beside one, at the end of the file."""
        with av.open(str(clips["fractal"])) as container:
            whole = [frame.to_ndarray() for frame in container.decode(video=0)]
        for first in range(60):
            for last in {first + 1, min(first + 13, 60), 60}:
                found = decode.frames(path=clips["fractal"], first=first, last=last, fps=24)
                pixels = [frame.to_ndarray() for frame in found]
                assert len(pixels) == last - first
                assert all(map(np.array_equal, pixels, whole[first:last]))

    def test_end_with_a_sentence_where_the_file_does(self, clips: dict[str, Path]) -> None:
        found = decode.frames(path=clips["bars"], first=50, last=61, fps=24)
        for _ in range(10):
            next(found)
        with pytest.raises(SourceNotMezzanine, match="Frame 60 of the clip bars"):
            next(found)

    def test_have_to_be_there_at_all(self, clips: dict[str, Path]) -> None:
        with pytest.raises(SourceNotMezzanine, match="Frame 70"):
            list(decode.frames(path=clips["bars"], first=70, last=80, fps=24))

    def test_have_to_be_spaced_as_the_film_s_are(self, tmp_path: Path) -> None:
        path = make_clip(tmp_path / "odd.mp4", picture="bars", fps=25)
        with pytest.raises(SourceNotMezzanine):
            list(decode.frames(path=path, first=3, last=9, fps=24))

    def test_let_go_of_the_file_when_nobody_wants_more(self, clips: dict[str, Path]) -> None:
        found = decode.frames(path=clips["bars"], first=0, last=60, fps=24)
        next(found)
        found.close()  # type: ignore[attr-defined]
        with pytest.raises(StopIteration):
            next(found)
