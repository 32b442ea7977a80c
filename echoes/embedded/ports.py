"""Free TCP ports on the loopback address."""

from __future__ import annotations

import contextlib
import socket

from echoes.embedded import errors

HOST = "127.0.0.1"
TRIED_AFTER_DEFAULT = 100


def free() -> int:
    """A port that nobody listens on now. Another program may be faster: callers try again with a new one."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def several_free(count: int) -> list[int]:
    """So many different ones."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def is_free(*, port: int) -> bool:
    """Whether a server may listen on `port`; with SO_REUSEADDR as servers set it, closed connections pass."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def for_web(*, wanted: int, explicit: bool) -> int:
    """`wanted` if it is free; else the next free one, unless the user named the port: then PortBusy."""
    if is_free(port=wanted):
        return wanted
    if explicit:
        raise errors.PortBusy(
            f"Port {wanted} is busy: another program listens on {HOST}:{wanted}. "
            "Stop it, or choose another port: make run PORT=9000"
        )
    return _next_free(wanted)


def _next_free(wanted: int) -> int:
    last = min(wanted + TRIED_AFTER_DEFAULT, 65_535)
    for port in range(wanted + 1, last + 1):
        if is_free(port=port):
            return port
    raise errors.PortBusy(f"Ports {wanted} to {last} are all busy. Choose one: make run PORT=9000")
