"""The sound of a whole film in one file, exactly as long as its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from compiler import drafts, timeline
from echoes.kernel import digests, media_time
from echoes.kernel.ffmpeg import command, run

# Enters the digest of every film's sound.
VERSION = "sound-1"
RATE = 48_000
FORMAT = f"aformat=sample_fmts=fltp:sample_rates={RATE}:channel_layouts=stereo"


def digest(*, music: timeline.Music | None, total_frames: int, fps: int) -> str:
    """Names the file: the same music under a film of the same length is the same file."""
    sound = asdict(music) if music else None
    return digests.of_recipe({"recipe": VERSION, "music": sound, "frames": total_frames, "fps": fps})


def make(
    *,
    music: timeline.Music | None,
    sources: Mapping[str, Path],
    total_frames: int,
    fps: int,
    out: Path,
    on_progress: run.OnProgress | None = None,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes stereo AAC of exactly `total_frames`. A film without music gets a silent track, because
    players and the services that films are uploaded to treat a file without sound as a lesser one.

    Raises FfmpegFailed, Cancelled.
    """
    duration = media_time.frames_to_seconds(total_frames, fps=fps)
    with drafts.of(out) as draft:
        run.run(
            [
                *_input(music, sources),
                *("-af", chain(music=music, duration=duration)),
                *("-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k", "-ar", str(RATE), "-ac", "2"),
                *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
                *("-f", "mp4", command.address(draft)),
            ],
            timeout=120 + float(duration),
            duration=duration,
            on_progress=on_progress,
            cancelled=cancelled,
        )


def chain(*, music: timeline.Music | None, duration: Fraction) -> str:
    """Samples are counted, not seconds: the last one ends with the last frame."""
    end = int(duration * RATE)
    if music is None:
        return f"{FORMAT},atrim=end_sample={end}"
    start = int(media_time.ticks_to_seconds(music.offset % music.duration) * RATE)
    filters = [
        FORMAT,
        # A file that starts over leaves a hole in the clock, which is closed by numbering samples anew.
        "asetpts=N/SR/TB",
        f"atrim=start_sample={start}:end_sample={start + end}",
        "asetpts=N/SR/TB",
        f"apad=whole_len={end}",
        f"volume={float(music.gain):.4f}",
        *_fade_out(music, duration),
    ]
    return ",".join(filters)


def _fade_out(music: timeline.Music, duration: Fraction) -> list[str]:
    length = min(media_time.ticks_to_seconds(music.fade_out), duration)
    if not length:
        return []
    start = command.decimal(duration - length)
    return [f"afade=type=out:start_time={start}:duration={command.decimal(length)}:curve=qsin"]


def _input(music: timeline.Music | None, sources: Mapping[str, Path]) -> list[str]:
    if music is None:
        return ["-f", "lavfi", "-i", f"anullsrc=sample_rate={RATE}:channel_layout=stereo"]
    source = command.address(sources[music.source])
    return [*command.GUARD, "-stream_loop", "-1", "-vn", "-i", source, "-map", "0:a:0"]
