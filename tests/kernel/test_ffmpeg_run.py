from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from echoes.kernel import errors
from echoes.kernel.ffmpeg import command, probe, run

FOREVER = ("-re", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=24", "-f", "null", "-")
FRAME = 64 * 36
RAW = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x36", "-r", "24", "-i", "pipe:0")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that was started."""
    processes: list[subprocess.Popen[bytes]] = []
    original = run._start

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        processes.append(original(*arguments, **options))  # type: ignore[arg-type]
        return processes[-1]

    monkeypatch.setattr(run, "_start", start)
    return processes


def wait_for(path: Path) -> str:
    for _ in range(500):
        if path.exists() and (text := path.read_text().strip()):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{path} was never written")


def alive(pid: int) -> bool:
    """Not merely waiting for its parent to notice its end."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class TestRun:
    def test_writes_the_file_and_tells_how_far_it_is(self, tmp_path: Path) -> None:
        out = tmp_path / "out.mp4"
        told: list[float] = []
        arguments = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=24:duration=2", str(out)]
        run.run(arguments, timeout=60, duration=Fraction(2), on_progress=told.append)
        assert probe.probe(out).duration == 2
        assert told == sorted(told)
        assert told[-1] == 1.0

    def test_keeps_the_end_of_what_was_said(self, tmp_path: Path) -> None:
        with pytest.raises(run.FfmpegFailed) as caught:
            run.run(["-i", "nowhere.mp4", "out.mp4"], timeout=60, cwd=tmp_path)
        assert "nowhere.mp4" in caught.value.stderr
        assert caught.value.code == "ffmpeg_failed"
        assert "No such file" in caught.value.stderr

    def test_is_stopped_by_its_timeout(self, started: list[subprocess.Popen[bytes]]) -> None:
        with pytest.raises(run.FfmpegTimedOut):
            run.run(FOREVER, timeout=0.3)
        assert started[0].returncode == -signal.SIGKILL

    def test_is_stopped_by_its_caller(self, started: list[subprocess.Popen[bytes]]) -> None:
        answers = iter((False, False, True))
        with pytest.raises(errors.Cancelled):
            run.run(FOREVER, timeout=60, cancelled=lambda: next(answers))
        assert started[0].returncode == -signal.SIGKILL

    def test_stops_with_everything_it_started(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script, child = tmp_path / "ffmpeg", tmp_path / "child"
        script.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {child}\nwait\n")
        script.chmod(0o755)
        monkeypatch.setattr(command, "executable", lambda: str(script))
        with pytest.raises(errors.Cancelled):
            run.run([], timeout=60, cancelled=child.exists)
        pid = int(wait_for(child))
        for _ in range(100):
            if not alive(pid):
                break
            time.sleep(0.01)
        assert not alive(pid)

    def test_is_in_a_group_of_its_own(self, started: list[subprocess.Popen[bytes]]) -> None:
        groups: list[int] = []

        def look() -> bool:
            groups.append(os.getpgid(started[0].pid))
            return True

        with pytest.raises(errors.Cancelled):
            run.run(FOREVER, timeout=60, cancelled=look)
        assert groups == [started[0].pid]

    def test_leaves_no_process_when_progress_raises(self, started: list[subprocess.Popen[bytes]]) -> None:
        def lost(_: float) -> None:
            raise LookupError("the lease is lost")

        with pytest.raises(LookupError):
            run.run(FOREVER, timeout=60, duration=Fraction(9), on_progress=lost)
        assert started[0].returncode == -signal.SIGKILL


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can do it")
class TestLimits:
    def large(self, out: Path, **limits: int) -> None:
        """Twenty frames of 24 MB, kept in memory until the last has come, and nearly all of it zeros."""
        source = "color=black:size=4096x4096:rate=24,format=yuv420p,trim=end_frame=20,reverse"
        run.run(["-f", "lavfi", "-i", source, "-c:v", "ffv1", str(out)], timeout=60, **limits)

    def test_hold_back_memory(self, tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
        with pytest.raises(run.FfmpegOutOfMemory) as caught:
            self.large(tmp_path / "out.mkv", memory_mb=300)
        assert caught.value.code == "ffmpeg_out_of_memory"
        assert str(caught.value) == "The video tool needed more memory than it may take."
        assert caught.value.stderr
        assert started[0].returncode

    def test_leave_the_usual_memory(self, tmp_path: Path) -> None:
        self.large(tmp_path / "out.mkv")
        assert (tmp_path / "out.mkv").exists()

    def test_end_what_writes_too_much(self, tmp_path: Path) -> None:
        out = tmp_path / "out.raw"
        source = "testsrc2=size=640x360:rate=24"
        with pytest.raises(run.FfmpegWroteTooMuch) as caught:
            run.run(["-f", "lavfi", "-i", source, "-f", "rawvideo", str(out)], timeout=60, file_mb=2)
        assert caught.value.code == "ffmpeg_wrote_too_much"
        assert caught.value.permanent
        assert caught.value.stderr
        assert out.stat().st_size <= 2 * 1024 * 1024

    def test_hold_for_what_it_starts_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script, told = tmp_path / "ffmpeg", tmp_path / "told"
        script.write_text(f"#!/bin/sh\nsh -c 'ulimit -d; ulimit -f; ulimit -c' > {told}\n")
        script.chmod(0o755)
        monkeypatch.setattr(command, "executable", lambda: str(script))
        run.run([], timeout=60, memory_mb=100, file_mb=10)
        kilobytes, blocks, core = told.read_text().split()
        assert (int(kilobytes), int(blocks), core) == (100 * 1024, 10 * 2048, "0")

    def test_are_never_wider_than_those_we_have(self, tmp_path: Path) -> None:
        """Whoever starts us may have been given little himself."""
        script, told = tmp_path / "ffmpeg", tmp_path / "told"
        script.write_text(f"#!/bin/sh\nulimit -f > {told}\n")
        script.chmod(0o755)
        limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))"
        program = (
            f"{limited}\nfrom echoes.kernel.ffmpeg import command, run\n"
            f"command.executable = lambda: {str(script)!r}\nrun.run([], timeout=60)"
        )
        subprocess.run([sys.executable, "-c", program], check=True)
        assert told.read_text().split() == ["2048"]


class TestStdin:
    def test_is_written_to_its_end(self, tmp_path: Path) -> None:
        out = tmp_path / "out.mp4"
        frames = (bytes([shade]) * FRAME for shade in range(48))
        run.run([*RAW, str(out)], timeout=60, stdin=frames)
        video = probe.probe(out).video
        assert video is not None
        assert video.frames == 48

    def test_may_be_longer_than_is_wanted(self, tmp_path: Path) -> None:
        out = tmp_path / "out.mp4"
        closed = threading.Event()

        def frames() -> Iterator[bytes]:
            try:
                while True:
                    yield bytes(FRAME)
            finally:
                closed.set()

        run.run([*RAW, "-frames:v", "5", str(out)], timeout=60, stdin=frames())
        video = probe.probe(out).video
        assert video is not None
        assert video.frames == 5
        assert closed.is_set()

    def test_brings_its_own_error_to_the_caller(self, tmp_path: Path) -> None:
        def frames() -> Iterator[bytes]:
            yield bytes(FRAME)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run.run([*RAW, str(tmp_path / "out.mp4")], timeout=60, stdin=frames())

    def test_ends_with_a_cancelled_run(self, tmp_path: Path) -> None:
        def frames() -> Iterator[bytes]:
            while True:
                yield bytes(FRAME)

        before = threading.active_count()
        with pytest.raises(errors.Cancelled):
            run.run([*RAW, "-f", "null", "-"], timeout=60, stdin=frames(), cancelled=lambda: True)
        assert threading.active_count() == before
