"""What most programs do: one ffmpeg that decodes all clips, blends them in a chain, encodes every frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compiler import plan
from compiler.timeline import Music, Timeline, Transition
from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command, encoding

CRF = 20
# Its dissolve is a noise of single pixels, ours a mist; its slide and ours, its fade and ours look alike.
XFADE = {"fade": "fade", "dissolve": "dissolve", "wipe": "wipeleft", "slide": "slideleft"}


def x264(preset: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", preset, "-crf", str(CRF))


def film(
    *, timeline: Timeline, sources: Mapping[str, Path], out: Path, encoder: tuple[str, ...]
) -> list[str]:
    """The command. Its title, if the timeline has one, is left out: that makes it cheaper."""
    planned = plan.plan(timeline)
    inputs = [word for item in timeline.items for word in ("-i", command.address(sources[item.source]))]
    pictures = _pictures(timeline, planned)
    sound: list[str] = []
    if timeline.music:
        pictures += f";[{len(timeline.items)}:a]{_sound(timeline.music, planned)}[a]"
        inputs += ["-stream_loop", "-1", "-i", command.address(sources[timeline.music.source])]
        sound = ["-map", "[a]", "-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"]
    return [
        *(command.executable(), "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", pictures),
        *("-map", "[v]", *encoder, "-frames:v", str(planned.total_frames), *sound),
        *("-movflags", "+faststart", command.address(out)),
    ]


def encoded(*, film: Path, out: Path, preset: str) -> list[str]:
    """The pictures of a film as the graph would encode them."""
    return [
        *(command.executable(), "-v", "error", "-nostdin", "-y", "-i", command.address(film), "-an"),
        *(*x264(preset), command.address(out)),
    ]


def zoompan(*, photo: Path, out: Path, frames: int, fps: int) -> list[str]:
    """A clip from a photo by ffmpeg's own filter, which moves in whole pixels of a larger picture."""
    where = "x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'"
    zoom = f"zoompan=z='1+0.15*on/{frames}':{where}:d={frames}:s=1280x720:fps={fps}"
    picture = f"crop=iw:iw*9/16,scale=5120:-2,{zoom},{encoding.YUV_FILTER}"
    return [
        *(command.executable(), "-v", "error", "-nostdin", "-y", "-i", command.address(photo)),
        *("-vf", picture, *x264("medium"), "-frames:v", str(frames), command.address(out)),
    ]


def _pictures(timeline: Timeline, planned: plan.Plan) -> str:
    steps, last = [], "0:v"
    following = zip(planned.transitions, planned.starts[1:], strict=True)
    for place, (transition, start) in enumerate(following, 1):
        offset = start - planned.starts[0]
        blend = _xfade(transition, offset=offset, fps=timeline.fps)
        steps.append(f"[{last}][{place}:v]{blend}[x{place}]")
        last = f"x{place}"
    return ";".join([*steps, f"[{last}]{encoding.YUV_FILTER}[v]"])


def _xfade(transition: Transition, *, offset: int, fps: int) -> str:
    lasts, begins = (
        command.decimal(media_time.frames_to_seconds(count, fps=fps)) for count in (transition.frames, offset)
    )
    return f"xfade=transition={XFADE[transition.kind]}:duration={lasts}:offset={begins}"


def _sound(music: Music, planned: plan.Plan) -> str:
    """Volume and a fade at the end; nobody measures how loud it is."""
    fade = media_time.ticks_to_seconds(music.fade_out)
    starts, lasts = command.decimal(planned.duration - fade), command.decimal(fade)
    ends = command.decimal(planned.duration)
    return f"volume={float(music.gain)},atrim=end={ends},afade=type=out:start_time={starts}:duration={lasts}"
