"""Runs ffmpeg so that it can be watched, fed, and stopped with everything it started."""

from __future__ import annotations

import collections
import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO

from echoes.kernel import errors, leash
from echoes.kernel.ffmpeg import command
from echoes.kernel.ffmpeg.progress import Progress

OnProgress = Callable[[float], None]
Cancelled = Callable[[], bool]

QUIET = ("-hide_banner", "-v", "error", "-nostats", "-y")
REPORTS = ("-progress", "pipe:1", "-stats_period", "0.25")
# How long a cancelled run may go on: the answer to `cancelled` is asked for this often, in seconds.
HEARTBEAT = 0.2
# What one run may take: three times the memory that any 4K encode of ours was measured to need (1,250; 1080p
# needs 430, 720p 270), and more than a minute of 4K noise weighs.
MEMORY_MB, FILE_MB = 4_096, 4_096
# How ffmpeg and its libraries say that they were given no more memory.
NO_MEMORY = ("Cannot allocate memory", "malloc of size", "Error allocating")
STDERR_KEPT = 16_384
CHUNK = 65_536


class FfmpegFailed(errors.EchoesError):
    """The video tool could not do its work."""

    code = "ffmpeg_failed"
    permanent = False  # a full disk or a crowded machine stops it too

    def __init__(self, message: str = "", *, stderr: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.stderr = stderr


class FfmpegTimedOut(FfmpegFailed):
    """The video tool took too long and was stopped."""

    code = "ffmpeg_timed_out"


class FfmpegOutOfMemory(FfmpegFailed):
    """The video tool needed more memory than it may take."""

    code = "ffmpeg_out_of_memory"


class FfmpegWroteTooMuch(FfmpegFailed):
    """The video tool wrote a larger file than it may, and was stopped."""

    code = "ffmpeg_wrote_too_much"
    permanent = True


def run(
    arguments: Sequence[str],
    *,
    timeout: float,
    duration: Fraction | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
    stdin: Iterable[bytes] | None = None,
    cwd: Path | None = None,
    memory_mb: int = MEMORY_MB,
    file_mb: int = FILE_MB,
) -> None:
    """Runs ffmpeg with these arguments (without the executable) to its end.

    `timeout` in seconds of wall time. It may take `memory_mb`, and write `file_mb` to each file (on Linux;
    elsewhere nothing limits it). `duration` in seconds of output turns into `on_progress`
    (0..1). `stdin` is written by a thread of its own. Callbacks are called on the caller's thread.
    Raises FfmpegFailed (with the end of `stderr`) or what it is the root of, Cancelled, or whatever `stdin`
    raised; in every case no process is left behind.
    """
    process = _start(arguments, fed=stdin is not None, cwd=cwd)
    leash.limit(process.pid, memory_mb=memory_mb, file_mb=file_mb)
    watch = _Watch(process, deadline=time.monotonic() + timeout, cancelled=cancelled)
    feeder = _Feeder(process.stdin, stdin or ())
    try:
        feeder.start()
        watch.until_closed(progress=Progress(duration=duration or Fraction(1)), on_progress=on_progress)
        watch.until_ended()
    finally:
        _kill_group(process)
        feeder.finish()
        watch.close()
    if feeder.error is not None:
        raise feeder.error
    if process.returncode:
        raise _failure(process.returncode, watch.stderr())
    if on_progress is not None:
        on_progress(1.0)


def _start(arguments: Sequence[str], *, fed: bool, cwd: Path | None) -> subprocess.Popen[bytes]:
    nostdin = () if fed else ("-nostdin",)
    return subprocess.Popen(
        leash.leashed([command.executable(), *QUIET, *nostdin, *REPORTS, *arguments]),
        stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        # A group of its own, so that a kill reaches whatever it started and never reaches us. A kill of us
        # reaches it by the leash.
        start_new_session=True,
    )


def _failure(status: int, stderr: str) -> FfmpegFailed:
    told = stderr or f"exit status {status}"
    if status == -signal.SIGXFSZ:
        return FfmpegWroteTooMuch(stderr=told)
    if any(words in stderr for words in NO_MEMORY):
        return FfmpegOutOfMemory(stderr=told)
    return FfmpegFailed(stderr=told)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, because a half-written file is thrown away anyway; nothing where it has ended by itself."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Watch:
    """Reads both outputs of a process until they close, keeping the clock and the caller's wish in view."""

    def __init__(
        self, process: subprocess.Popen[bytes], *, deadline: float, cancelled: Cancelled | None
    ) -> None:
        self._process = process
        self._deadline = deadline
        self._cancelled = cancelled
        self._tail: collections.deque[bytes] = collections.deque()
        self._tail_size = 0
        self._selector = selectors.DefaultSelector()
        self._outputs = [stream for stream in (process.stdout, process.stderr) if stream]
        for stream in self._outputs:
            self._selector.register(stream, selectors.EVENT_READ)

    def until_closed(self, *, progress: Progress, on_progress: OnProgress | None) -> None:
        while self._selector.get_map():
            self._stop_if_asked()
            for key, _ in self._selector.select(timeout=HEARTBEAT):
                data = os.read(key.fd, CHUNK)
                if not data:
                    self._selector.unregister(key.fileobj)
                elif key.fileobj is self._process.stderr:
                    self._keep(data)
                elif progress.feed(data) and on_progress is not None:
                    on_progress(progress.fraction)

    def until_ended(self) -> None:
        while True:
            try:
                self._process.wait(timeout=HEARTBEAT)
            except subprocess.TimeoutExpired:
                self._stop_if_asked()
            else:
                return

    def stderr(self) -> str:
        return b"".join(self._tail).decode(errors="replace")[-STDERR_KEPT:]

    def close(self) -> None:
        self._selector.close()
        for stream in self._outputs:
            stream.close()

    def _stop_if_asked(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise errors.Cancelled
        if time.monotonic() > self._deadline:
            raise FfmpegTimedOut(stderr=self.stderr())

    def _keep(self, data: bytes) -> None:
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= STDERR_KEPT:
            self._tail_size -= len(self._tail.popleft())


class _Feeder:
    """Writes chunks to a process on a thread: a full pipe would otherwise stop us from reading."""

    def __init__(self, pipe: IO[bytes] | None, chunks: Iterable[bytes]) -> None:
        self.error: BaseException | None = None
        self._chunks = chunks
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        if pipe is not None:
            self._thread = threading.Thread(
                target=self._write, args=(pipe,), name="ffmpeg-stdin", daemon=True
            )

    def start(self) -> None:
        if self._thread is not None:
            self._thread.start()

    def finish(self) -> None:
        """Waits for the chunk in hand: whoever makes chunks may not be left running behind our back."""
        self._stopped.set()
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join()

    def _write(self, pipe: IO[bytes]) -> None:
        try:
            for chunk in self._chunks:
                if self._stopped.is_set():
                    break
                pipe.write(chunk)
        except BrokenPipeError:
            pass  # it has all it wanted, or has failed; its exit status says which
        except BaseException as error:
            self.error = error  # raised again on the caller's thread
        finally:
            self._close(pipe)

    def _close(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
