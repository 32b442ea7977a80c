from __future__ import annotations

from pathlib import Path

import pytest

from echoes.embedded import claim, errors, procfile


def read(tmp_path: Path, text: str, **environment: str) -> dict[str, list[str]]:
    path = tmp_path / "Procfile"
    path.write_text(text)
    return procfile.read(path=path, environment=environment)


class TestRead:
    def test_gives_the_commands_as_arguments_in_order(self, tmp_path: Path) -> None:
        text = "# first\nweb: serve --port $PORT 'a b'\n\nclock: env A=1 tick\n"
        assert read(tmp_path, text, PORT="9000") == {
            "web": ["serve", "--port", "9000", "a b"],
            "clock": ["env", "A=1", "tick"],
        }

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("web serve", "is not of the form"),
            ("web: serve $PLACE", r"wants \$PLACE, which is not set"),
            ("web: serve 'a", "cannot be read"),
            ("web: serve $", "cannot be read"),
        ],
    )
    def test_names_the_line_that_it_cannot_use(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(errors.ProcfileInvalid, match=said):
            read(tmp_path, text)

    def test_reads_the_one_of_echoes(self) -> None:
        commands = procfile.read(path=claim.ROOT / "Procfile", environment={"PORT": "9000"})
        assert list(commands) == ["release", "web", "worker", "media", "clock"]

    @pytest.mark.parametrize("name", ["worker", "media"])
    def test_lets_every_thread_of_a_worker_have_a_message(self, name: str) -> None:
        """Dramatiq counts what is in work against what it may fetch ahead: with less, threads stand idle."""
        command = procfile.read(path=claim.ROOT / "Procfile", environment={"PORT": "9000"})[name]
        ahead = next(word for word in command if word.startswith("dramatiq_queue_prefetch="))
        assert int(ahead.partition("=")[2]) >= int(command[command.index("--threads") + 1])
