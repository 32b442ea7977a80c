"""Filter graphs as text. Pure: every string is made of numbers and of names from this file."""

from __future__ import annotations

from fractions import Fraction

from compiler import plan
from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command, encoding

XFADE = {"fade": "fade", "dissolve": "dissolve", "wipe": "wipeleft", "slide": "slideleft"}
# The words of a card wait for a moment, then come up: shares of the card, at most so many seconds.
WAIT = (Fraction(1, 10), Fraction(1, 4))
RISE = (Fraction(1, 4), Fraction(7, 10))


def window(piece: plan.Window, *, skipped: tuple[int, int] = (0, 0)) -> str:
    """The graph of a window, from inputs 0 and 1 to `[v]`.

    `skipped` says at which frame of its file each input starts to be read (a key frame).
    """
    left = _clip(0, piece.left, fps=piece.fps, skipped=skipped[0])
    if piece.right is None:
        return f"{left},{encoding.YUV_FILTER}[v]"
    right = _clip(1, piece.right, fps=piece.fps, skipped=skipped[1])
    frames = piece.transition.frames
    blend = xfade(kind=piece.transition.kind, frames=frames, offset=piece.left.length - frames, fps=piece.fps)
    return f"{left}[a];{right}[b];[a][b]{blend},{encoding.YUV_FILTER}[v]"


def xfade(*, kind: str, frames: int, offset: int, fps: int) -> str:
    """One transition of `frames`, beginning at frame `offset` of the first picture."""
    duration, start = (command.decimal(media_time.frames_to_seconds(n, fps=fps)) for n in (frames, offset))
    return f"xfade=transition={XFADE[kind]}:duration={duration}:offset={start}"


def card(*, frames: int, fps: int) -> str:
    """A title: input 1 (words with alpha) comes up over input 0, both single pictures, to `[v]`."""
    length = media_time.frames_to_seconds(frames, fps=fps)
    wait, rise = (command.decimal(min(most, length * share)) for share, most in (WAIT, RISE))
    return (
        f"[0:v]format=gbrp,{_still(fps)}[back];"
        f"[1:v]format=gbrap,{_still(fps)},fade=type=in:start_time={wait}:duration={rise}:alpha=1[words];"
        f"[back][words]overlay=format=gbrp,{encoding.RGB_FILTER}[v]"
    )


def _clip(index: int, part: plan.Slice, *, fps: int, skipped: int) -> str:
    """Frames are counted from where reading began and numbered anew, so no container's clock is trusted."""
    trim = f"trim=start_frame={part.first - skipped}:end_frame={part.last - skipped}"
    return f"[{index}:v]{trim},setpts=N/({fps}*TB),settb=1/{media_time.TICKS_PER_SECOND},fps={fps}"


def _still(fps: int) -> str:
    """A single picture for ever, decoded once."""
    return f"loop=loop=-1:size=1,setpts=N/({fps}*TB),settb=1/{media_time.TICKS_PER_SECOND},fps={fps}"
