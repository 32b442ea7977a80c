"""Nothing that is brought has a program of ours open, fetch or write anything but its own."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from echoes.kernel import sandbox
from echoes.kernel.ffmpeg import command, containers, run
from library import media_types, reading, videos
from tests.hostile import bait, door
from tests.hostile.bait import Bait, Canary

WORD = b"CANARY-7f3a"


class Listener:
    """Counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown(socket.SHUT_RDWR)
    made.server.close()


@pytest.fixture(scope="module")
def canary(listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Canary:
    """A film that is magenta all over, and has the word in it."""
    folder = tmp_path_factory.mktemp("canary")
    path = folder / "secret.ts"
    colour = "color=magenta:size=96x64:rate=24:duration=1"
    run.run(["-f", "lavfi", "-i", colour, "-metadata", f"title={WORD.decode()}", str(path)], timeout=60)
    path.write_bytes(path.read_bytes() + WORD)
    return Canary(
        url=f"http://127.0.0.1:{listener.port}/x.ts",
        port=listener.port,
        file=str(path),
        folder=str(folder),
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    run.run(["-f", "lavfi", "-i", "color=green:size=96x64:rate=24:duration=0.4", str(path)], timeout=60)
    return path.read_bytes()


@pytest.fixture(scope="module")
def baits(canary: Canary, film: bytes) -> list[Bait]:
    return bait.baits(canary, film)


def everything(folder: str) -> set[str]:
    return {str(path) for path in Path(folder).rglob("*")}


def shows_the_canary(made: dict[str, bytes]) -> list[str]:
    """Names of what was made that holds the word, or of pictures that are magenta."""
    found = [name for name, content in made.items() if WORD in content]
    for name in made:
        if name.endswith((".jpg", ".webp")):
            with Image.open(io.BytesIO(made[name])) as image:
                red, green, blue = np.asarray(image.convert("RGB")).reshape(-1, 3).mean(axis=0)
            if red > 180 and blue > 180 and green < 80:
                found.append(name)
    return found


class TestTheCanary:
    """The tests below mean something: what they look for is found where nothing is contained."""

    def test_is_called_by_a_program_that_nothing_holds_back(
        self, listener: Listener, canary: Canary, tmp_path: Path
    ) -> None:
        (tmp_path / "list.mp4").write_text(bait.HLS.format(there=canary.url))
        before = listener.calls
        loose = ["-v", "error", "-protocol_whitelist", "file,http,tcp", "-f", "hls", "-i", "list.mp4"]
        subprocess.run(
            [command.executable(), *loose, "-f", "null", "-"], cwd=tmp_path, capture_output=True, check=False
        )
        assert listener.calls > before

    def test_is_seen_in_what_is_made_of_its_file(self, canary: Canary, tmp_path: Path) -> None:
        (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{canary.file}'\n")
        loose = ["-f", "concat", "-safe", "0", "-i", str(tmp_path / "list.mp4"), "-frames:v", "1"]
        run.run([*loose, str(tmp_path / "seen.jpg")], timeout=60)
        made = {"seen.jpg": (tmp_path / "seen.jpg").read_bytes(), "plain": Path(canary.file).read_bytes()}
        assert shows_the_canary(made) == ["plain", "seen.jpg"]


class TestTheDoor:
    def test_lets_forty_baits_reach_nothing(
        self, baits: list[Bait], listener: Listener, canary: Canary, tmp_path: Path
    ) -> None:
        assert len(baits) >= 40
        home, calls, before = tmp_path / "home", listener.calls, everything(canary.folder)
        home.mkdir()
        for one in baits:
            verdict = door.bring(
                one.content, name=one.name, brought_as=one.brought_as, keep=True, home=str(home)
            )
            assert not verdict.crash, (one.name, verdict.crash)
            assert shows_the_canary(verdict.made) == [], one.name
        assert listener.calls == calls
        assert everything(canary.folder) == before
        assert everything(str(tmp_path)) == {str(home)}


class TestTheReaders:
    @pytest.mark.parametrize("demuxer", sorted({containers.DEMUXERS[kind] for kind in containers.VIDEOS}))
    def test_reach_nothing_either_when_the_door_takes_a_bait_for_a_video(
        self, baits: list[Bait], listener: Listener, canary: Canary, tmp_path: Path, demuxer: str
    ) -> None:
        """What tells files apart may err; then the forced demuxer and the walls are what is left."""
        kind = next(kind for kind, forced in containers.DEMUXERS.items() if forced == demuxer)
        calls, before = listener.calls, everything(canary.folder)
        for number, one in enumerate(baits):
            place = tmp_path / str(number)
            (place / "made").mkdir(parents=True)
            (place / "source.bin").write_bytes(one.content)
            with contextlib.suppress(media_types.NotAccepted, sandbox.Refused):
                reading.video(
                    source=place / "source.bin", folder=place / "made", found=kind, on_progress=lambda _: None
                )
            made = {path.name: path.read_bytes() for path in (place / "made").iterdir()}
            assert shows_the_canary(made) == [], one.name
            assert set(made) <= {videos.PROXY, videos.POSTER, videos.SHEET, videos.SOUND}
        assert listener.calls == calls
        assert everything(canary.folder) == before
