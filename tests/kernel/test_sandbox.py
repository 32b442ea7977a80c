from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from echoes.kernel import sandbox, walls
from echoes.kernel.errors import Cancelled

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can do it")
STRANGE = "tests.kernel.strange"
EVERY_ESCAPE = ["network", "socket", "read", "list", "environment", "write", "link", "signal"]
ALONE = """
import json, os, sys
from pathlib import Path
from echoes.kernel import walls
os.chdir(sys.argv[1])
assert {wall}
print(json.dumps(walls.escapes(**json.loads(sys.argv[2]))))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "own"
    path.mkdir()
    return path


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Something to reach, to read and to write, for `walls.escapes`."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "diary").write_text("of Alice")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {
            "address": list(server.getsockname()),
            "secret": str(tmp_path / "secrets" / "diary"),
            "outside": str(tmp_path / "written"),
        }


def call(name: str, folder: Path, **options: Any) -> Any:
    arguments = options.pop("arguments", {})
    return sandbox.call(f"{STRANGE}:{name}", arguments=arguments, folder=folder, **options)


def escapes_with(wall: str, folder: Path, targets: dict[str, Any]) -> list[str]:
    """What a process can do around which this wall alone stands."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(wall=wall), str(folder), json.dumps(targets)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def within(seconds: float, fact: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class TestCall:
    def test_gives_back_what_the_function_returns(self, folder: Path) -> None:
        word = {"text": "Ñandú 🦤\n", "numbers": [1, 2.5, None]}
        assert call("say", folder, arguments={"word": word}) == word

    def test_passes_a_refusal_on(self, folder: Path) -> None:
        with pytest.raises(sandbox.Refused, match="This is too green") as refused:
            call("refuse", folder)
        assert refused.value.code == "too_green"
        assert refused.value.permanent

    def test_says_a_refusal_in_the_language_that_is_spoken_here(self, folder: Path) -> None:
        said = {"english": "This file is larger than {limit}.", "values": {"limit": "5 GB"}}
        for code, words in (
            ("de", "Diese Datei ist größer als 5 GB."),
            ("en", "This file is larger than 5 GB."),
        ):
            with translation.override(code), pytest.raises(sandbox.Refused) as refused:
                call("refuse_so_many", folder, arguments=said)
            assert (str(refused.value), refused.value.code) == (words, "too_many")

    def test_fills_in_what_a_reader_says_and_formats_nothing(self, folder: Path) -> None:
        said = {"english": "{x.__class__} {y:>99999999} {x}", "values": {"x": "{x}" * 1000}}
        with pytest.raises(sandbox.Refused) as refused:
            call("refuse_so_many", folder, arguments=said)
        assert str(refused.value) == "{x.__class__} {y:>99999999} " + ("{x}" * 1000)[: sandbox.LONGEST_VALUE]

    @pytest.mark.parametrize("name", ["crash", "stumble", "babble", "nothing_of_that_name"])
    def test_refuses_what_its_reader_does_not_survive(self, folder: Path, name: str) -> None:
        with pytest.raises(sandbox.ReaderLost, match="damaged or too large to be read safely"):
            call(name, folder)

    def test_goes_on_after_a_crash(self, folder: Path) -> None:
        with pytest.raises(sandbox.ReaderLost):
            call("crash", folder)
        assert call("say", folder, arguments={"word": 1}) == 1

    def test_tells_of_progress(self, folder: Path) -> None:
        told: list[float] = []
        assert call("count", folder, on_progress=told.append) == 4
        assert told == [0, 0.25, 0.5, 0.75]

    def test_serves_many_at_once(self, folder: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            said = pool.map(lambda word: call("say", folder, arguments={"word": word}), range(40))
            assert list(said) == list(range(40))

    def test_replaces_the_process_that_forks_readers(self, folder: Path) -> None:
        call("say", folder, arguments={"word": 1})
        process = sandbox._nurseries[STRANGE]._process
        process.kill()
        assert call("say", folder, arguments={"word": 2}) == 2
        assert process.poll() is not None

    def test_measures_what_it_took(self, folder: Path) -> None:
        told: list[sandbox.Ended] = []
        call("say", folder, arguments={"word": 1}, on_end=told.append)
        assert told[0].status == 0
        assert 0 < told[0].memory_mb < 200


class TestLimits:
    def test_of_memory(self, folder: Path) -> None:
        with pytest.raises(sandbox.ReaderLost):
            call("devour", folder, memory_mb=512)

    def test_of_processor_time(self, folder: Path) -> None:
        told: list[sandbox.Ended] = []
        with pytest.raises(sandbox.ReaderLost):
            call("spin", folder, seconds=1, on_end=told.append)
        assert told[0].status in {-signal.SIGXCPU, -signal.SIGKILL}
        assert told[0].cpu < 3

    def test_of_time(self, folder: Path) -> None:
        with pytest.raises(sandbox.ReaderLost) as lost:
            call("sleep", folder, seconds=1)
        assert lost.value.code == "too_slow"

    def test_of_the_size_of_a_file(self, folder: Path) -> None:
        with pytest.raises(sandbox.ReaderLost):
            call("flood", folder, arguments={"path": str(folder / "a")}, file_mb=3)
        assert (folder / "a").stat().st_size == 3 << 20

    @on_linux
    def test_hold_also_for_what_it_started(self, folder: Path) -> None:
        path = folder / "pid"
        with pytest.raises(Cancelled):
            call("start", folder, arguments={"path": str(path)}, cancelled=path.exists)
        assert within(5, lambda: ended(int(path.read_text())))


class TestWhatAReaderSees:
    @on_linux
    def test_is_neither_the_network_nor_files_of_others(self, folder: Path, targets: dict[str, Any]) -> None:
        found = sandbox.call("echoes.kernel.walls:escapes", arguments=targets, folder=folder)
        assert found == []
        assert not Path(targets["outside"]).exists()

    @on_linux
    def test_would_be_all_of_it_without_walls(self, folder: Path, targets: dict[str, Any]) -> None:
        assert escapes_with("True", folder, targets) == EVERY_ESCAPE

    @on_linux
    @pytest.mark.parametrize(
        ("wall", "closed"),
        [
            ("walls.leave_network()", {"network"}),
            ("walls.refuse_sockets()", {"network", "socket"}),
            (
                "walls.keep_to(Path.cwd())",
                {"network", "read", "list", "environment", "write", "link", "signal"},
            ),
        ],
    )
    def test_is_closed_by_each_wall_alone(
        self, folder: Path, targets: dict[str, Any], wall: str, closed: set[str]
    ) -> None:
        if wall not in walls_here():
            pytest.skip("this system has no such wall")
        assert not closed & set(escapes_with(wall, folder, targets))

    def test_holds_no_secret_of_ours(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test")
        if nursery := sandbox._nurseries.pop(STRANGE, None):
            nursery.end()
        assert {"STRIPE_SECRET_KEY", "SECRET_KEY", "DATABASE_URL"}.isdisjoint(call("environment", folder))

    def test_is_no_connection_but_its_own(self, folder: Path) -> None:
        assert call("handles", folder) == ["3"]

    def test_is_not_followed_out_of_its_folder(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where no wall keeps a reader from making a link, what it made is not taken."""
        (tmp_path / "diary").write_text("of Alice")
        (folder / "innocent.jpg").symlink_to(tmp_path / "diary")
        with pytest.raises(sandbox.ReaderLost):
            call("say", folder, arguments={"word": 1})


def walls_here() -> list[str]:
    """Walls that this system has, by how they are raised; asked of processes that end by it."""
    found = []
    for wall in ("walls.leave_network()", "walls.refuse_sockets()", "walls.keep_to(Path.cwd())"):
        code = f"import sys; from pathlib import Path; from echoes.kernel import walls; sys.exit(not {wall})"
        if subprocess.run([sys.executable, "-c", code], check=False, cwd=walls.ROOT).returncode == 0:
            found.append(wall)
    return found
