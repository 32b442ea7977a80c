"""python -m tests.contracts.runway --port 9101 --seconds 20"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading

from tests.contracts.runway.fake import KEY, running

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A simulated Runway, until it is interrupted.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long a task takes")
    asked = parser.parse_args()
    with running(port=asked.port, seconds=asked.seconds, early=True) as fake:
        sys.stdout.write(f"RUNWAYML_BASE_URL={fake.url}\nRUNWAYML_API_SECRET={KEY}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
