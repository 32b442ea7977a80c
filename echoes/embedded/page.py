"""Whether the site answers."""

from __future__ import annotations

import http.client

from echoes.embedded import ports

PATH = "/healthz/"
ANSWER_SECONDS = 2.0


def answers(*, port: int) -> bool:
    """Whether GET /healthz/ gives 200 within ANSWER_SECONDS."""
    line = http.client.HTTPConnection(ports.HOST, port, timeout=ANSWER_SECONDS)
    try:
        line.request("GET", PATH)
        return line.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
