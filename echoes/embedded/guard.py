"""The process that ends what a run has started when the run itself is killed (see `claim`)."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from echoes.embedded import claim


def watch(*, data_dir: Path) -> None:
    """Wait until the run has closed its end of the pipe; if it said no good-bye, clean up after it."""
    sys.stdin.buffer.read()
    claim.clean_up(claim.read(data_dir=data_dir))


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the run, which then closes the pipe
    watch(data_dir=Path(sys.argv[1]))
