"""Makes a title card: the words come up over the soft backdrop, and stay."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from compiler import backdrop, drafts, planes, text
from compiler.card import Card
from echoes.kernel.ffmpeg import command, encoding, run

# The words wait for a moment, then come up: shares of the card, at most so many seconds.
WAIT = (Fraction(1, 10), Fraction(1, 4))
RISE = (Fraction(1, 4), Fraction(7, 10))


def render(
    *,
    card: Card,
    behind: Path,
    out: Path,
    on_progress: run.OnProgress | None = None,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes a mezzanine of exactly `card.frames` frames, or nothing. `behind` is the clip beside it.

    Raises SourceNotMezzanine, FfmpegFailed, Cancelled. The words of an empty card are simply not there.
    """
    with drafts.of(out) as draft:
        run.run(
            arguments(card=card, out=draft),
            timeout=60 + card.frames,
            duration=Fraction(card.frames, card.fps),
            on_progress=on_progress,
            cancelled=cancelled,
            stdin=_drawn(card, behind),
        )


def arguments(*, card: Card, out: Path) -> list[str]:
    return [
        *planes.input_arguments(size=card.size, fps=card.fps),
        *encoding.mezzanine_arguments(size=card.size, fps=card.fps, frames=card.frames),
        command.address(out),
    ]


def strength(card: Card, *, frame: int) -> float:
    """How much of the words is there at a frame of the card, 0..1; it rises evenly, then stays."""
    length = Fraction(card.frames, card.fps)
    wait, rise = (min(most, length * share) for share, most in (WAIT, RISE))
    return float(min(Fraction(1), max(Fraction(0), (Fraction(frame, card.fps) - wait) / rise)))


def _drawn(card: Card, behind: Path) -> Iterator[bytes]:
    picture = backdrop.frame(path=behind, index=card.behind_frame, fps=card.fps)
    back = planes.from_rgb(backdrop.draw(picture=picture, size=card.size))
    words = planes.layer(
        text.draw_card(title=card.text, subtitle=card.subtitle, size=card.size, face=card.face)
    )
    shown, data = 0.0, back.data.tobytes()
    for frame in range(card.frames):
        there = strength(card, frame=frame)
        if words and there != shown:
            written = back.copy()
            planes.cover(written, words, strength=there)
            shown, data = there, written.data.tobytes()
        yield data
