"""How far a film's pictures are from the same film without any loss: VMAF and SSIM, by ffmpeg's libvmaf."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from echoes.kernel.ffmpeg import command
from tests.benchmarks import measured


@dataclass(frozen=True)
class Quality:
    """Of each frame: VMAF 0 to 100, and SSIM of luma, 0 to 1. `size` is the pictures' in bytes, without sound
    and without the file's index."""

    vmaf: Sequence[float]
    ssim: Sequence[float]
    size: int

    def mean(self, frames: Sequence[int]) -> float:
        """VMAF of some of the frames."""
        return statistics.fmean(self.vmaf[frame] for frame in frames)


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
    frames = [frame["metrics"] for frame in json.loads(log.read_text())["frames"]]
    vmaf, ssim = ([frame[name] for frame in frames] for name in ("vmaf", "float_ssim"))
    return Quality(vmaf, ssim, _size(film))


def _size(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(packet.size for packet in container.demux(video=0))
