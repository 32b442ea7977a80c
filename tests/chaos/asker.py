"""Asks for work on behalf of the rig, in a process of its own: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import sys
import traceback

import django

if __name__ == "__main__":
    django.setup()

    from django.db import close_old_connections

    from tests.chaos import asks, inject

    inject.apply()
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        told = json.loads(line)
        close_old_connections()  # as at the ends of a request
        try:
            answer = {"result": getattr(asks, told["verb"])(**told["arguments"])}
        except Exception:  # the edge of the process: the rig shows it
            answer = {"error": traceback.format_exc()}
        close_old_connections()
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()
