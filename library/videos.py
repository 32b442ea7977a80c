"""Reads a stranger's video. Runs only inside `echoes.kernel.sandbox`, never in a process of ours.

`look` says what it is, or why it is refused. `convert` makes what pages show and films hear: a small film of
the usual kind (the proxy), its poster, a sheet of small pictures, and its sound. They carry nothing of the
file but pictures and sound: no place, no date, no name of a camera.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from echoes.kernel import media_time
from echoes.kernel.errors import EchoesError
from echoes.kernel.ffmpeg import command, fitting, glimpses, run, sprite, strangers
from echoes.kernel.ffmpeg.strangers import Footage
from echoes.kernel.shapes import Size
from library.media_types import MAX_MINUTES, NotAccepted
from providers.local import music

MAX_SECONDS = MAX_MINUTES * 60
# 4K as cameras and cinemas have it, either way up.
MAX_LONG_EDGE, MAX_SHORT_EDGE = 4096, 2304
SMALLEST_EDGE = 32
PROXY_LONG_EDGE, PROXY_SHORT_EDGE, PROXY_RATE = 1280, 720, 30
POSTER_WIDTH = 640
PROXY, POSTER, SHEET, SOUND = "proxy.mp4", "poster.jpg", "sprite.webp", "sound.m4a"
# Of a processor: for each of 4K's, which is decoded, made smaller and encoded; and to begin.
SECONDS_FOR_ONE, SECONDS_TO_BEGIN = 30, 60
# Luma below this is black: nobody knows a video by it.
DARK = 24


def look(*, source: str, demuxer: str) -> dict[str, Any]:
    """Width, height (upright), seconds and rate as fractions in words; raises NotAccepted."""
    with _plainly():
        found = strangers.look(Path(source), demuxer=demuxer)
    _check(found)
    return {
        "width": found.size.width,
        "height": found.size.height,
        "seconds": str(found.seconds),
        "rate": "" if found.varies or not found.rate else str(found.rate),
        "sound": found.sound,
    }


def convert(*, source: str, demuxer: str, folder: str, on_progress: run.OnProgress) -> dict[str, Any]:
    """Writes PROXY, POSTER, SHEET and, if there is any, SOUND to the folder. Gives the duration in ticks of
    what could be decoded, and the peaks of the sound. Raises NotAccepted."""
    place = Path(folder)
    with _plainly():
        found = strangers.look(Path(source), demuxer=demuxer)
        _check(found)
        try:
            _transcode(found, Path(source), demuxer, place, on_progress)
        except run.FfmpegFailed:
            if not found.sound:
                raise
            # Sound that cannot be decoded is no reason to refuse the pictures.
            (place / SOUND).unlink(missing_ok=True)
            _transcode(dataclasses.replace(found, sound=False), Path(source), demuxer, place, on_progress)
        with glimpses.opened(place / PROXY) as film:
            duration = media_time.frames_to_ticks(film.frames, fps=film.fps)
            _poster(film, place / POSTER)
        sprite.make(film=place / PROXY, out=place / SHEET)
    return {"duration": duration, "peaks": _heard(place / SOUND)}


def seconds_for(seconds: Fraction) -> int:
    """Of a processor, to convert a video of that length."""
    return SECONDS_TO_BEGIN + SECONDS_FOR_ONE * min(MAX_SECONDS, int(seconds) + 1)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Whatever goes wrong with a stranger's video is a sentence."""
    try:
        yield
    except NotAccepted:
        raise
    except (run.FfmpegTimedOut, run.FfmpegOutOfMemory, run.FfmpegWroteTooMuch, MemoryError):
        raise NotAccepted("unreadable") from None
    except (EchoesError, OSError, ValueError, ArithmeticError, LookupError) as error:
        raise NotAccepted("damaged") from error


def _check(found: Footage) -> None:
    short, long = sorted(found.size)
    if found.seconds > MAX_SECONDS:
        raise NotAccepted("too_long")
    if long > MAX_LONG_EDGE or short > MAX_SHORT_EDGE:
        raise NotAccepted("too_large")
    if short < SMALLEST_EDGE:
        raise NotAccepted("too_small")


def _transcode(found: Footage, source: Path, demuxer: str, place: Path, on_progress: run.OnProgress) -> None:
    """One pass over the file for everything that is made of it."""
    run.run(
        [
            *(*command.guarded(demuxer), "-threads", "2", "-i", command.address(source)),
            *("-filter_threads", "1", "-map", "0:v:0", "-map", "0:a:0?", "-vf", _small(found)),
            *_proxy(found, rate=_rate(found)),
            *_clean(command.address(place / PROXY), "mp4"),
            *(_sound_alone(place) if found.sound else ()),
        ],
        timeout=seconds_for(found.seconds) * 2,
        duration=found.seconds or Fraction(MAX_SECONDS),
        on_progress=on_progress,
        memory_mb=1536,
    )


def _rate(found: Footage) -> int:
    return min(PROXY_RATE, max(1, round(found.rate))) if found.rate else PROXY_RATE


def _small(found: Footage) -> str:
    colour = fitting.to_screen(matrix=found.matrix, transfer=found.transfer, height=min(found.size))
    width, height = _proxy_size(found.size)
    return (
        f"fps={_rate(found)},{colour},format=yuv420p,{fitting.square_pixels()},"
        f"scale={width}:{height}:flags=bicubic,setsar=1"
    )


def _proxy_size(size: Size) -> Size:
    scale = min(1.0, PROXY_LONG_EDGE / max(size), PROXY_SHORT_EDGE / min(size))
    return Size(*(max(2, round(edge * scale / 2) * 2) for edge in size))


def _proxy(found: Footage, *, rate: int) -> list[str]:
    """A key frame a second, so that any moment of it is found at once."""
    return [
        *("-t", str(MAX_SECONDS), "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2"),
        *("-pix_fmt", "yuv420p", "-profile:v", "high", "-g", str(rate), "-r", str(rate), "-fps_mode", "cfr"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *(_sound() if found.sound else ("-an",)),
    ]


def _sound() -> list[str]:
    """In step with the pictures: what is missing at its start, or between, is silence."""
    return [
        *("-t", str(MAX_SECONDS), "-af", "aresample=48000:async=1:first_pts=0"),
        *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
    ]


def _sound_alone(place: Path) -> list[str]:
    return ["-map", "0:a:0", *_sound(), *_clean(command.address(place / SOUND), "ipod")]


def _clean(address: str, format: str) -> list[str]:
    """Nothing of what the file says about itself comes along."""
    return [
        *("-sn", "-dn", "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *("-movflags", "+faststart", "-f", format, address),
    ]


def _poster(film: glimpses.Film, out: Path) -> None:
    """The first key frame that is not dark, or the first."""
    stills = (film.still(key, width=POSTER_WIDTH) for key in film.keys[:10])
    first = film.still(film.keys[0], width=POSTER_WIDTH)
    shown = next((still for still in stills if still.mean() > DARK), first)
    Image.fromarray(shown).save(out, "JPEG", quality=82, progressive=True, optimize=True)


def _heard(sound: Path) -> list[int]:
    """The outline of the sound; empty, and no file, where there is nothing to hear."""
    if sound.exists():
        try:
            return list(music.measure(path=sound).peaks)
        except music.NotAudio:
            sound.unlink()
    return []
