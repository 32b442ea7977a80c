"""Makes a title card: the words come up over the soft backdrop, and stay."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

from compiler import backdrop, drafts, graph, text
from compiler.card import Card
from echoes.kernel.ffmpeg import command, encoding, run


def render(
    *,
    card: Card,
    behind: Path,
    out: Path,
    on_progress: run.OnProgress | None = None,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes a mezzanine of exactly `card.frames` frames, or nothing. `behind` is the clip beside it.

    Raises FfmpegFailed, Cancelled. The words of an empty card are simply not there.
    """
    size = card.size
    with tempfile.TemporaryDirectory(prefix="card-", dir=out.parent) as folder:
        back, front = Path(folder, "back.png"), Path(folder, "front.png")
        backdrop.draw(picture=backdrop.frame(path=behind, index=card.behind_frame), size=size, out=back)
        text.draw_card(title=card.text, subtitle=card.subtitle, size=size, out=front)
        with drafts.of(out) as draft:
            run.run(
                arguments(card=card, back=back, front=front, out=draft),
                timeout=60 + card.frames,
                duration=Fraction(card.frames, card.fps),
                on_progress=on_progress,
                cancelled=cancelled,
            )


def arguments(*, card: Card, back: Path, front: Path, out: Path) -> list[str]:
    rate = ("-framerate", str(card.fps))
    return [
        *(*rate, "-i", command.address(back), *rate, "-i", command.address(front)),
        *("-filter_complex_threads", "1"),
        *("-filter_complex", graph.card(frames=card.frames, fps=card.fps), "-map", "[v]"),
        *encoding.mezzanine_arguments(size=card.size, fps=card.fps, frames=card.frames),
        command.address(out),
    ]
