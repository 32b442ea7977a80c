"""python -m tests.contracts.openai --port 8093: an OpenAI to look around with."""

from __future__ import annotations

import argparse
import threading

from tests.contracts.openai import fake

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8093)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a picture takes")
    wish = parser.parse_args()
    with fake.running(port=wish.port, seconds=wish.seconds) as openai:
        print(f"a simulated OpenAI at {openai.url}, for the key {fake.KEY}")  # noqa: T201
        threading.Event().wait()
