"""An embedded Postgres 18 with pgvector: made once, then started and stopped.

It listens on 127.0.0.1 only (the path of a Unix socket is limited to some 107 bytes, which deep folders exceed)
and asks for a password, since any account of the machine can reach that port.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from echoes.embedded import binaries, errors, place, ports, processes, server

NAME = "Postgres"
FOLDER = "postgres"
ROLE = DATABASE = "echoes"
PID_FILE = "postmaster.pid"
READY_LINE = 7
FAST_SHUTDOWN = signal.SIGINT
SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A test's data may be lost with the power, and is made again then.
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


def start(
    *,
    where: place.Place,
    programs: binaries.Binaries,
    password: str,
    log: Path,
    durable: bool = True,
    port: int | None = None,
) -> server.Server:
    """Start the server, creating its database first if there is none; returns when it accepts connections.

    (1) Make the data folder whole or not at all. (2) End a server that still runs on it. (3) Forget a pid
    file whose number belongs to another program by now. (4) Start on a free port. (5) Wait for "ready".
    """
    folder = where.folder / FOLDER
    server.fresh_log(log)
    if not folder.exists():
        _create(where, programs, password, log, durable)
    _check_version(folder)
    _clear_the_way(folder)

    def attempt() -> server.Server:
        return _start(where, programs, password, log, durable, port or ports.free())

    return server.retrying(attempt)


def set_password(*, where: place.Place, programs: binaries.Binaries, password: str) -> None:
    """Give the role a new password, with the server stopped: for data whose password file was lost."""
    folder = where.folder / FOLDER
    _clear_the_way(folder)
    _single(where, programs, folder, DATABASE, f"ALTER ROLE {ROLE} PASSWORD '{password}'")


def _start(
    where: place.Place, programs: binaries.Binaries, password: str, log: Path, durable: bool, port: int
) -> server.Server:
    folder = where.folder / FOLDER
    process, identity = server.launch(
        name=NAME,
        command=[programs.postgres / "postgres", "-D", folder, "-p", str(port), *_settings(durable)],
        where=where,
        folder=Path("/"),
        log=log,
        polite=FAST_SHUTDOWN,
    )
    server.wait_until(lambda: _is_ready(folder, process.pid), name=NAME, process=process, log=log)
    url = f"postgresql://{ROLE}:{password}@{ports.HOST}:{port}/{DATABASE}"
    return server.Server(name=NAME, process=process, identity=identity, url=url, port=port)


def _settings(durable: bool) -> list[str]:
    settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _create(where: place.Place, programs: binaries.Binaries, password: str, log: Path, durable: bool) -> None:
    """initdb beside the final folder, then rename: a run that is killed half-way leaves nothing half-made."""
    new = where.folder / f"{FOLDER}.new"
    if new.exists():
        shutil.rmtree(new)
    where.private_folder(new.name)
    secret = where.folder / f"{FOLDER}.secret"
    secret.unlink(missing_ok=True)
    try:
        _write_secret(where, secret, password)
        _initdb(where, programs, new, secret, durable)
    finally:
        secret.unlink(missing_ok=True)
    _single(where, programs, new, "template1", "CREATE EXTENSION vector", f"CREATE DATABASE {DATABASE}")
    new.rename(where.folder / FOLDER)


def _write_secret(where: place.Place, secret: Path, password: str) -> None:
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{password}\n")
    where.give(secret)


def _initdb(where: place.Place, programs: binaries.Binaries, new: Path, secret: Path, durable: bool) -> None:
    """The built-in C.UTF-8 sorts alike on every machine, whatever locales its system has."""
    command: list[str | Path] = [
        *(programs.postgres / "initdb", "-D", new, "-U", ROLE, f"--pwfile={secret}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *([] if durable else ["--no-sync"]),
    ]
    _run(where, command, told="")


def _single(
    where: place.Place, programs: binaries.Binaries, folder: Path, database: str, *statements: str
) -> None:
    """Run statements with no server: Postgres' single-user mode reads one a line."""
    command = ["--single", "-D", folder, *_settings(True), database]
    said = _run(
        where,
        [programs.postgres / "postgres", *command],
        told="".join(f"{statement};\n" for statement in statements),
    )
    if "ERROR" in said or "FATAL" in said:
        raise errors.ServerFailed(f"The database could not be made:\n{said[-server.TAIL_BYTES :]}")


def _run(where: place.Place, command: list[str | Path], *, told: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        input=told,
        capture_output=True,
        text=True,
        cwd="/",
        env=server.environment(),
        check=False,
        **where.options(),
    )
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise errors.ServerFailed(f"The database could not be made:\n{said[-server.TAIL_BYTES :]}")
    return str(said)


def _check_version(folder: Path) -> None:
    found = (folder / "PG_VERSION").read_text().strip()
    if found != binaries.POSTGRES_MAJOR:
        raise errors.ServerFailed(
            f"The database in {folder} was made by Postgres {found}, and this Echoes brings Postgres "
            f"{binaries.POSTGRES_MAJOR}. Dump it with the old version and restore it, or set DATABASE_URL."
        )


def _clear_the_way(folder: Path) -> None:
    """Only the holder of the folder's claim comes here: a server that still runs is left from a kill -9.

    The pid file of a crash stays: Postgres checks by it that no child of the dead server still writes. Only
    one whose number is another program's by now must go, since Postgres would take that program for a server.
    """
    pid = _noted_pid(folder)
    identity = processes.identify(pid=pid, polite=FAST_SHUTDOWN) if pid else None
    if identity is None:
        return
    if _is_postgres(identity.pid, folder):
        processes.end([identity], seconds=server.STOP_SECONDS)
    else:
        (folder / PID_FILE).unlink(missing_ok=True)


def _is_postgres(pid: int, folder: Path) -> bool:
    command = ["ps", "-o", "args=", "-p", str(pid)]
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        arguments = subprocess.run(command, capture_output=True, check=False).stdout
    return b"postgres" in arguments and os.fsencode(folder) in arguments


def _is_ready(folder: Path, pid: int) -> bool:
    lines = _pid_file(folder)
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].startswith("ready")


def _noted_pid(folder: Path) -> int:
    first = "".join(_pid_file(folder)[:1])
    return int(first) if first.isdigit() else 0


def _pid_file(folder: Path) -> list[str]:
    try:
        return [line.strip() for line in (folder / PID_FILE).read_text().splitlines()]
    except OSError:
        return []
