from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from echoes.kernel.ffmpeg import command


class TestExecutable:
    def test_is_there(self) -> None:
        assert Path(command.executable()).is_file()


class TestAddress:
    @pytest.mark.parametrize("name", ["-y.mp4", "http:x.mp4", "a b'c%d.mp4", "concat:a|b"])
    def test_is_a_file_whatever_it_is_called(self, tmp_path: Path, name: str) -> None:
        assert command.address(tmp_path / name) == f"file:{tmp_path}/{name}"


class TestDecimal:
    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (Fraction(7, 24), "0.291667"),
            (Fraction(0), "0.000000"),
            (5, "5.000000"),
            (Fraction(-1, 2), "-0.500000"),
        ],
    )
    def test_is_exact_to_the_microsecond(self, seconds: Fraction | int, written: str) -> None:
        assert command.decimal(seconds) == written
