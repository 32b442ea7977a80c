"""How loud a sound is, as ITU-R BS.1770 and EBU R 128 measure it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from echoes.kernel.ffmpeg import command, run

# The meter's absolute gate, in LUFS: what never comes above it counts as silence.
GATE = -70.0
FILE = "loudness.txt"


@dataclass(frozen=True)
class Loudness:
    """`integrated` in LUFS, None for silence; `peak` in dBTP, minus infinity where nothing sounds at all."""

    integrated: float | None
    peak: float


def of_file(path: Path, *, timeout: float, cancelled: run.Cancelled | None = None) -> Loudness:
    """Of a file's first sound, as it is decoded. Raises FfmpegFailed, Cancelled."""
    return of_graph(
        inputs=["-vn", "-i", command.address(path)],
        graph="[0:a:0]anull",
        timeout=timeout,
        cancelled=cancelled,
    )


def of_graph(
    *, inputs: Sequence[str], graph: str, timeout: float, cancelled: run.Cancelled | None = None
) -> Loudness:
    """Of what a filter graph gives from these inputs; nothing is written. The graph's end is not labelled.
    Raises FfmpegFailed, Cancelled."""
    meter = f"ebur128=peak=true:metadata=1:framelog=quiet,ametadata=mode=print:file={FILE}"
    with tempfile.TemporaryDirectory(prefix="loudness-") as folder:
        run.run(
            [
                *inputs,
                "-filter_complex",
                f"{graph},{meter}[measured]",
                "-map",
                "[measured]",
                "-f",
                "null",
                "-",
            ],
            timeout=timeout,
            cancelled=cancelled,
            cwd=Path(folder),
        )
        return _read(Path(folder, FILE))


def _read(path: Path) -> Loudness:
    """The meter writes a block every tenth of a second, each about everything so far: the last one counts."""
    last = dict(_values(path))
    integrated = last.get("lavfi.r128.I", GATE)
    peak = last.get("lavfi.r128.true_peak", 0.0)
    return Loudness(
        integrated=integrated if integrated > GATE else None,
        peak=20 * math.log10(peak) if peak > 0 else -math.inf,
    )


def _values(path: Path) -> Iterator[tuple[str, float]]:
    if not path.exists():  # not a tenth of a second was heard
        return
    with path.open(encoding="ascii") as lines:
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and math.isfinite(number := float(value)):
                yield name, number
