"""An embedded Redis that writes all to a file, forgets nothing by itself, and asks for a password."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from echoes.embedded import binaries, place, ports, server

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


def start(
    *,
    where: place.Place,
    programs: binaries.Binaries,
    password: str,
    log: Path,
    durable: bool = True,
    port: int | None = None,
) -> server.Server:
    """Start the server on its kept data; returns when it has read them and answers."""
    server.fresh_log(log)
    folder = where.private_folder(FOLDER)

    def attempt() -> server.Server:
        return _start(where, programs, password, log, folder, durable, port or ports.free())

    return server.retrying(attempt)


def _start(
    where: place.Place,
    programs: binaries.Binaries,
    password: str,
    log: Path,
    folder: Path,
    durable: bool,
    port: int,
) -> server.Server:
    append = "yes" if durable else "no"
    settings = SETTINGS.format(host=ports.HOST, port=port, password=password, append=append)
    process, identity = server.launch(
        name=NAME,
        command=[programs.redis, "-"],
        where=where,
        folder=folder,
        log=log,
        polite=signal.SIGTERM,
        told=settings.encode(),
    )
    server.wait_until(lambda: _answers(port, password), name=NAME, process=process, log=log)
    url = f"redis://:{password}@{ports.HOST}:{port}/0"
    return server.Server(name=NAME, process=process, identity=identity, url=url, port=port)


def _answers(port: int, password: str) -> bool:
    """Whether PING is answered; while Redis still reads its data it says LOADING instead."""
    try:
        with socket.create_connection((ports.HOST, port), timeout=ANSWER_SECONDS) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return _read_until(line, b"PONG")
    except OSError:
        return False


def _read_until(line: socket.socket, wanted: bytes) -> bool:
    said = b""
    while wanted not in said:
        part = line.recv(256)
        if not part or b"-" in part:
            return False
        said += part
    return True
