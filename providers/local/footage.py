"""A video that somebody brought becomes a clip: the form of a film's raw material, and nothing invented."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from echoes.kernel import errors, sandbox, shapes
from echoes.kernel.ffmpeg import containers, fitting, probe, run, strangers

VERSION = f"footage-1 {fitting.VERSION}"
"""Enters the digest of every clip made here: change it whenever the same video would look different."""
CUT_AT_MOST = 0.6
"""Where cutting a video to the film's shape would leave less of it than this share, all of it is shown."""
MEMORY_MB, FILE_MB = 3072, 4096
SECONDS_FOR_ONE = 60


class VideoUnreadable(errors.EchoesError):
    """This video could not be read."""

    code = "video_unreadable"


def render(
    *,
    photo: Path,
    out: Path,
    aspect: str,
    quality: str = shapes.STANDARD,
    focus: tuple[float, float] | None = None,
    fps: int,
    seconds: int,
    seed: int,
    prompt: str,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Path:
    """The first seconds of the video `photo`, a stranger's file, as a mezzanine at `out`. What it has not of
    them is its last picture. `seed` and `prompt` mean nothing here.

    Raises VideoUnreadable, sandbox.Refused, errors.Cancelled.
    """
    demuxer = _demuxer(photo)
    with tempfile.TemporaryDirectory(prefix="footage-", dir=out.parent) as folder:
        made = Path(folder, "cut.mp4")
        sandbox.call(
            "providers.local.footage:cut",
            arguments={
                "source": str(photo.absolute()),
                "demuxer": demuxer,
                "out": str(made),
                "size": list(shapes.size(aspect, quality)),
                "focus": list(focus) if focus else None,
                "fps": fps,
                "seconds": seconds,
            },
            folder=Path(folder),
            reads=[photo.absolute()],
            seconds=60 + SECONDS_FOR_ONE * seconds,
            memory_mb=MEMORY_MB,
            file_mb=FILE_MB,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        made.replace(out)
    return out


def seconds(video: Path) -> Fraction:
    """How long a stranger's video says that it is, once its first picture could be read. Raises
    VideoUnreadable, sandbox.Refused."""
    with tempfile.TemporaryDirectory(prefix="footage-") as folder:
        found = sandbox.call(
            "providers.local.footage:measure",
            arguments={"source": str(video.absolute()), "demuxer": _demuxer(video)},
            folder=Path(folder),
            reads=[video.absolute()],
        )
    return Fraction(found["seconds"])


def measure(*, source: str, demuxer: str) -> dict[str, str]:
    """Runs only inside `echoes.kernel.sandbox`."""
    try:
        return {"seconds": str(strangers.look(Path(source), demuxer=demuxer).seconds)}
    except probe.NotMedia as error:
        raise VideoUnreadable from error


def _demuxer(video: Path) -> str:
    """By its first bytes; raises VideoUnreadable."""
    with video.open("rb") as file:
        kind = containers.video(file.read(containers.HEAD_BYTES))
    if not kind:
        raise VideoUnreadable
    return containers.DEMUXERS[kind]


def cut(
    *,
    source: str,
    demuxer: str,
    out: str,
    size: list[int],
    focus: list[float] | None,
    fps: int,
    seconds: int,
    on_progress: run.OnProgress,
) -> None:
    """Runs only inside `echoes.kernel.sandbox`."""
    wanted = shapes.Size(size[0], size[1])
    found = strangers.look(Path(source), demuxer=demuxer)
    fitting.fit(
        video=Path(source),
        demuxer=demuxer,
        out=Path(out),
        size=wanted,
        fps=fps,
        frames=seconds * fps,
        whole=focus is None and _kept(found.size, wanted) < CUT_AT_MOST,
        focus=(focus[0], focus[1]) if focus else None,
        on_progress=on_progress,
    )


def _kept(video: shapes.Size, film: shapes.Size) -> float:
    """The share of the video that is left when it is cut to the film's shape."""
    ratio = video.width * film.height / (video.height * film.width)
    return min(ratio, 1 / ratio)
