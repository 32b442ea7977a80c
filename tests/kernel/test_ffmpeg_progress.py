from __future__ import annotations

from fractions import Fraction

from echoes.kernel.ffmpeg.progress import Progress


class TestProgress:
    def test_reads_lines_that_come_in_pieces(self) -> None:
        progress = Progress(duration=Fraction(2))
        assert not progress.feed(b"frame=3\nout_time_us=5000")
        assert progress.feed(b"00\nprogress=continue\n")
        assert progress.fraction == 0.25

    def test_never_goes_back_nor_beyond_the_end(self) -> None:
        progress = Progress(duration=Fraction(1))
        progress.feed(b"out_time_us=9000000\n")
        assert not progress.feed(b"out_time_us=500000\n")
        assert progress.fraction == 1.0

    def test_ignores_what_is_not_known_yet(self) -> None:
        progress = Progress(duration=Fraction(1))
        assert not progress.feed(b"out_time_us=N/A\nout_time_us=-100\n\n=\nout_time_us=\n")
