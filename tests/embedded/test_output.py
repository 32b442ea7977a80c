from __future__ import annotations

import io

import pytest

from echoes.embedded.output import LONGEST_LINE, Lines, Printer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestPrinter:
    def test_aligns_the_names(self) -> None:
        printer = Printer(["web", "worker"], stream=io.StringIO())
        printer.line("web", "hello")
        printer.say("two\nlines")
        assert printer.stream.getvalue() == "web    | hello\nechoes | two\nechoes | lines\n"

    def test_colours_a_terminal_unless_told_not_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        printer = Printer(["web"], stream=Terminal())
        printer.line("web", "hello")
        assert printer.stream.getvalue() == "\033[33mweb    |\033[0m hello\n"
        monkeypatch.setenv("NO_COLOR", "1")
        assert not Printer(["web"], stream=Terminal()).coloured

    def test_outlives_its_terminal(self) -> None:
        printer = Printer([], stream=io.StringIO())
        printer.stream.close()
        printer.say("nobody hears this")


class TestLines:
    def test_waits_for_the_end_of_a_line(self) -> None:
        lines = Lines()
        assert lines.feed(b"one\ntw") == ["one"]
        assert lines.feed(b"o\r\n") == ["two"]
        assert lines.feed(b"three") == []
        assert lines.flush() == ["three"]
        assert lines.flush() == []

    def test_cuts_a_line_without_an_end(self) -> None:
        assert len(Lines().feed(b"x" * (LONGEST_LINE + 1))[0]) == LONGEST_LINE + 1

    def test_shows_bytes_that_are_no_text(self) -> None:
        assert Lines().feed(b"\xff\n") == ["\ufffd"]
