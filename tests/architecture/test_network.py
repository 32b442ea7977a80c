"""No test reaches beyond this machine: pytest-socket lets loopback through and nothing else."""

from __future__ import annotations

import socket

import pytest

ELSEWHERE = "192.0.2.1"  # of nobody: RFC 5737


def test_a_test_cannot_reach_another_machine() -> None:
    blocked = pytest.raises(UserWarning, match=ELSEWHERE)  # warnings are errors
    with socket.socket() as line, blocked:
        line.connect((ELSEWHERE, 443))


def test_a_test_can_reach_this_one() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as line,
    ):
        assert line.getpeername() == server.getsockname()
