"""`python -m echoes.embedded run` (what `make run` does) and `… servers` (Postgres and Redis alone)."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from echoes import env
from echoes.embedded import errors, seaweedfs, servers, supervisor


def main(arguments: list[str] | None = None) -> int:
    """Carry out the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m echoes.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the servers and all processes of the Procfile")
    run.add_argument("--port", type=int, help="serve on this port and no other")
    run.add_argument("--data-dir", type=Path, help="instead of DATA_DIR")
    run.add_argument("--root", type=Path, default=env.ROOT, help="the folder with the Procfile")
    run.add_argument("--fakes", action="store_true", help="with simulated AI services, and no others")
    alone = commands.add_parser("servers", help="start Postgres and Redis alone and print their addresses")
    alone.add_argument("--data-dir", type=Path, help="instead of DATA_DIR")
    chosen = parser.parse_args(arguments)
    return _run(chosen) if chosen.command == "run" else _servers(chosen)


def _run(chosen: argparse.Namespace) -> int:
    configured = env.load()
    plan = supervisor.Plan(
        root=chosen.root.absolute(),
        data_dir=(chosen.data_dir or configured.data_dir).absolute(),
        port=chosen.port or configured.port,
        port_is_explicit=bool(chosen.port) or "port" in configured.model_fields_set,
        database_url=configured.database_url,
        redis_url=configured.redis_url,
        with_s3=configured.is_s3_embedded,
        with_fakes=chosen.fakes,
    )
    return supervisor.run(plan, environment=os.environ)


def _servers(chosen: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        configured = env.load()
        with servers.running(
            (chosen.data_dir or configured.data_dir).absolute(),
            what="the servers alone",
            with_s3=configured.is_s3_embedded,
        ) as urls:
            sys.stdout.write(f"DATABASE_URL={urls.database}\nREDIS_URL={urls.redis}\n")
            for name, value in (seaweedfs.environment(urls.s3) if urls.s3 else {}).items():
                sys.stdout.write(f"{name}={value}\n")
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except errors.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
