"""`python -m tests.contracts.replicate --port 8903`: a simulated Replicate to look around with."""

from __future__ import annotations

import argparse
import threading

from tests.contracts.replicate import fake


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated Replicate.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=15.0, help="how long a prediction takes")
    parser.add_argument("--telling", default="once", help="how webhooks are sent")
    given = parser.parse_args()
    with (
        fake.running(
            port=given.port, seconds=given.seconds, telling=given.telling, background=True
        ) as replicate,
        fake.talkative(replicate),
    ):
        print(f"A simulated Replicate at {replicate.url}, with the key {fake.KEY}", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
