"""Reads the lines that ffmpeg writes with `-progress`."""

from __future__ import annotations

from fractions import Fraction


class Progress:
    """Fed with bytes as they come; `fraction` is how much of `duration` has been written, 0..1."""

    def __init__(self, *, duration: Fraction) -> None:
        self.fraction = 0.0
        self._duration = duration
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """True when the fraction grew."""
        before = self.fraction
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._read(line)
        return self.fraction > before

    def _read(self, line: bytes) -> None:
        key, _, value = line.strip().partition(b"=")
        # "N/A" until the first packet is written.
        if key == b"out_time_us" and value.isdigit():
            done = Fraction(int(value), 1_000_000) / self._duration
            self.fraction = max(self.fraction, min(1.0, float(done)))
