"""An embedded Redis that writes all to a file, forgets nothing by itself, and asks for a password."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from echoes.embedded import ports, server
from echoes.embedded.server import Server, Setup

NAME = "Redis"
FOLDER = "redis"
ANSWER_SECONDS = 1.0
SETTINGS = """
bind {host}
port {port}
requirepass {password}
save ""
appendonly {append}
appendfsync everysec
maxmemory-policy noeviction
daemonize no
"""


def start(setup: Setup, *, port: int | None = None) -> Server:
    """Start the server on its kept data; returns when it has read them and answers."""
    folder = setup.where.private_folder(FOLDER)
    return server.retrying(lambda: _start(setup, folder, port or ports.free()))


def _start(setup: Setup, folder: Path, port: int) -> Server:
    append = "yes" if setup.durable else "no"
    settings = SETTINGS.format(host=ports.HOST, port=port, password=setup.password, append=append)
    launched = server.launch(
        setup,
        name=NAME,
        command=[setup.programs.redis, "-"],
        folder=folder,
        polite=signal.SIGTERM,
        told=settings.encode(),
    )
    server.wait_until(lambda: _answers(port, setup.password), launched=launched)
    url = f"redis://:{setup.password}@{ports.HOST}:{port}/0"
    return Server(launched=launched, url=url, port=port)


def _answers(port: int, password: str) -> bool:
    """Whether PING is answered; while Redis still reads its data it says LOADING instead."""
    try:
        with socket.create_connection((ports.HOST, port), timeout=ANSWER_SECONDS) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return _hears(line, b"PONG")
    except OSError:
        return False


def _hears(line: socket.socket, wanted: bytes) -> bool:
    """Read until `wanted`; an answer with a minus is a refusal."""
    said = b""
    while wanted not in said:
        part = line.recv(256)
        if not part or b"-" in part:
            return False
        said += part
    return True
