"""Brings a file to the door as an upload would come, and tells what became of it.

It is the product's own door: `library.reading` with its limits, a reader of its own for each file.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from echoes.kernel import sandbox
from library import media_types, reading

ACCEPTED = "accepted"
# What a reader that ran into a limit, or was ended for it, is refused with.
LIMITS = {"unreadable", "too_slow"}


@dataclass(frozen=True)
class Verdict:
    """`outcome` is ACCEPTED or the code of a refusal; `words` are those of the refusal. `crash` tells of what
    may never happen: an error that is no sentence. `signals` are those that ended readers."""

    name: str
    outcome: str
    words: str = ""
    crash: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    memory_mb: int = 0
    signals: tuple[int, ...] = ()
    made: dict[str, bytes] = field(default_factory=dict)


def bring(
    content: bytes,
    *,
    name: str,
    brought_as: str = media_types.PHOTO,
    keep: bool = False,
    home: str | None = None,
) -> Verdict:
    """With `keep`, what was made of it is in the verdict, by the names of its files."""
    place = Path(tempfile.mkdtemp(prefix="hostile-", dir=home))
    try:
        (place / "source.bin").write_bytes(content)
        (place / "made").mkdir()
        return _judged(place, content[: media_types.HEAD_BYTES], name, brought_as, keep)
    finally:
        shutil.rmtree(place)


def _judged(place: Path, head: bytes, name: str, brought_as: str, keep: bool) -> Verdict:
    ends: list[sandbox.Ended] = []
    began = time.monotonic()
    outcome, words, crash = ACCEPTED, "", ""
    try:
        _read(place, head, brought_as, ends)
    except (media_types.NotAccepted, sandbox.Refused) as refused:
        outcome, words = refused.code, str(refused)
    except Exception as error:  # the edge of the run: what it is about
        outcome, crash = "crash", f"{type(error).__name__}: {error}"
    return Verdict(
        name=name,
        outcome=outcome,
        words=words,
        crash=crash,
        seconds=time.monotonic() - began,
        cpu=max((end.cpu for end in ends), default=0.0),
        memory_mb=max((end.memory_mb for end in ends), default=0),
        signals=tuple(-end.status for end in ends if end.status < 0),
        made={path.name: path.read_bytes() for path in (place / "made").iterdir()} if keep else {},
    )


def _read(place: Path, head: bytes, brought_as: str, ends: list[sandbox.Ended]) -> None:
    kind, found = reading.told(head, brought_as=brought_as)
    read = {media_types.PHOTO: reading.photo, media_types.AUDIO: reading.song}.get(kind)
    if read:
        read(source=place / "source.bin", folder=place / "made", found=found, on_end=ends.append)
        return
    reading.video(
        source=place / "source.bin",
        folder=place / "made",
        found=found,
        on_progress=lambda _: None,
        on_end=ends.append,
    )
