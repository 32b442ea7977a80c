"""How far a film's pictures are from the same film without any loss: VMAF and SSIM, by ffmpeg's libvmaf."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from echoes.kernel.ffmpeg import command
from tests.benchmarks import measured


@dataclass(frozen=True)
class Quality:
    """Means over all frames, and the worst frame; VMAF 0 to 100, SSIM of luma 0 to 1."""

    vmaf: float
    vmaf_worst: float
    ssim: float
    ssim_worst: float


def of(film: Path, *, beside: Path) -> Quality:
    """Both films have the same frames."""
    log = film.with_suffix(".json")
    options = f"log_fmt=json:log_path={log}:n_threads=2:feature=name=float_ssim"
    times = "settb=AVTB,setpts=N"  # frames are compared by their number
    graph = f"[0:v]{times}[film];[1:v]{times}[truth];[film][truth]libvmaf={options}"
    inputs = ("-i", command.address(film), "-i", command.address(beside))
    measured.run(
        *(command.executable(), "-v", "error", "-nostdin", *inputs),
        *("-filter_complex", graph, "-an", "-f", "null", "-"),
    )
    pooled = json.loads(log.read_text())["pooled_metrics"]
    vmaf, ssim = pooled["vmaf"], pooled["float_ssim"]
    return Quality(vmaf["mean"], vmaf["min"], ssim["mean"], ssim["min"])
