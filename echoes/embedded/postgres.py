"""An embedded Postgres 18 with pgvector: made once, then started and stopped.

It listens on 127.0.0.1 only (the path of a Unix socket is limited to some 107 bytes, which deep folders
exceed) and asks for a password, since any account of the machine can reach that port.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from echoes.embedded import binaries, errors, ports, processes, server
from echoes.embedded.server import Server, Setup

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


def start(setup: Setup, *, port: int | None = None) -> Server:
    """Start the server, creating its database first if there is none; returns when it accepts connections.

    (1) Make the data folder whole or not at all. (2) End a server that still runs on it. (3) Disarm the
    pid file of a crash. (4) Start on a free port. (5) Wait for "ready".
    """
    folder = setup.where.folder / FOLDER
    if not folder.exists():
        _create(setup)
    _check_version(folder)
    _clear_the_way(folder)
    return server.retrying(lambda: _start(setup, folder, port or ports.free()))


def set_password(setup: Setup) -> None:
    """Give the role the setup's password, with the server stopped: for data whose password file was lost."""
    folder = setup.where.folder / FOLDER
    _check_version(folder)
    _clear_the_way(folder)
    _single(setup, folder, DATABASE, f"ALTER ROLE {ROLE} PASSWORD '{setup.password}'")


def _start(setup: Setup, folder: Path, port: int) -> Server:
    program = str(setup.programs.postgres / "postgres")
    command = [program, "-D", str(folder), "-p", str(port), *_settings(setup.durable)]
    launched = server.launch(setup, name=NAME, command=command, folder=Path("/"), polite=FAST_SHUTDOWN)
    server.wait_until(lambda: _is_ready(folder, launched.process.pid), launched=launched)
    url = f"postgresql://{ROLE}:{setup.password}@{ports.HOST}:{port}/{DATABASE}"
    return Server(launched=launched, url=url, port=port)


def _settings(durable: bool) -> list[str]:
    settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


# ---- the first time -------------------------------------------------------------------------------


def _create(setup: Setup) -> None:
    """initdb beside the final folder, then rename: a run that is killed half-way leaves nothing half-made."""
    new = setup.where.folder / f"{FOLDER}.new"
    setup.where.discard(new.name)
    setup.where.private_folder(new.name)
    _initdb(setup, new)
    _single(setup, new, "template1", "CREATE EXTENSION vector", f"CREATE DATABASE {DATABASE}")
    new.rename(setup.where.folder / FOLDER)


def _initdb(setup: Setup, new: Path) -> None:
    """The built-in C.UTF-8 sorts alike on every machine, whatever locales its system has."""
    secret = setup.where.folder / f"{FOLDER}.secret"
    secret.unlink(missing_ok=True)
    command: list[str | Path] = [
        *(setup.programs.postgres / "initdb", "-D", new, "-U", ROLE, f"--pwfile={secret}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *([] if setup.durable else ["--no-sync"]),
    ]
    try:
        _write_secret(setup, secret)
        _run(setup, command)
    finally:
        secret.unlink(missing_ok=True)


def _write_secret(setup: Setup, secret: Path) -> None:
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{setup.password}\n")
    setup.where.give(secret)


def _single(setup: Setup, folder: Path, database: str, *statements: str) -> None:
    """Run statements with no server: Postgres' single-user mode reads one a line."""
    program = str(setup.programs.postgres / "postgres")
    command = [program, "--single", "-D", str(folder), *_settings(setup.durable), database]
    said = _run(setup, command, told="".join(f"{statement};\n" for statement in statements))
    if "ERROR" in said or "FATAL" in said:
        raise _not_made(said)


def _run(setup: Setup, command: Sequence[str | Path], *, told: str = "") -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(part) for part in command],
        input=told,
        capture_output=True,
        text=True,
        cwd="/",
        env=server.environment(),
        check=False,
        **setup.where.options(),
    )
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise _not_made(said)
    return said


def _not_made(said: str) -> errors.ServerFailed:
    return errors.ServerFailed(f"The database could not be made:\n{said[-server.TAIL_BYTES :]}")


# ---- what an earlier run left -----------------------------------------------------------------------


def _check_version(folder: Path) -> None:
    found = (folder / "PG_VERSION").read_text().strip()
    if found != binaries.POSTGRES_MAJOR:
        raise errors.ServerFailed(
            f"The database in {folder} was made by Postgres {found}, and this Echoes brings Postgres "
            f"{binaries.POSTGRES_MAJOR}. Dump it with the old version and restore it, or set DATABASE_URL."
        )


def _clear_the_way(folder: Path) -> None:
    """Only the holder of the folder's claim comes here: a server that still runs is left from a kill -9.

    The pid file of a crash is kept, since Postgres finds by it whether children of the dead server still
    write. But its number can be a living stranger's by now, or a zombie's that nobody reaps, and Postgres
    would take either for a server. It never takes its own parent for one, so the number becomes ours.
    """
    pid = _noted_pid(folder)
    identity = processes.identify(pid=pid, polite=FAST_SHUTDOWN) if pid else None
    if identity and _is_postgres(identity.pid, folder):
        processes.end([identity], seconds=server.STOP_SECONDS)
    rest = _pid_file(folder)[1:]
    if rest:
        (folder / PID_FILE).write_text("\n".join((str(os.getpid()), *rest, "")))


def _is_postgres(pid: int, folder: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        command = ["ps", "-o", "args=", "-p", str(pid)]
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
